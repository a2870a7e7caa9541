"""The strikes table: failed proofs in a row. A try is counted and its wait is checked by one guarded write."""

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
    """Counts a try before its verdict is known. Refused as *refusal* (or CodesLocked) while a wait is on.

    A ladder with a last rung is remembered until it is forgiven, any other for `policy.STRIKES_FORGOTTEN_AFTER`.
    """
    counted = [AttemptItem.failures.add(1), AttemptItem.last_at.set(now)]
    if backoff.most is None:
        counted.append(AttemptItem.forget_at.set(now + policy.ATTEMPTS_FORGOTTEN_AFTER))
    return engine.change(
        AttemptItem(about),
        counted,
        guard=may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now),
        refused=lambda row: _why(row, backoff, refusal, now=now),
    )


def checking(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Insists that a try would not have to wait, without counting one."""
    return engine.check(
        engine.Key(AttemptItem, about),
        guard=may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now),
        refused=lambda row: _why(row, backoff, refusal, now=now),
    )


def resetting(about: str) -> engine.Write:
    return engine.remove(AttemptItem(about))


def may_attempt(
    backoff: Backoff, failures: NumberAttribute, last_at: UTCDateTimeAttribute, *, now: datetime
) -> Condition:
    """The whole ladder as one condition, so that counting needs no read and no two tries share a rung."""
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


def _why(row: engine.Raw, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> Refusal:
    item = AttemptItem.from_raw_data(row)
    failures = int(item.failures)
    if backoff.is_locked_after(failures):
        return CodesLocked()
    return refusal(retry_after=max(item.last_at + backoff.wait_after(failures) - now, timedelta(seconds=1)))
