"""The budgets table: how many messages went out, to whom, and who pays. Exact in any hour and any day."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.instants import NEVER
from shared.errors import (
    CountryRefused,
    IdxUsed,
    NumberRepeated,
    Refusal,
    TooManyCodes,
    TooManyMessages,
    TooManyRequests,
)
from shared.storage import engine

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


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


class RepeatsItem(Model):
    """When an account's last messages to a number were ordered: `ordered_0` is the newest."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class IdxItem(Model):
    """A customer's own name for a message, while the same is refused."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    used_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


ORDERED = [UTCDateTimeAttribute(attr_name=f"ordered_{place}") for place in range(policy.SMS_REPEATS)]
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


def charging_repeats(account_id: str, number: str, messages: int, *, now: datetime) -> engine.Write:
    """So many more messages of the account to *number* (its fingerprint), at most policy.SMS_REPEATS.

    Refused as NumberRepeated where that would be more than may be within a minute.
    """
    oldest = ORDERED[-messages]
    actions = [ORDERED[place].set(now) for place in range(messages)]
    moved = [older.set(newer | NEVER) for newer, older in zip(ORDERED, ORDERED[messages:], strict=False)]
    return engine.change(
        RepeatsItem(f"repeats:{account_id}:{number}"),
        [*actions, *moved, RepeatsItem.forget_at.set(now + HOUR)],
        guard=oldest.does_not_exist() | (oldest <= now - policy.SMS_REPEATS_WITHIN),
        refused=lambda row: NumberRepeated(retry_after=_instant(row, oldest) + policy.SMS_REPEATS_WITHIN - now),
    )


def charging_country(account_id: str, country: str, messages: int, *, now: datetime) -> engine.Write:
    """So many more messages of the account to a country abroad today, at most policy.SMS_ABROAD_PER_DAY.

    Refused as CountryRefused where the day's are used up.
    """
    midnight = datetime.combine(now.date() + DAY, time.min, UTC)
    fits = AccountBudgetItem.messages <= policy.SMS_ABROAD_PER_DAY - messages
    return engine.change(
        AccountBudgetItem(f"abroad:{account_id}:{country}:{now:%Y-%m-%d}"),
        [AccountBudgetItem.messages.add(messages), AccountBudgetItem.forget_at.set(midnight + DAY)],
        guard=AccountBudgetItem.about.does_not_exist() | fits,
        refused=lambda _: CountryRefused(retry_after=midnight - now),
    )


def using_idx(account_id: str, idx: str, *, now: datetime) -> engine.Write:
    """The account calls a message so (a fingerprint of it). Refused as IdxUsed where it did so within 24 hours."""
    return engine.change(
        IdxItem(f"idx:{account_id}:{idx}"),
        [IdxItem.used_at.set(now), IdxItem.forget_at.set(now + policy.IDX_KEPT_FOR + HOUR)],
        guard=IdxItem.about.does_not_exist() | (IdxItem.used_at <= now - policy.IDX_KEPT_FOR),
        refused=lambda _: IdxUsed(),
    )


def forgetting_idx(account_id: str, idx: str) -> engine.Write:
    """The account may use it again: its message was never sent. Never refused."""
    return engine.remove(IdxItem(f"idx:{account_id}:{idx}"))


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
    return _instant(row, SENT[messages_ago - 1])


def _instant(row: engine.Raw, attribute: UTCDateTimeAttribute) -> datetime:
    written: engine.Raw = row.get(attribute.attr_name, {})
    return datetime.fromisoformat(written["S"]) if written else NEVER


class RateItem(Model):
    """How often a token was used in one minute."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    requests = NumberAttribute()
    forget_at = TTLAttribute()


def counting_request(token_id: str, limit: int, *, now: datetime) -> engine.Write:
    """One more request in this minute. Refused as TooManyRequests where *limit* is reached."""
    begun = now.replace(second=0, microsecond=0)
    return engine.change(
        RateItem(f"rate:{token_id}:{begun:%Y-%m-%dT%H:%M}"),
        [RateItem.requests.add(1), RateItem.forget_at.set(begun + 10 * MINUTE)],
        guard=RateItem.about.does_not_exist() | (RateItem.requests < limit),
        refused=lambda _: TooManyRequests(retry_after=begun + MINUTE - now),
    )


class WrongCodesItem(Model):
    """Those of one hour."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    wrong = NumberAttribute()
    forget_at = TTLAttribute()


def counting_wrong_code(account_id: str, *, now: datetime) -> engine.Write:
    """One more in this hour. Refused as TooManyCodes, which tells when the hour is over, where there were too many."""
    begun = now.replace(minute=0, second=0, microsecond=0)
    return engine.change(
        WrongCodesItem(f"wrong-codes:{account_id}:{begun:%Y-%m-%dT%H}"),
        [WrongCodesItem.wrong.add(1), WrongCodesItem.forget_at.set(begun + 2 * HOUR)],
        guard=WrongCodesItem.about.does_not_exist() | (WrongCodesItem.wrong < policy.MFA_WRONG_PER_ACCOUNT_AND_HOUR),
        refused=lambda _: TooManyCodes(retry_after=begun + HOUR - now),
    )
