"""Reporting: tell customers' servers what became of their messages."""

from collections.abc import Iterable
from datetime import datetime

from shared.delivery import reports
from shared.delivery.reports import DeliveryReport
from shared.domain import points
from shared.domain.messages import Shipment


def tell(shipment: Shipment, places: Iterable[int], *, at: datetime) -> None:
    """Queue a report on each of these messages, whose new states *shipment* has, if it names a URL. Never raises."""
    if shipment.notify_url:
        reports.put(*[_report(shipment, place, at=at) for place in places])


def _report(shipment: Shipment, place: int, *, at: datetime) -> DeliveryReport:
    recipient = shipment.recipients[place]
    return DeliveryReport(
        url=shipment.notify_url,
        message_id=shipment.message_id(place),
        state=shipment.status(place),
        at=at,
        username=shipment.username,
        points=points.told(recipient.points),
        sender=shipment.sender,
        idx=recipient.idx,
        number=recipient.number.removeprefix("+") if recipient.submitted else "",
    )
