"""Handler of the daily schedule: remind users to change an old password, once per period.

It also warns users whose API token expires soon, see `warn_expiry_flow`, and those who will need a second factor, see
`remind_factor_flow`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from notify import remind_factor_flow, warn_expiry_flow
from notify.scheduled_pass import ScheduledPass, has_time, time_left
from shared import arrival, deadline
from shared.delivery import account_mail
from shared.delivery.letters import PasswordDue
from shared.domain.identifiers import account_of
from shared.domain.reminders import Reminder, is_told, period
from shared.errors import Unavailable
from shared.observability import logger, metrics, raising_unforeseen
from shared.storage import accounts, reminders
from shared.storage.engine import commit


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Run the passes at the schedule's time. A failure is raised, so that Lambda runs them once more.

    Tokens and second factors come first and take at most half the time. If one pass fails, the others still run.
    """
    with raising_unforeseen(Unavailable):
        now, half = arrival.schedule_time(event), time_left(context) / 2
        try:
            warn_expiry_flow.warn(now=now, has_time=partial(has_time, context, but=half))
        finally:
            try:
                remind_factor_flow.remind(now=now, has_time=partial(has_time, context, but=half))
            finally:
                remind(now=now, has_time=partial(has_time, context))


def remind(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Remind every user who is due. Raises as `ScheduledPass.run`."""
    _Reminders(now).run(has_time)


@dataclass(frozen=True)
class DueReminder:
    """A reminder at its time. It `is_silent` if the user had this period's e-mail, or their account is suspended."""

    reminder: Reminder
    is_silent: bool


@dataclass(frozen=True)
class _Reminders(ScheduledPass[Reminder, DueReminder]):
    now: datetime

    done = "reminders_told"
    out_of_time = "reminders_out_of_time"
    not_moved_on = "reminder_not_moved_on"
    counted: ClassVar[Mapping[str, str]] = {"told": "RemindersTold"}
    failed = "RemindersFailed"

    def due(self) -> Iterator[Sequence[Reminder]]:
        return reminders.due(now=self.now)

    def look(self, places: Sequence[Reminder]) -> Sequence[DueReminder]:
        suspended = accounts.suspended_among(account_of(one.user_id) for one in places)
        return [DueReminder(one, is_told(one, now=self.now) or account_of(one.user_id) in suspended) for one in places]

    def notice(self, item: DueReminder) -> PasswordDue | None:
        """Return the e-mail, named by user and period, unless the user is to have none in this period."""
        if item.is_silent:
            return None
        due = item.reminder
        notice_id = f"password-due:{due.user_id}:{period(due, now=self.now):%Y-%m-%d}"
        return account_mail.addressed(PasswordDue, notice_id, due, due_at=due.due_at, forced=due.forced)

    def move_on(self, item: DueReminder) -> str:
        commit(reminders.telling(item.reminder, now=self.now))
        return "known" if item.is_silent else "told"

    def name(self, item: DueReminder) -> Mapping[str, str]:
        return {"user_id": item.reminder.user_id}
