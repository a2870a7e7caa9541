"""One run of a scheduled pass: queue what is due, a few at a time, and then mark it as done."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import batched
from typing import ClassVar

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared import policy
from shared.delivery import queue
from shared.delivery.notices import Notice
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger, metrics

LEFT, OUTRUN = "left", "outrun"
"""Outcomes of an item besides those of each pass: left for the next run, or moved on by another run."""


class ScheduledPass[Place, Item](ABC):
    """A pass over what is due: subclasses say what to look for and what to do with it.

    If a run dies, the next one repeats what it left. `done`, `out_of_time` and `not_moved_on` are the messages of its
    log lines. `counted` names the metric of each end that has one, `failed` that of items which could not be moved on.
    """

    done: ClassVar[str]
    out_of_time: ClassVar[str]
    not_moved_on: ClassVar[str]
    counted: ClassVar[Mapping[str, str]]
    failed: ClassVar[str]

    @abstractmethod
    def due(self) -> Iterator[Sequence[Place]]:
        """Yield pages of what the index says is due."""

    @abstractmethod
    def look(self, places: Sequence[Place]) -> Sequence[Item]:
        """Return what is still due at those places: the index lags behind its table."""

    @abstractmethod
    def notice(self, item: Item) -> Notice | None:
        """Return what is to be queued, if anything is. Its id is the same in every run, so it is sent once."""

    @abstractmethod
    def move_on(self, item: Item) -> str:
        """Store that the item is done, and return how it ended. Raises Outrun if another run was first."""

    @abstractmethod
    def name(self, item: Item) -> Mapping[str, str]:
        """Return the fields by which a log line names the item."""

    def run(self, has_time: Callable[[], bool]) -> None:
        """Do all that is due. The next run finds what is left out by a failure or for lack of time.

        Raises Unavailable at once if a table or the queue does not answer, and at the end if single items failed.
        """
        ended: Counter[str] = Counter()
        try:
            for places in self._few_at_a_time(has_time):
                items = self.look(places)
                notices = [notice for item in items if (notice := self.notice(item))]
                for some in batched(notices, queue.MOST_AT_ONCE, strict=False):
                    queue.put(*some)
                ended.update(map(self._end, items))
        finally:
            logger.info(self.done, extra={end: ended[end] for end in self.counted})
            for end, metric in self.counted.items():
                metrics.add_metric(metric, MetricUnit.Count, ended[end])
        if ended[LEFT]:
            raise Unavailable

    def _few_at_a_time(self, has_time: Callable[[], bool]) -> Iterator[tuple[Place, ...]]:
        """Yield as many at a time as one call to the queue takes, while there is time."""
        for page in self.due():
            for few in batched(page, queue.MOST_AT_ONCE, strict=False):
                if not has_time():
                    logger.warning(self.out_of_time)
                    return
                yield few

    def _end(self, item: Item) -> str:
        """Move the item on, and return the outcome."""
        # The notice is on the queue already: a run that dies in between repeats the notice and does not lose the item.
        try:
            return self.move_on(item)
        except Outrun:
            return OUTRUN
        except Refusal:
            logger.warning(self.not_moved_on, extra=self.name(item))
            metrics.add_metric(self.failed, MetricUnit.Count, 1)
            return LEFT


def time_left(context: LambdaContext) -> timedelta:
    """Return how long the invocation may still take."""
    return timedelta(milliseconds=context.get_remaining_time_in_millis())


def has_time(context: LambdaContext, *, but: timedelta = timedelta(0)) -> bool:
    """Return whether the invocation has time for one more batch, with *but* reserved for something else."""
    return time_left(context) - but >= policy.SENDING_NEEDS
