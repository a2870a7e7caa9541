"""The strikes table: failed attempts in a row. One guarded write counts an attempt and checks its back-off."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.backoff import Backoff
from shared.errors import CodesLocked, Refusal, TooMany
from shared.storage import engine


class AttemptItem(Model):
    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute()
    last_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def recording(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Count an attempt, before it is known whether it is right.

    Refused as *refusal*, with the time to wait, during a wait; as CodesLocked after `backoff.most` attempts. The count
    is kept until it is reset if the back-off has a `most`, or else for `policy.ATTEMPTS_FORGOTTEN_AFTER`.
    """
    counted = [AttemptItem.failures.add(1), AttemptItem.last_at.set(now)]
    if backoff.most is None:
        counted.append(AttemptItem.forget_at.set(now + policy.ATTEMPTS_FORGOTTEN_AFTER))
    return engine.change(
        AttemptItem(about),
        counted,
        guard=may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now),
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
    )


def checking(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Require that an attempt would be allowed, without counting one. Refused as `recording` is."""
    return engine.check(
        engine.Key(AttemptItem, about),
        guard=may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now),
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
    )


def resetting(about: str) -> engine.Write:
    """Reset the count, after a right attempt. Never refused."""
    return engine.remove(AttemptItem(about))


def may_attempt(
    backoff: Backoff, failures: NumberAttribute, last_at: UTCDateTimeAttribute, *, now: datetime
) -> Condition:
    """Return the condition that an attempt need not wait, for the attributes *failures* and *last_at*."""
    # One condition covers every step of the back-off, so that no read is needed, and of simultaneous attempts only one
    # gets the count that ends a wait.
    free = failures.does_not_exist() | (failures < backoff.free)
    *lower, (top, longest) = backoff.steps()
    waited = [(failures == step) & (last_at <= now - wait) for step, wait in lower]
    highest = (failures >= top) & (last_at <= now - longest)
    if backoff.most is not None:
        highest &= failures < backoff.most
    allowed: Condition = free | highest
    for step in waited:
        allowed |= step
    return allowed


def _refusal_for(row: engine.Raw, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> Refusal:
    item = AttemptItem.from_raw_data(row)
    failures = int(item.failures)
    if backoff.is_locked_after(failures):
        return CodesLocked()
    return refusal(retry_after=max(item.last_at + backoff.wait_after(failures) - now, timedelta(seconds=1)))
