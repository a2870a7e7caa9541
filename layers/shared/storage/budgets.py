"""The budgets table: how many messages went out, to whom, and who pays. Exact in any hour and any day."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.users import NEVER
from shared.errors import Refusal, TooManyMessages
from shared.storage import engine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class NumberBudgetItem(Model):
    """When the last messages to a number went out: `sent_0` is the newest."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class AccountBudgetItem(Model):
    """How many messages an account's sign-ins have cost on one UTC day."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    messages = NumberAttribute()
    forget_at = TTLAttribute()


SENT = [UTCDateTimeAttribute(attr_name=f"sent_{place}") for place in range(policy.SMS_PER_NUMBER_AND_DAY)]


def charging_number(number: str, *, now: datetime) -> engine.Write:
    """One more message to *number* (its fingerprint). Refused as TooManyMessages where it had its fill."""
    hour, day = SENT[policy.SMS_PER_NUMBER_AND_HOUR - 1], SENT[policy.SMS_PER_NUMBER_AND_DAY - 1]
    fits_hour = hour.does_not_exist() | (hour <= now - HOUR)
    fits_day = day.does_not_exist() | (day <= now - DAY)
    return engine.change(
        NumberBudgetItem(f"number:{number}"),
        [*_shifted(now), NumberBudgetItem.forget_at.set(now + 2 * DAY)],
        guard=fits_hour & fits_day,
        refused=lambda row: _number_is_full(row, now=now),
    )


def charging_account(account_id: str, *, now: datetime) -> engine.Write:
    """One more message for *account_id* today. Refused as TooManyMessages where the day's are used up."""
    midnight = datetime.combine(now.date() + DAY, time.min, UTC)
    return engine.change(
        AccountBudgetItem(f"account:{account_id}:{now:%Y-%m-%d}"),
        [AccountBudgetItem.messages.add(1), AccountBudgetItem.forget_at.set(midnight + DAY)],
        guard=AccountBudgetItem.about.does_not_exist() | (AccountBudgetItem.messages < policy.SMS_PER_ACCOUNT_AND_DAY),
        refused=lambda _: TooManyMessages(retry_after=midnight - now),
    )


def _shifted(now: datetime) -> list[Action]:
    """Each instant moves one place back and *now* comes first. DynamoDB reads all right sides before it writes."""
    moved = [older.set(newer | NEVER) for newer, older in pairwise(SENT)]
    return [SENT[0].set(now), *moved]


def _number_is_full(row: engine.Raw, *, now: datetime) -> Refusal:
    hour = _sent(row, policy.SMS_PER_NUMBER_AND_HOUR) + HOUR
    day = _sent(row, policy.SMS_PER_NUMBER_AND_DAY) + DAY
    return TooManyMessages(retry_after=max(hour, day) - now)


def _sent(row: engine.Raw, messages_ago: int) -> datetime:
    """When the message went out that was so many messages ago."""
    written: engine.Raw = row.get(SENT[messages_ago - 1].attr_name, {})
    return datetime.fromisoformat(written["S"]) if written else NEVER
