"""The strikes table: failed attempts in a row. One guarded write counts an attempt and checks its back-off."""

from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.backoff import Backoff
from shared.errors import CodesLocked, Outrun, Refusal, TooMany
from shared.storage import engine


class AttemptItem(Model):
    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute()
    last_at = UTCDateTimeAttribute()
    lock_noted = BooleanAttribute(null=True)
    forget_at = TTLAttribute()


class LastAttempt(Outrun):
    """This attempt is the last one before the lock: only `recording_last` counts it."""


class NewlyLocked(CodesLocked):
    """Codes are locked, and the activity log has no entry of it yet."""


def recording(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Count an attempt, before it is known whether it is right.

    Refused as *refusal*, with the time to wait, during a wait. If the back-off has a `most`, the last attempt that it
    takes is refused as LastAttempt and each later one as CodesLocked; its count is kept until it is reset, any other
    for `policy.ATTEMPTS_FORGOTTEN_AFTER`.
    """
    counted = [AttemptItem.failures.add(1), AttemptItem.last_at.set(now)]
    guard = may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now)
    if backoff.most is None:
        counted.append(AttemptItem.forget_at.set(now + policy.ATTEMPTS_FORGOTTEN_AFTER))
    else:
        guard &= AttemptItem.failures.does_not_exist() | (AttemptItem.failures < backoff.most - 1)
    return engine.change(
        AttemptItem(about), counted, guard=guard, refused=lambda row: _refusal_for(row, backoff, refusal, now=now)
    )


def recording_last(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Count the last attempt that is taken. Refused as `recording` if it is not the last, or another came first."""
    may = may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now)
    return engine.change(
        AttemptItem(about),
        [AttemptItem.failures.add(1), AttemptItem.last_at.set(now)],
        guard=may & (AttemptItem.failures == _last(backoff)),
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
    )


def noting_lock(about: str, backoff: Backoff) -> engine.Write:
    """Mark the lock as written to the activity log. Refused as Outrun if it is already, or there is no lock."""
    return engine.change(
        AttemptItem(about),
        [AttemptItem.lock_noted.set(True)],
        guard=(AttemptItem.failures > _last(backoff)) & AttemptItem.lock_noted.does_not_exist(),
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
    # One condition covers every step of the back-off: it needs no read, and of simultaneous attempts only one passes
    # after each wait.
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
    if not row:  # the last attempt was refused: a right one has reset the count since it was read
        return Outrun()
    item = AttemptItem.from_raw_data(row)
    failures = int(item.failures)
    if backoff.is_locked_after(failures):
        return CodesLocked() if item.lock_noted else NewlyLocked()
    if backoff.is_locked_after(failures + 1) and now >= item.last_at + backoff.wait_after(failures):
        return LastAttempt()
    return refusal(retry_after=max(item.last_at + backoff.wait_after(failures) - now, timedelta(seconds=1)))


def _last(backoff: Backoff) -> int:
    """Return how many failures there are before the last attempt that is taken."""
    return (backoff.most or 0) - 1
