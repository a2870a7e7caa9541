"""The lists of an account's shipments: in the order of the times at which they leave, from indexes of their table, or
those of one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import cast

from pynamodb.expressions.condition import Condition

from shared import policy
from shared.domain.large_orders import LargeOrder, order_of
from shared.storage import engine, large_orders, shipments
from shared.storage.mapping import record
from shared.storage.shipments import ShipmentItem

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ListMark:
    """The place of a shipment in the list."""

    send_at: datetime
    shipment_id: str


@dataclass(frozen=True)
class WantedShipments:
    """Which shipments to list. None stands for any. Not earlier than `since`, and earlier than `until`.

    `order` is the id of a shipment: those that were ordered together with it are wanted, whatever the state and times.
    """

    waiting: bool = False
    user_id: str | None = None
    ordered_by: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    order: str | None = None


def page(
    account_id: str, wanted: WantedShipments, after: ListMark | None
) -> tuple[Sequence[ListMark], ListMark | None]:
    """Return the marks of shipments behind *after*, the latest first, and behind which mark to go on; None at the end.

    Takes one round trip. A page can be empty and not the last. The index follows the table with a delay; the shipments
    of one order are known at once, and are listed in the order of their ids.
    """
    if wanted.order:
        return _page_of_order(account_id, wanted, wanted.order, after)
    owner = ShipmentItem.waits_of if wanted.waiting else ShipmentItem.account_id
    times = ShipmentItem.send_at.between(wanted.since or EARLIEST, wanted.until or LATEST)
    rows, last = engine.page(
        ShipmentItem,
        cast(Condition, (owner == account_id) & times),
        index="scheduled" if wanted.waiting else "listed",
        only=_only(wanted),
        limit=policy.SHIPMENTS_SEARCHED_AT_ONCE,
        newest_first=True,
        after=_start(account_id, after, waiting=wanted.waiting) if after else None,
    )
    marks = [ListMark(row.send_at, row.shipment_id) for row in rows if isinstance(row, ShipmentItem)]
    return _few(marks, _mark(last) if last else None)


def count_waiting(account_id: str, ordered_by: str) -> tuple[int, bool]:
    """Return how many messages wait that a credential ordered, and whether that is all of them.

    Takes one round trip, which looks through policy.SHIPMENTS_SEARCHED_AT_ONCE of the account's orders that wait, the
    next first. The index follows the table with a delay.
    """
    rows, last = engine.page(
        ShipmentItem,
        cast(Condition, ShipmentItem.waits_of == account_id),
        index="scheduled",
        only=cast(Condition, ShipmentItem.ordered_by == ordered_by),
        limit=policy.SHIPMENTS_SEARCHED_AT_ONCE,
    )
    return sum(row.left for row in rows if isinstance(row, ShipmentItem)), last is None


def _page_of_order(
    account_id: str, wanted: WantedShipments, shipment_id: str, after: ListMark | None
) -> tuple[Sequence[ListMark], ListMark | None]:
    """Return what `page` does. All shipments of an order have the same user and credential."""
    whole, named = engine.fetch(
        large_orders.key(account_id, order_of(shipment_id)), shipments.key((account_id, shipment_id))
    )
    if not isinstance(named, ShipmentItem) or not _is_by(named, wanted):
        return [], None
    order = record(LargeOrder, whole)
    behind = after.shipment_id if after else ""
    ids = [one for one in (order.shipment_ids if order else [shipment_id]) if one > behind]
    # Nobody looks at the time of such a mark: a shipment may have been moved to another.
    return _few([ListMark(named.send_at, one) for one in ids], None)


def _few(marks: Sequence[ListMark], last: ListMark | None) -> tuple[Sequence[ListMark], ListMark | None]:
    """Return as many marks as a page has, and behind which mark to go on: *last* if the page has all of them."""
    few = marks[: policy.SHIPMENTS_LISTED_AT_ONCE]
    return few, few[-1] if len(few) < len(marks) else last


def _is_by(item: ShipmentItem, wanted: WantedShipments) -> bool:
    is_theirs = wanted.user_id in (None, item.user_id)
    return is_theirs and all(one == item.ordered_by for one in wanted.ordered_by)


def _only(wanted: WantedShipments) -> Condition | None:
    is_theirs = [ShipmentItem.user_id == wanted.user_id] if wanted.user_id else []
    is_by = [ShipmentItem.ordered_by == one for one in wanted.ordered_by]
    found = [*is_theirs, *is_by]
    return cast(Condition, reduce(and_, found)) if found else None


def _start(account_id: str, after: ListMark, *, waiting: bool) -> engine.Raw:
    at = ShipmentItem.send_at.serialize(after.send_at)  # type: ignore[no-untyped-call]  # pynamodb's
    key = {"account_id": {"S": account_id}, "shipment_id": {"S": after.shipment_id}, "send_at": {"S": at}}
    return key | ({"waits_of": {"S": account_id}} if waiting else {})


def _mark(key: engine.Raw) -> ListMark:
    at = ShipmentItem.send_at.deserialize(key["send_at"]["S"])  # type: ignore[no-untyped-call]  # pynamodb's
    return ListMark(at, key["shipment_id"]["S"])
