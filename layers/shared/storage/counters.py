"""The budgets table: counts of customers' messages, requests and wrong codes. Our own codes: `message_budgets`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import and_

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.instants import NEVER
from shared.domain.rights import Rate
from shared.errors import (
    IdxUsed,
    NumberRepeated,
    TooManyCodes,
    TooManyGrants,
    TooManyRequests,
)
from shared.storage import engine

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class RepeatsItem(Model):
    """When a user ordered their last messages to a number: `ordered_0` is the newest."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class IdxItem(Model):
    """A customer's own id of a message (`idx`), while it is refused if used again."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    used_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


ORDERED = [UTCDateTimeAttribute(attr_name=f"ordered_{place}") for place in range(policy.SMS_REPEATS)]


def repeats_key(about: str) -> engine.Key:
    return engine.Key(RepeatsItem, f"repeats:{about}")


def has_room_for_repeats(raw: engine.Raw | None, messages: int, *, now: datetime) -> bool:
    """Whether so many messages more may be ordered now; *raw* is the row that was fetched under `repeats_key`."""
    return raw is None or _instant_in(raw, ORDERED[-messages]) <= now - policy.SMS_REPEATS_WITHIN


def charging_repeats(about: str, messages: int, *, now: datetime) -> engine.Write:
    """Count so many messages of a user to a number, *about* both; at most `policy.SMS_REPEATS` at once.

    Refused as NumberRepeated if there would be more than that within `policy.SMS_REPEATS_WITHIN`.
    """
    oldest = ORDERED[-messages]
    actions = [ORDERED[place].set(now) for place in range(messages)]
    moved = [older.set(newer | NEVER) for newer, older in zip(ORDERED, ORDERED[messages:], strict=False)]
    return engine.change(
        RepeatsItem(f"repeats:{about}"),
        [*actions, *moved, RepeatsItem.forget_at.set(now + HOUR)],
        guard=oldest.does_not_exist() | (oldest <= now - policy.SMS_REPEATS_WITHIN),
        refused=lambda row: NumberRepeated(retry_after=_instant_in(row, oldest) + policy.SMS_REPEATS_WITHIN - now),
    )


def uncharging_repeats(about: str, messages: int, *, at: datetime) -> engine.Write:
    """Give back so many messages that were counted *at* that instant. Never refused.

    Takes one round trip more if messages to the number were ordered since.
    """
    newest, next_ones = ORDERED[messages - 1], ORDERED[messages:]
    moved = [newer.set(older | NEVER) for newer, older in zip(ORDERED, next_ones, strict=False)]
    freed = [one.set(NEVER) for one in ORDERED[len(next_ones) :]]
    return engine.change(
        RepeatsItem(f"repeats:{about}"),
        [*moved, *freed],
        guard=(ORDERED[0] == at) & (newest == at),
        instead=lambda raw: _uncharging(about, messages, at, raw),
    )


def _uncharging(about: str, messages: int, at: datetime, raw: engine.Raw) -> engine.Write:
    """Return the write for the row that is there."""
    seen = [_instant_in(raw, one) for one in ORDERED]
    left, gone = list(seen), min(messages, seen.count(at))
    for _ in range(gone):
        left.remove(at)
    if not gone:
        return engine.NOTHING
    return engine.change(
        RepeatsItem(f"repeats:{about}"),
        [one.set(instant) for one, instant in zip(ORDERED, [*left, *[NEVER] * gone], strict=True)],
        guard=reduce(and_, (one == instant for one, instant in zip(ORDERED, seen, strict=True) if instant != NEVER)),
        instead=lambda newer: _uncharging(about, messages, at, newer),
    )


def using_idx(user_id: str, idx: str, *, now: datetime) -> engine.Write:
    """Record a user's *idx*, a fingerprint. Refused as IdxUsed if it was used within `policy.IDX_KEPT_FOR`."""
    return engine.change(
        IdxItem(f"idx:{user_id}:{idx}"),
        [IdxItem.used_at.set(now), IdxItem.forget_at.set(now + policy.IDX_KEPT_FOR + HOUR)],
        guard=IdxItem.about.does_not_exist() | (IdxItem.used_at <= now - policy.IDX_KEPT_FOR),
        refused=lambda _: IdxUsed(),
    )


def forgetting_idx(user_id: str, idx: str) -> engine.Write:
    """Allow an *idx* again, because its message was not sent. Never refused."""
    return engine.remove(IdxItem(f"idx:{user_id}:{idx}"))


def _instant_in(row: engine.Raw, attribute: UTCDateTimeAttribute) -> datetime:
    written: engine.Raw = row.get(attribute.attr_name, {})
    return datetime.fromisoformat(written["S"]) if written else NEVER


class RateItem(Model):
    """The number of requests with a token in one minute."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    requests = NumberAttribute()
    forget_at = TTLAttribute()


def counting_requests(rates: Iterable[Rate], *, now: datetime) -> list[engine.Write]:
    """Count a request in this minute for each token of *rates*. Refused as TooManyRequests at its limit."""
    return [_counting_request(token_id, limit, now=now) for token_id, limit in rates]


def _counting_request(token_id: str, limit: int, *, now: datetime) -> engine.Write:
    begun = now.replace(second=0, microsecond=0)
    return engine.change(
        RateItem(f"rate:{token_id}:{begun:%Y-%m-%dT%H:%M}"),
        [RateItem.requests.add(1), RateItem.forget_at.set(begun + 10 * MINUTE)],
        guard=RateItem.about.does_not_exist() | (RateItem.requests < limit),
        refused=lambda _: TooManyRequests(retry_after=begun + MINUTE - now),
    )


class GrantsItem(Model):
    """The number of access tokens that a client got in one hour."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    granted = NumberAttribute()
    forget_at = TTLAttribute()


def counting_grant(client_id: str, *, now: datetime) -> engine.Write:
    """Count an access token in this hour of the clock. Refused as TooManyGrants at the limit of a client."""
    begun = now.replace(minute=0, second=0, microsecond=0)
    return engine.change(
        GrantsItem(f"grants:{client_id}:{begun:%Y-%m-%dT%H}"),
        [GrantsItem.granted.add(1), GrantsItem.forget_at.set(begun + 2 * HOUR)],
        guard=GrantsItem.about.does_not_exist() | (GrantsItem.granted < policy.ACCESS_TOKENS_AN_HOUR),
        refused=lambda _: TooManyGrants(retry_after=begun + HOUR - now),
    )


class WrongCodesItem(Model):
    """The number of wrong codes of SMS Authenticator of a user in one hour of the clock."""

    class Meta:
        table_name = settings.BUDGETS_TABLE

    about = UnicodeAttribute(hash_key=True)
    wrong = NumberAttribute()
    forget_at = TTLAttribute()


def counting_wrong_code(user_id: str, most: int, *, now: datetime) -> engine.Write:
    """Count a wrong code. Refused as TooManyCodes, until the end of the hour, if there were *most* in it."""
    begun = now.replace(minute=0, second=0, microsecond=0)
    return engine.change(
        WrongCodesItem(f"wrong-codes:{user_id}:{begun:%Y-%m-%dT%H}"),
        [WrongCodesItem.wrong.add(1), WrongCodesItem.forget_at.set(begun + 2 * HOUR)],
        guard=WrongCodesItem.about.does_not_exist() | (WrongCodesItem.wrong < most),
        refused=lambda _: TooManyCodes(retry_after=begun + HOUR - now),
    )
