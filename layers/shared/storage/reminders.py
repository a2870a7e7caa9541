"""The reminders table: when whose password is due, and when an account's users are reminded of a second factor.

Its index has only those of whom something is asked.
"""

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from aws_lambda_powertools.metrics import MetricUnit
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.accounts import Account
from shared.domain.instants import NEVER
from shared.domain.logins import Login
from shared.domain.reminders import FactorReminder, Reminder, next_due, next_factor_reminder, period
from shared.domain.users import User
from shared.observability import logger, metrics
from shared.storage import engine
from shared.storage.mapping import DurationAttribute, record

FACTORS = "factor"
"""The shard of reminders of second factors, one a account, and what their keys begin with."""


class ReminderItem(Model):
    """A reminder, which is in the index `due` if it has a `shard`.

    One of a second factor is under `_factor_key`, and has only `shard` and `due_at`.
    """

    class Meta:
        table_name = settings.REMINDERS_TABLE

    user_id = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(null=True)
    login = UnicodeAttribute()
    email = UnicodeAttribute()
    language = UnicodeAttribute()
    due_at = UTCDateTimeAttribute()
    every = DurationAttribute()
    forced = BooleanAttribute()
    told_for = UTCDateTimeAttribute(null=True)


def scheduling(user: User | Login, account: Account, *, password_set_at: datetime) -> engine.Write:
    """Reschedule the reminder of *user* after a change of their password, address or state, or of the account's policy.

    A user who is disabled, or has no password yet, gets none. Never refused. `told_for` stays as it is: who was
    reminded in this period is not reminded again because their address changed.
    """
    return engine.change(
        ReminderItem(user.user_id),
        [
            _shard_update(user, account, password_set_at),
            ReminderItem.login.set(user.login),
            ReminderItem.email.set(user.email),
            ReminderItem.language.set(user.language),
            ReminderItem.due_at.set(password_set_at + account.change_every),
            ReminderItem.every.set(account.change_every),
            ReminderItem.forced.set(account.change == "force"),
        ],
    )


def scheduling_factor(account: Account, *, now: datetime) -> engine.Write:
    """Reschedule the reminder of the account's users after its owner decided about second factors. Never refused."""
    return engine.change(ReminderItem(_factor_key(account.account_id)), _factor_updates(account, after=now))


def due_of_factors(*, now: datetime) -> Iterator[list[FactorReminder]]:
    """Yield pages of the reminders of second factors that are due, the oldest first, a round trip a page."""
    place = (ReminderItem.shard == FACTORS) & (ReminderItem.due_at <= now)
    for page in engine.pages(ReminderItem, place, index="due", limit=policy.REMINDERS_PAGE):
        found = [ReminderItem.from_raw_data(raw) for raw in page]
        yield [FactorReminder(one.user_id.removeprefix(_factor_key("")), one.due_at) for one in found]


def telling_of_factors(reminder: FactorReminder, account: Account, *, now: datetime) -> engine.Write:
    """Move a reminder to its next moment, if there is one. Refused as Outrun if it was moved or rescheduled."""
    return engine.change(
        ReminderItem(_factor_key(reminder.account_id)),
        _factor_updates(account, after=now),
        guard=ReminderItem.due_at == reminder.due_at,
    )


def _factor_key(account_id: str) -> str:
    return f"{FACTORS}:{account_id}"


def _factor_updates(account: Account, *, after: datetime) -> list[Action]:
    due_at = next_factor_reminder(account.factor_from, after=after)
    if due_at is None:
        return [ReminderItem.shard.remove()]
    return [ReminderItem.shard.set(FACTORS), ReminderItem.due_at.set(due_at)]


def removing(user_id: str) -> engine.Write:
    """Remove the reminder of a user. Never refused."""
    return engine.remove(ReminderItem(user_id))


def due(*, now: datetime) -> Iterator[list[Reminder]]:
    """Yield pages of the reminders that are due, the oldest first in each shard, a round trip a page.

    The index follows the table with a delay, so a row may be out of date: the guard of `telling` notices. A row that
    the caller moves lies beyond *now*, so no later page returns it again.
    """
    for shard in range(policy.REMINDER_SHARDS):
        place = (ReminderItem.shard == str(shard)) & (ReminderItem.due_at <= now)
        for page in engine.pages(ReminderItem, place, index="due", limit=policy.REMINDERS_PAGE):
            yield [reminder for raw in page if (reminder := _readable(raw))]


def telling(reminder: Reminder, *, now: datetime) -> engine.Write:
    """Move a reminder to the next period. Refused as Outrun if another run moved it, or it was rescheduled."""
    return engine.change(
        ReminderItem(reminder.user_id),
        [
            ReminderItem.due_at.set(next_due(reminder, now=now)),
            ReminderItem.told_for.set(period(reminder, now=now)),
        ],
        guard=ReminderItem.due_at == reminder.due_at,
    )


def _shard_update(user: User | Login, account: Account, password_set_at: datetime) -> Action:
    """Return the update that puts a user into the index, always in the same shard, or takes them out of it."""
    if account.change == "off" or not user.enabled or password_set_at == NEVER:
        return ReminderItem.shard.remove()
    return ReminderItem.shard.set(str(crc32(user.user_id.encode()) % policy.REMINDER_SHARDS))


def _readable(raw: engine.Raw) -> Reminder | None:
    """Return the reminder in *raw*; None, with a warning and a metric, for a row that cannot be read."""
    try:
        return record(Reminder, ReminderItem.from_raw_data(raw))
    except (ValueError, TypeError, OverflowError) as failure:
        logger.warning("reminder_broken", user_id=raw["user_id"]["S"], reason=type(failure).__name__)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return None
