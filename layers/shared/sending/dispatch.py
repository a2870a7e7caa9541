"""What is paid for goes to the queue; where the queue does not take it, the points are given back."""

from collections.abc import Iterable
from datetime import datetime

from shared.delivery import queue
from shared.delivery.notices import CodeQueued, MessageQueued, ShipmentQueued
from shared.domain.messages import LEAVING, RETURNED, Shipment
from shared.errors import (
    Refusal,
    Unavailable,
)
from shared.observability import logger
from shared.sending.orders import pay
from shared.sending.refunds import give_back
from shared.storage import shipments
from shared.storage.engine import Write


def send(
    shipment: Shipment,
    *more: Write,
    code: str = "",
    expires_at: datetime | None = None,
    undoing: Iterable[Write] = (),
    now: datetime,
) -> Shipment:
    """Pay for *shipment*, together with *more*, and put it on the queue, unless it waits for its time.

    For a code, *code* is the text and *expires_at* when nobody needs it any more. Where the queue does not take it the
    points are given back, together with *undoing*, which nothing must refuse. Raises what `pay` raises, Unavailable.
    """
    paid = pay(shipment, *more, now=now)
    if paid.state == LEAVING:
        try:
            queue.put(_code(paid, code, expires_at) if expires_at else notice(paid))
        except Unavailable:
            _must_be_on_its_way(paid, undoing, now=now)
    return paid


def _code(shipment: Shipment, text: str, expires_at: datetime) -> CodeQueued:
    return CodeQueued(**vars(message(shipment, 0)) | {"text": text, "expires_at": expires_at})


def notice(shipment: Shipment) -> MessageQueued | ShipmentQueued:
    """One message on the queue, whatever the number of recipients: it is there as a whole, or not at all."""
    if len(shipment.recipients) == 1:
        return message(shipment, 0)
    return ShipmentQueued(f"shipment:{shipment.shipment_id}", shipment.account_id, shipment.shipment_id)


def message(shipment: Shipment, place: int) -> MessageQueued:
    """The message to that recipient, as it goes to the queue."""
    return MessageQueued(
        id=shipment.message_id(place),
        account_id=shipment.account_id,
        phone=shipment.recipients[place].number,
        text=shipment.words(place),
        sender=shipment.sender,
        together=len(shipment.recipients),
    )


def _must_be_on_its_way(paid: Shipment, undoing: Iterable[Write], *, now: datetime) -> None:
    """The queue may have taken it although it did not say so: who claims it first, we or `notify`, decides.

    Raises Unavailable where it will not be sent. If even that can't be written down, the pass of each minute finds it.
    """
    try:
        give_back(paid, dict.fromkeys(paid.unsent, RETURNED), *undoing, now=now)
    except shipments.TakenUp:
        return
    except Refusal as refusal:
        logger.warning("points_not_given_back", shipment_id=paid.shipment_id, reason=refusal.code)
    raise Unavailable
