"""Messages as they leave: the pass of each minute, the queue of messages, and a carrier that counts what it gets."""

from collections import Counter
from datetime import datetime

from moto.backends import get_backend

from notify.deliver_flow import deliver
from notify.shipments import look
from shared.delivery import notices
from shared.delivery.notices import LargeOrderQueued, MessageQueued, Notice, ShipmentQueued
from shared.domain.messages import Shipment
from shared.errors import NumberRepeated
from shared.sending import dispatch
from shared.storage import shipments

SENT: Counter[str] = Counter()
"""How often the carrier got each message, by its id. The fixture `carrier` empties it."""


def pass_at(now: datetime) -> None:
    """Run the pass of each minute."""
    look(now=now, has_time=lambda: True)


def deliver_all(account_id: str, now: datetime) -> None:
    """Deliver what is on the queue for an account, fanned out or not. All of it stays there, and is delivered again.

    What another delivery or a refund is busy with is left to it: the real queue would bring it again.
    """
    waiting = get_backend("sqs")["123456789012"]["eu-central-1"].queues["messages"].messages
    for body in dict.fromkeys(message.body for message in waiting if account_id in message.body):
        notice = notices.read(body)
        if isinstance(notice, ShipmentQueued):
            for found in shipments.find(notice.account_id, [notice.shipment_id]):
                for place in found.unsent:
                    _deliver(dispatch.message(found, place), now)
        elif isinstance(notice, MessageQueued | LargeOrderQueued):
            _deliver(notice, now)


def sent_to(shipment: Shipment, place: int = 0) -> int:
    return SENT[shipment.message_id(place)]


def as_stored(shipment: Shipment) -> Shipment:
    """Return the shipment as it is now."""
    (found,) = shipments.find(shipment.account_id, [shipment.shipment_id])
    return found


def _deliver(notice: Notice, now: datetime) -> None:
    try:
        deliver(notice, now=now)
    except (shipments.TakenUp, NumberRepeated):
        return
