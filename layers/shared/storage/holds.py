"""Holds in the rows of wallets and purses, and what else such a row counts: messages abroad, by day and country.

All sends of an account write its wallet's row. So a send never takes it into a transaction, in which it would collide
with the others: it takes its points by one write of this row alone, which leaves a hold there. The hold is of no use
once the order is stored, and is taken out by a later write that is made anyway (`clearing`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import reduce
from operator import and_

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy
from shared.domain.holds import Hold
from shared.errors import AbroadLimitReached, Outrun
from shared.storage import engine
from shared.storage.mapping import CountAttribute

HOLD, ABROAD = "hold:", "abroad:"

_useless: dict[str, list[str]] = defaultdict(list)
"""Attributes that this process knows to be of no use any more, by the row that has them."""


class NotTaken(Outrun):
    """The guard does not hold. `row` is what is there, empty if there is none."""

    def __init__(self, row: engine.Raw) -> None:
        super().__init__()
        self.row = row


def taking(
    item: Model, row_id: str, hold: Hold, actions: Sequence[Action], guard: Condition, *, most_abroad: int
) -> engine.Write:
    """Do *actions* and leave *hold* in the row, if *guard* holds and the day has room for its messages abroad.

    Refused as NotTaken, also if the hold is there already: then an earlier answer was lost.
    """
    counts = _counts(hold)
    fits = [counter.does_not_exist() | (counter <= most_abroad - count) for counter, count in counts]
    return engine.change(
        item,
        [
            *actions,
            _place(hold.shipment_id).set(hold.written()),
            *(counter.add(count) for counter, count in counts),
            *(UnicodeAttribute(attr_name=name).remove() for name in _cleared(row_id)),
        ],
        guard=reduce(and_, fits, guard & _place(hold.shipment_id).does_not_exist()),
        refused=NotTaken,
    )


def abroad_refusal(raw: engine.Raw, hold: Hold, *, most_abroad: int) -> AbroadLimitReached | None:
    """Return the refusal if the row's day has no room for the hold's messages abroad."""
    if all(_counted(raw, hold, country) + count <= most_abroad for country, count in hold.abroad.items()):
        return None
    midnight = datetime.combine(hold.taken_at.date() + timedelta(days=1), time.min, UTC)
    return AbroadLimitReached(most_abroad, retry_after=midnight - hold.taken_at)


def own(raw: engine.Raw, shipment_id: str) -> Hold | None:
    """Return the hold of a shipment's order in the row, if it is there."""
    written: engine.Raw = raw.get(HOLD + shipment_id, {})
    return Hold.read(shipment_id, written["S"]) if written else None


def ended(raw: engine.Raw, *, now: datetime) -> list[Hold]:
    """Return holds in the row whose request cannot be running any more, the oldest first, and not too many."""
    names = [name.removeprefix(HOLD) for name in raw if name.startswith(HOLD)]
    found = [hold for name in names if (hold := own(raw, name))]
    old = [hold for hold in found if hold.taken_at <= now - policy.HOLD_ENDS_AFTER]
    return sorted(old, key=lambda hold: hold.taken_at)[: policy.HOLDS_CLEARED_AT_ONCE]


def is_forgotten(hold: Hold, *, now: datetime) -> bool:
    """Whether the hold is so old that the shipment of its order would not be there any more."""
    return hold.taken_at <= now - policy.SHIPMENT_KEPT_FOR


def releasing(
    item: Model, hold: Hold, raw: engine.Raw, actions: Sequence[Action], *, guard: Condition | None = None
) -> engine.Write:
    """Take the hold out, do *actions*, and give back what it counts of the day's messages abroad, if *guard* holds.

    *raw* is the row as it was read. Refused as NotTaken, also if the hold is gone: then somebody else released it.
    """
    counts, _ = uncounting(hold) if are_counted(raw, hold) else ([], [])
    held = _place(hold.shipment_id).exists()
    return engine.change(
        item,
        [*actions, *counts, _place(hold.shipment_id).remove()],
        guard=held if guard is None else held & guard,
        refused=NotTaken,
    )


def are_counted(raw: engine.Raw, hold: Hold) -> bool:
    """Whether the row still counts the hold's messages abroad."""
    return all(_counter(hold, country).attr_name in raw for country in hold.abroad)


def clearing(row_id: str, hold: Hold) -> None:
    """Remember that the order is stored: the next write of this row takes its hold out."""
    if len(_useless) > policy.HOLDS_CLEARED_AT_ONCE:  # rows that this process has not written for long: others will
        _useless.clear()
    _useless[row_id].append(HOLD + hold.shipment_id)


def forgetting_days(row_id: str, raw: engine.Raw, *, now: datetime) -> None:
    """Remember which counts in the row are of days that are over: the next write of the row takes them out."""
    today = f"{ABROAD}{now - timedelta(days=1):%Y-%m-%d}"
    _useless[row_id] += [name for name in raw if name.startswith(ABROAD) and name < today]


def uncounting(hold: Hold) -> tuple[list[Action], list[Condition]]:
    """Return what gives back the hold's messages abroad, and the conditions under which it may be done."""
    counts = _counts(hold)
    return [counter.add(-count) for counter, count in counts], [counter.exists() for counter, _ in counts]


def _place(shipment_id: str) -> UnicodeAttribute:
    return UnicodeAttribute(attr_name=HOLD + shipment_id)


def _counts(hold: Hold) -> list[tuple[CountAttribute, int]]:
    return [(_counter(hold, country), count) for country, count in hold.abroad.items()]


def _counter(hold: Hold, country: str) -> CountAttribute:
    return CountAttribute(attr_name=f"{ABROAD}{hold.day}:{country}")


def _counted(raw: engine.Raw, hold: Hold, country: str) -> int:
    written: Mapping[str, str] = raw.get(str(_counter(hold, country).attr_name), {})
    return int(written.get("N", 0))


def _cleared(row_id: str) -> list[str]:
    """Return attributes to take out, each once. If the write is lost they stay, and `ended` finds the holds."""
    names = _useless.pop(row_id, [])
    if len(names) > policy.HOLDS_CLEARED_AT_ONCE:
        _useless[row_id] = names[policy.HOLDS_CLEARED_AT_ONCE :]
    return list(dict.fromkeys(names[: policy.HOLDS_CLEARED_AT_ONCE]))
