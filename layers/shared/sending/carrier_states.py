"""Carrier states: what a carrier tells became of messages moves them forward, and their senders' servers are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from shared.delivery import carrier_reports
from shared.domain.messages import shipment_of
from shared.errors import Outrun, Unavailable
from shared.observability import logger, metrics
from shared.sending import outcomes, reporting
from shared.storage import engine, shipments


@dataclass(frozen=True)
class Told:
    """What the carrier tells of one message, under the name that it has there.

    `state` is one of `messages.STEPS`, or None if what was told is nothing new.
    """

    name: str
    state: str | None
    at: datetime


def take(told: Iterable[Told]) -> None:
    """Store the states that are further than the stored ones. What is not known is passed over.

    Raises Unavailable, also for a report that comes before the answer by which we know that the carrier took a message.
    """
    came_early = False
    for one in told:
        metrics.add_metric("CarrierReports", MetricUnit.Count, 1)
        if one.state and (found := carrier_reports.read(one.name)):
            came_early |= not _is_done(*found, one.state, at=one.at)
    if came_early:
        raise Unavailable  # the carrier, or the queue, reports again


def _is_done(account_id: str, message_id: str, state: str, *, at: datetime) -> bool:
    """Store the state. Return False if it is not yet written down that the carrier took the message."""
    shipment_id, place = shipment_of(message_id)
    try:
        row = engine.spend(shipments.telling((account_id, shipment_id), place, state))
    except shipments.TakenUp:
        return False
    except Outrun:
        return True  # not known, not sent, or further already
    logger.info("message_reported", message_id=message_id, state=state)
    outcomes.count(state)
    if shipment := shipments.in_row(row):
        reporting.tell(shipment, [place], at=at)
    return True
