"""Handler of the daily schedule: remind users whose password is due for a change, once in each period.

It also warns users whose API token expires soon, see `warn_expiry_flow`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import batched

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from notify import warn_expiry_flow
from shared import policy
from shared.delivery import queue
from shared.delivery.notices import PasswordDue
from shared.domain.reminders import Reminder, is_told, period
from shared.errors import Outrun, Unavailable
from shared.observability import logger, metrics
from shared.storage import reminders
from shared.storage.engine import commit


@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Run both passes at the schedule's time. A failure is raised, so that Lambda runs them once more.

    Tokens come first and take at most half the time. If one pass fails, the other still runs.
    """
    now, half = datetime.fromisoformat(event["time"]), _time_left(context) / 2
    try:
        warn_expiry_flow.warn(now=now, has_time=lambda: _time_left(context) - half >= policy.SENDING_NEEDS)
    finally:
        remind(now=now, has_time=lambda: _time_left(context) >= policy.SENDING_NEEDS)


def _time_left(context: LambdaContext) -> timedelta:
    return timedelta(milliseconds=context.get_remaining_time_in_millis())


def remind(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Remind every user who is due. The next run finds those left out by a failure or for lack of time.

    Raises Unavailable at once if the table or the queue does not answer, and at the end if single users failed.
    """
    ended: Counter[str] = Counter()
    try:
        for few in _few_at_a_time(now=now, has_time=has_time):
            queue.put(*[_notice(one, now=now) for one in few if not is_told(one, now=now)])
            ended.update(_move_on(one, now=now) for one in few)
    finally:
        logger.info("reminders_told", told=ended["told"])
        metrics.add_metric("RemindersTold", MetricUnit.Count, ended["told"])
    if ended["left"]:
        raise Unavailable


def _few_at_a_time(*, now: datetime, has_time: Callable[[], bool]) -> Iterator[tuple[Reminder, ...]]:
    """Yield those who are due, as many at a time as one call to the queue takes, while there is time."""
    for page in reminders.due(now=now):
        for few in batched(page, queue.MOST_AT_ONCE, strict=False):
            if not has_time():
                logger.warning("reminders_out_of_time")
                return
            yield few


def _notice(reminder: Reminder, *, now: datetime) -> PasswordDue:
    """Return the e-mail. Its id names user and period, so it is sent once even if two runs queue it."""
    return PasswordDue(
        id=f"password-due:{reminder.user_id}:{period(reminder, now=now):%Y-%m-%d}",
        email=reminder.email,
        language=reminder.language,
        login=reminder.login,
        due_at=reminder.due_at,
        forced=reminder.forced,
    )


def _move_on(reminder: Reminder, *, now: datetime) -> str:
    """Move the reminder to the next period, and return how that ended.

    Only after the notice is on the queue: a run that dies in between then repeats the notice, not forgets the user.
    """
    try:
        commit(reminders.telling(reminder, now=now))
    except Outrun:
        return "outrun"
    except Unavailable:
        logger.warning("reminder_not_moved_on", user_id=reminder.user_id)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return "left"
    return "known" if is_told(reminder, now=now) else "told"
