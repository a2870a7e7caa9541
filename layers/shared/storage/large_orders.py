"""Large orders, rows of the shipments table under keys of another form. Their shipments lie beside them.

The row is written last, in one transaction with what an order needs, once the points are taken and the shipments lie
there. So an order that dies before is none: shipments that name an order without a row are not found by anybody.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit
from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.large_orders import GIVEN_UP, ORDERED, LargeOrder
from shared.domain.messages import DONE, LEAVING
from shared.observability import logger, metrics
from shared.storage import engine
from shared.storage.mapping import CountAttribute, record, row

SHARD = "orders"
"""Where the index `waiting` has large orders: there are few, and the shards of shipments do not have them."""


class LargeOrderItem(Model):
    """`send_at` has another name here than in shipments: the index `listed` has no orders."""

    class Meta:
        table_name = settings.SHIPMENTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True, attr_name="shipment_id")
    user_id = UnicodeAttribute()
    shipments = CountAttribute()
    send_at = UTCDateTimeAttribute(attr_name="leaves_at")
    state = UnicodeAttribute()
    look_at = UTCDateTimeAttribute(null=True)
    next = CountAttribute()
    month = UnicodeAttribute(null=True)
    from_month = CountAttribute()
    grant = CountAttribute()
    shard = UnicodeAttribute(null=True)
    forget_at = TTLAttribute()


def key(account_id: str, order_id: str) -> engine.Key:
    return engine.Key(LargeOrderItem, account_id, order_id)


def find(account_id: str, order_id: str) -> LargeOrder | None:
    return next(iter(find_several([(account_id, order_id)])), None)


def find_several(places: Iterable[tuple[str, str]]) -> list[LargeOrder]:
    """Return the orders that exist, at most a hundred, by the ids of their accounts and their own. One round trip, none
    for no places.

    A row that cannot be read is logged and left out, so that it does not hold the others back.
    """
    keys = [key(*place) for place in dict.fromkeys(places)]
    return [found for raw in (engine.fetch_raw(*keys) if keys else ()) if (found := _understood(raw))]


def adding(order: LargeOrder) -> engine.Write:
    """Write a new order, which makes its shipments ones that exist."""
    # Longer than any of its shipments may be moved to a later time.
    forget_at = order.send_at + policy.SCHEDULED_AHEAD + policy.SHIPMENT_KEPT_FOR
    return engine.add(row(LargeOrderItem, order, shard=SHARD, forget_at=forget_at))


def beginning(order: LargeOrder, *, now: datetime) -> engine.Write:
    """Write down that the first step of an order is done. Refused as Outrun if it was begun or given up before."""
    item = LargeOrderItem
    actions = [item.state.set(LEAVING), item.look_at.set(_next_look(now))]
    return engine.change(item(order.account_id, order.order_id), actions, guard=item.state == ORDERED)


def giving_up(order: LargeOrder, *, now: datetime) -> engine.Write:
    """Let the next steps give the points back. Refused as Outrun if the order was begun or given up before."""
    item = LargeOrderItem
    actions = [item.state.set(GIVEN_UP), item.look_at.set(now)]
    return engine.change(item(order.account_id, order.order_id), actions, guard=item.state == ORDERED)


def advancing(order: LargeOrder, reached: int, *, now: datetime) -> engine.Write:
    """Write down that shipment number *reached* was reached. Refused as Outrun if that, or a later one, was before."""
    item = LargeOrderItem
    state = GIVEN_UP if order.state == GIVEN_UP else LEAVING
    actions = [item.next.set(reached + 1), item.state.set(state), item.look_at.set(_next_look(now))]
    if reached + 1 == order.shipments:
        actions = [item.next.set(reached + 1), item.state.set(DONE), item.look_at.remove(), item.shard.remove()]
    return engine.change(item(order.account_id, order.order_id), actions, guard=item.next <= reached)


def looking(order: LargeOrder, until: datetime) -> engine.Write:
    """Let the pass of each minute take the order up again at *until*.

    Refused as Outrun if it went on since it was read.
    """
    item = LargeOrderItem
    guard = (item.next == order.next) & (item.look_at == order.look_at)
    return engine.change(item(order.account_id, order.order_id), [item.look_at.set(until)], guard=guard)


def due(*, now: datetime) -> Iterator[list[tuple[str, str]]]:
    """Yield pages of the orders whose `look_at` has come, as `shipments.due` does."""
    where = (LargeOrderItem.shard == SHARD) & (LargeOrderItem.look_at <= now)
    for page in engine.pages(LargeOrderItem, where, index="waiting", limit=policy.SHIPMENTS_PAGE):
        yield [(raw["account_id"]["S"], raw["shipment_id"]["S"]) for raw in page]


def _understood(raw: engine.Raw | None) -> LargeOrder | None:
    if not raw:
        return None
    try:
        return record(LargeOrder, LargeOrderItem.from_raw_data(raw))
    except (ValueError, TypeError, LookupError, AttributeError) as failure:
        account_id, order_id = raw["account_id"]["S"], raw["shipment_id"]["S"]  # whoever mends the row needs its key
        logger.warning("large_order_broken", account_id=account_id, order_id=order_id, reason=type(failure).__name__)
        metrics.add_metric("ShipmentsFailed", MetricUnit.Count, 1)
        return None


def _next_look(now: datetime) -> datetime:
    return now + policy.LARGE_ORDER_LOOKED_AT_AFTER
