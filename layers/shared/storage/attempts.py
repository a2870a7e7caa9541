"""The strikes table: failed proofs in a row. A try is counted and its wait is checked by one guarded write."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.backoff import Ladder
from shared.errors import CodesLocked, Refusal, TooMany
from shared.storage import engine


class StrikeItem(Model):
    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute()
    last_at = UTCDateTimeAttribute()
    forget_at = TTLAttribute()


def paying(about: str, ladder: Ladder, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Counts a try before its verdict is known. Refused as *refusal* (or CodesLocked) while a wait is on.

    A ladder with a last rung is remembered until it is forgiven, any other for `policy.STRIKES_FORGOTTEN_AFTER`.
    """
    counted = [StrikeItem.failures.add(1), StrikeItem.last_at.set(now)]
    if ladder.most is None:
        counted.append(StrikeItem.forget_at.set(now + policy.STRIKES_FORGOTTEN_AFTER))
    return engine.change(
        StrikeItem(about),
        counted,
        guard=may_try(ladder, StrikeItem.failures, StrikeItem.last_at, now=now),
        refused=lambda row: _why(row, ladder, refusal, now=now),
    )


def allowing(about: str, ladder: Ladder, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Insists that a try would not have to wait, without counting one."""
    return engine.check(
        engine.Key(StrikeItem, about),
        guard=may_try(ladder, StrikeItem.failures, StrikeItem.last_at, now=now),
        refused=lambda row: _why(row, ladder, refusal, now=now),
    )


def forgiving(about: str) -> engine.Write:
    return engine.remove(StrikeItem(about))


def may_try(ladder: Ladder, failures: NumberAttribute, last_at: UTCDateTimeAttribute, *, now: datetime) -> Condition:
    """The whole ladder as one condition, so that counting needs no read and no two tries share a rung."""
    free = failures.does_not_exist() | (failures < ladder.free)
    *lower, (top, longest) = ladder.rungs()
    waited = [(failures == rung) & (last_at <= now - wait) for rung, wait in lower]
    highest = (failures >= top) & (last_at <= now - longest)
    if ladder.most is not None:
        highest &= failures < ladder.most
    allowed: Condition = free | highest
    for rung in waited:
        allowed |= rung
    return allowed


def _why(row: engine.Raw, ladder: Ladder, refusal: type[TooMany], *, now: datetime) -> Refusal:
    item = StrikeItem.from_raw_data(row)
    failures = int(item.failures)
    if ladder.is_locked_after(failures):
        return CodesLocked()
    return refusal(retry_after=max(item.last_at + ladder.wait_after(failures) - now, timedelta(seconds=1)))
