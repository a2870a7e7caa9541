"""The reminders table: whose password is due, and when. Only those who are asked for a change are in its index."""

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
from shared.domain.reminders import Reminder, next_due, period
from shared.domain.users import User
from shared.observability import logger, metrics
from shared.storage import engine
from shared.storage.mapping import DurationAttribute, record


class ReminderItem(Model):
    """`shard` is a part of the index `due`; a row without it is in none."""

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
    """Schedule the reminder of *user* anew, as their password, address or state or the account's policy says.

    A user who is disabled, or has no password yet, gets none. Never refused. `told_for` stays as it is: who was
    reminded in this period is not reminded again because their address changed.
    """
    return engine.change(
        ReminderItem(user.user_id),
        [
            _shard(user, account, password_set_at),
            ReminderItem.login.set(user.login),
            ReminderItem.email.set(user.email),
            ReminderItem.language.set(user.language),
            ReminderItem.due_at.set(password_set_at + account.change_every),
            ReminderItem.every.set(account.change_every),
            ReminderItem.forced.set(account.change == "force"),
        ],
    )


def removing(user_id: str) -> engine.Write:
    """Nobody is told of anything any more."""
    return engine.remove(ReminderItem(user_id))


def due(*, now: datetime) -> Iterator[list[Reminder]]:
    """Everybody who is due, oldest first in each part of the index, a round trip a page.

    The index follows the table with a delay, so a row may be what it was a moment ago: `telling` finds out. A row
    that is moved meanwhile lies beyond *now*, where no later page leads.
    """
    for shard in range(policy.REMINDER_SHARDS):
        place = (ReminderItem.shard == str(shard)) & (ReminderItem.due_at <= now)
        for page in engine.pages(ReminderItem, place, index="due", limit=policy.REMINDERS_PAGE):
            yield [reminder for raw in page if (reminder := _understood(raw))]


def telling(reminder: Reminder, *, now: datetime) -> engine.Write:
    """He is due again in the next period. Refused as Outrun where somebody else told him, or it was scheduled anew."""
    return engine.change(
        ReminderItem(reminder.user_id),
        [
            ReminderItem.due_at.set(next_due(reminder, now=now)),
            ReminderItem.told_for.set(period(reminder, now=now)),
        ],
        guard=ReminderItem.due_at == reminder.due_at,
    )


def _shard(user: User | Login, account: Account, password_set_at: datetime) -> Action:
    """Put the row into the index or take it out. The same user is always in the same shard."""
    if account.change == "off" or not user.enabled or password_set_at == NEVER:
        return ReminderItem.shard.remove()
    return ReminderItem.shard.set(str(crc32(user.user_id.encode()) % policy.REMINDER_SHARDS))


def _understood(raw: engine.Raw) -> Reminder | None:
    """None for a row that is broken: it is told of here, every day, and holds nobody else back."""
    try:
        return record(Reminder, ReminderItem.from_raw_data(raw))
    except (ValueError, TypeError, OverflowError) as failure:
        logger.warning("reminder_broken", user_id=raw["user_id"]["S"], reason=type(failure).__name__)
        metrics.add_metric("RemindersFailed", MetricUnit.Count, 1)
        return None
