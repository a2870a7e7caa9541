"""Tell of entries of the activity log: each was written in the transaction of the change that it records."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from shared import settings
from shared.delivery import event_bus
from shared.domain import audit_events
from shared.domain.audit_events import AuditEvent
from shared.observability import logger, metrics, reason_of
from shared.storage import activity


def tell(records: Sequence[dict[str, Any]]) -> list[str]:
    """Put an event for each record of the activity table's stream on the bus.

    Return the numbers of the records whose events it did not take. A record of which no event can be made holds up no
    other: its keys go to the queue of dead letters.
    """
    told = {number: event for number, event in map(_event_in, records) if event}
    failed = event_bus.put(list(told.values()))
    return [number for number, event in told.items() if event.id in failed]


def _event_in(record: dict[str, Any]) -> tuple[str, AuditEvent | None]:
    change = record["dynamodb"]
    try:
        return change["SequenceNumber"], _event(record["eventName"], change)
    except Exception as failure:  # noqa: BLE001 - whatever it is, the records behind it must be told
        logger.error("audit_unreadable", reason=reason_of(failure))
        metrics.add_metric("AuditUnreadable", MetricUnit.Count, 1)
        event_bus.keep_unreadable(settings.ACTIVITY_TABLE, change["Keys"])
        return change["SequenceNumber"], None


def _event(kind: str, change: dict[str, Any]) -> AuditEvent | None:
    """Return the event; None for an entry that is forgotten.

    An entry that counts what happens often in an hour is told each time, under an id with the number.
    """
    if kind == "REMOVE":
        return None
    entry = activity.entry_in(change["NewImage"])
    event = audit_events.of_entry(entry)
    return replace(event, id=f"{event.id}-{entry.times}") if kind == "MODIFY" else event
