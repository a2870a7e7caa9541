"""Flow of large orders: one shipment leaves, and the notice of the next one goes to the end of the queue.

So a large order is never more than a few messages ahead of others, and what was not reached can be removed.
"""

from datetime import datetime

from shared import policy
from shared.delivery import queue
from shared.delivery.notices import LargeOrderQueued
from shared.domain.large_orders import GIVEN_UP, ORDERED, LargeOrder
from shared.domain.messages import LEAVING
from shared.errors import Outrun
from shared.observability import logger
from shared.sending import dispatch, reaching
from shared.storage import large_orders
from shared.storage.engine import commit


def go_on(notice: LargeOrderQueued, *, now: datetime) -> None:
    """Let the shipment of the notice leave. A notice of one that was reached does nothing: it is there twice.

    If the function dies, the queue brings the notice again, and what was done already is not done again.
    """
    order = large_orders.find(notice.account_id, notice.order_id)
    if order is None or notice.part < order.next or not _is_begun(order, now=now):
        return
    _send_or_give_up(order, notice.part, now=now)
    if notice.part + 1 < order.shipments:
        queue.put(dispatch.step(order, notice.part + 1))
    try:
        commit(large_orders.advancing(order, notice.part, now=now))
    except Outrun:
        logger.info("large_order_went_on", order_id=order.order_id)


def _is_begun(order: LargeOrder, *, now: datetime) -> bool:
    """Begin an order that was not begun. Return False if another delivery, or whoever gave it up, came first."""
    try:
        if order.state == ORDERED:
            commit(large_orders.beginning(order, now=now))
    except Outrun:
        return False
    return True


def _send_or_give_up(order: LargeOrder, number: int, *, now: datetime) -> None:
    shipment_id = order.shipment_id(number)
    if order.state == GIVEN_UP or now >= order.send_at + policy.LARGE_ORDER_GIVEN_UP_AFTER:
        logger.warning("shipment_given_up", shipment_id=shipment_id)
        return reaching.give_up(order.account_id, shipment_id, now=now)
    shipment = reaching.reach(order.account_id, shipment_id, now=now)
    if shipment and shipment.state == LEAVING:
        dispatch.queue_messages(shipment)
    return None
