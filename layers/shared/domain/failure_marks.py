"""Marks of failed attempts, for their user to see: from which network, when, and how many in an hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared import policy
from shared.domain.failed_sign_ins import HOUR, hour_of
from shared.domain.instants import NEVER

MANY = "many"
"""Stands for all networks of an hour beyond the first policy.NETWORKS_SHOWN_AN_HOUR."""


class Mark(NamedTuple):
    """Failed attempts from one network, or from MANY, in one hour, counted since 1970."""

    hour: int
    network: str


class Times(NamedTuple):
    """When the first and the last attempt of a mark came."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class FailureMarks:
    """What the row of a count remembers of failed attempts, also after the count started anew."""

    counts: Mapping[Mark, int] = field(default_factory=dict)
    times: Mapping[Mark, Times] = field(default_factory=dict)

    def mark_for(self, network: str, *, now: datetime) -> Mark:
        """Return the mark that an attempt counts for."""
        mark = Mark(hour_of(now), network)
        others = [one for one in self._living() if one.hour == mark.hour and one.network != MANY]
        is_full = len(others) >= policy.NETWORKS_SHOWN_AN_HOUR and mark not in others
        return mark._replace(network=MANY) if is_full else mark

    def times_of(self, mark: Mark) -> Times | None:
        """Return the times of a mark, None if there is no failed attempt of it."""
        if mark not in self._living():
            return None
        # The times are missing if a right attempt took itself back while this one was counted.
        start = NEVER + mark.hour * HOUR
        return self.times.get(mark, Times(start, start))

    def over(self, *, now: datetime) -> list[Mark]:
        """Return marks to remove: old ones, empty ones, and the oldest of more than policy.FAILURE_MARKS."""
        oldest = hour_of(now - policy.FAILURES_SHOWN_FOR)
        # What is in flight may still count for an empty mark of this hour and the last.
        in_flight = hour_of(now) - 1
        marks = {*self.counts, *self.times}
        over = {mark for mark in marks if mark.hour < oldest or (self._is_empty(mark) and mark.hour < in_flight)}
        return [*over, *sorted(marks - over, reverse=True)[policy.FAILURE_MARKS - 1 :]]

    def shown(self, *, since: datetime, now: datetime) -> list[tuple[Mark, Times, int]]:
        """Return each mark with its times and its count, of what came after *since* and is not too old."""
        found = [(mark, self.times_of(mark), count) for mark, count in self._living().items()]
        return [
            (mark, times, count)
            for mark, times, count in found
            if times and times.first_at >= since and now < times.last_at + policy.FAILURES_SHOWN_FOR
        ]

    def _living(self) -> dict[Mark, int]:
        return {mark: count for mark, count in self.counts.items() if count > 0}

    def _is_empty(self, mark: Mark) -> bool:
        return self.counts.get(mark, 0) <= 0
