"""Flow of the daily schedule's factor pass: remind users without a second factor before their account requires one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from notify.scheduled_pass import ScheduledPass
from shared.delivery import account_mail
from shared.delivery.letters import FactorDue
from shared.domain.accounts import Account
from shared.domain.reminders import FactorReminder
from shared.domain.users import User
from shared.storage import accounts, reminders, users
from shared.storage.engine import commit


@dataclass(frozen=True)
class DueFactor:
    """An account's reminder at its moment. `user` is one of those to be reminded; None stands for the account itself.

    The account comes after its users: once it is moved on, no other run reminds them at this moment.
    """

    reminder: FactorReminder
    account: Account
    user: User | None = None


def remind(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Remind every user who is to enable a second factor. Raises as `ScheduledPass.run`."""
    _Factors(now).run(has_time)


@dataclass(frozen=True)
class _Factors(ScheduledPass[FactorReminder, DueFactor]):
    now: datetime

    done = "factors_told"
    out_of_time = "factors_out_of_time"
    not_moved_on = "factor_not_moved_on"
    counted: ClassVar[Mapping[str, str]] = {"told": "FactorRemindersTold"}
    failed = "RemindersFailed"

    def due(self) -> Iterator[Sequence[FactorReminder]]:
        return reminders.due_of_factors(now=self.now)

    def look(self, places: Sequence[FactorReminder]) -> Sequence[DueFactor]:
        return [item for place in places for item in _items_of(place)]

    def notice(self, item: DueFactor) -> FactorDue | None:
        """Return the e-mail, named by the user and the moment of the reminder."""
        if item.user is None or item.account.factor_from is None:
            return None
        notice_id = f"factor-due:{item.user.user_id}:{item.reminder.due_at:%Y-%m-%d}"
        return account_mail.addressed(FactorDue, notice_id, item.user, due_at=item.account.factor_from, has_one=False)

    def move_on(self, item: DueFactor) -> str:
        if item.user:
            return "told"
        commit(reminders.telling_of_factors(item.reminder, item.account, now=self.now))
        return "moved"

    def name(self, item: DueFactor) -> Mapping[str, str]:
        return {"account_id": item.reminder.account_id}


def _items_of(reminder: FactorReminder) -> list[DueFactor]:
    """Return the users of the account who have no second factor yet, and then the account itself.

    Nobody is reminded for a suspended account, or one that requires none any more.
    """
    account = accounts.find(reminder.account_id)
    if account is None:
        return []
    asked = account.factor_from and not account.suspended
    everybody = users.of_account(account.account_id) if asked else []
    missing = [user for user in everybody if user.enabled and not user.has_factor]
    return [*(DueFactor(reminder, account, user) for user in missing), DueFactor(reminder, account)]
