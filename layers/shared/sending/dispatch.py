"""Dispatch: pay for a shipment, queue it, and give the points back if the queue does not accept it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched

from shared.delivery import queue
from shared.delivery.notices import CodeQueued, LargeOrderQueued, MessageQueued, ShipmentQueued
from shared.domain import large_orders
from shared.domain.large_orders import ORDERED, LargeOrder
from shared.domain.messages import LEAVING, RETURNED, Shipment
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger
from shared.sending.payments import pay, pay_large
from shared.sending.refunds import give_back
from shared.storage import large_orders as storage
from shared.storage import shipments
from shared.storage.engine import Write, commit


def send(
    shipment: Shipment,
    *more: Write,
    code: str = "",
    expires_at: datetime | None = None,
    undoing: Iterable[Write] = (),
    abroad_per_day: int | None = None,
    now: datetime,
) -> Shipment:
    """Pay for *shipment* together with *more*, queue it unless it is scheduled for later, and return it as stored.

    For a code, *code* is its text and *expires_at* when it is no longer worth sending. *abroad_per_day* is what
    `Account` has. If the queue does not accept the shipment, its points are given back
    together with the writes *undoing*, whose guards must not fail. Raises what `pay` raises, or Unavailable.
    """
    paid = pay(shipment, *more, abroad_per_day=abroad_per_day, now=now)
    if paid.state == LEAVING:
        try:
            queue.put(_code_notice(paid, code, expires_at) if expires_at else notice(paid))
        except Unavailable:
            _refund_unless_sent(paid, undoing, now=now)
    return paid


def send_large(whole: Shipment, *, abroad_per_day: int | None = None, now: datetime) -> Sequence[Shipment]:
    """Pay for an order of many recipients and queue its first step unless it is scheduled; return its shipments.

    If the queue does not accept it, its points are given back, some time later. Raises what `pay_large` raises, or
    Unavailable.
    """
    order, parts = large_orders.split(whole)
    paid = pay_large(order, parts, abroad_per_day=abroad_per_day, now=now)
    if paid.state == ORDERED:
        try:
            queue.put(step(paid, 0))
        except Unavailable:
            _give_up_unless_begun(paid, now=now)
    return parts


def _give_up_unless_begun(order: LargeOrder, *, now: datetime) -> None:
    """Give up the order and raise Unavailable, unless `notify` has begun to send it: see `_refund_unless_sent`."""
    try:
        commit(storage.giving_up(order, now=now))
    except Outrun:
        return
    except Refusal as refusal:  # the pass of each minute will give it up
        logger.warning("large_order_not_given_up", order_id=order.order_id, reason=refusal.code)
    raise Unavailable


def step(order: LargeOrder, number: int) -> LargeOrderQueued:
    """Return the notice that lets the shipment of that number leave."""
    return LargeOrderQueued(f"{order.order_id}:{number}", order.account_id, order.order_id, number)


def queue_messages(shipment: Shipment) -> None:
    """Queue a notice for each message that is not yet claimed. Raises Unavailable.

    If that is done twice each message is still sent once, since it is claimed before it is sent.
    """
    for few in batched(shipment.unsent, queue.MOST_AT_ONCE, strict=False):
        queue.put(*[message(shipment, place) for place in few])


def _code_notice(shipment: Shipment, text: str, expires_at: datetime) -> CodeQueued:
    """Return the notice of a code: the only place where its text is kept."""
    return CodeQueued(**vars(message(shipment, 0)) | {"text": text, "expires_at": expires_at})


def notice(shipment: Shipment) -> MessageQueued | ShipmentQueued:
    """Return one notice for the whole shipment, so that either all of it is queued or nothing."""
    if len(shipment.recipients) == 1:
        return message(shipment, 0)
    return ShipmentQueued(f"shipment:{shipment.shipment_id}", shipment.account_id, shipment.shipment_id)


def message(shipment: Shipment, place: int) -> MessageQueued:
    """Return the notice of the message to the recipient at *place*."""
    return MessageQueued(
        id=shipment.message_id(place),
        account_id=shipment.account_id,
        phone=shipment.recipients[place].number,
        text=shipment.words(place),
        sender=shipment.sender,
        together=len(shipment.recipients),
        user_id=shipment.user_id,
        ordered_by=shipment.ordered_by,
    )


def _refund_unless_sent(paid: Shipment, undoing: Iterable[Write], *, now: datetime) -> None:
    """Refund the shipment and raise Unavailable, unless `notify` is sending it after all."""
    # The queue may have accepted it although its answer was lost. Refund and sending claim the same row, so the first
    # of them wins: TakenUp means that `notify` came first and the shipment is on its way.
    try:
        give_back(paid, dict.fromkeys(paid.unsent, RETURNED), *undoing, now=now)
    except shipments.TakenUp:
        return
    except Refusal as refusal:  # the pass of each minute will find the shipment and refund it
        logger.warning("points_not_given_back", shipment_id=paid.shipment_id, reason=refusal.code)
    raise Unavailable
