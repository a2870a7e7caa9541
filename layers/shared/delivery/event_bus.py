"""Delivery: the event bus by which audit events leave for other systems, and the queue of what could not be told."""

import json
from collections.abc import Sequence
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared import clients, settings
from shared.domain import audit_events
from shared.domain.audit_events import AuditEvent
from shared.observability import logger, reason_of

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

SOURCE = "furtka.audit"
"""The `source` of every event, by which rules match. The `detail-type` is the event's name."""

MOST_AT_ONCE = 10
"""How many events EventBridge takes in one call."""


def put(told: Sequence[AuditEvent]) -> set[str]:
    """Put events on the bus. Return the ids of those that it did not take, which are to be told again."""
    return {failed for some in batched(told, MOST_AT_ONCE, strict=False) for failed in _put(some)}


def keep_unreadable(table: str, keys: dict[str, Any]) -> None:
    """Put the keys of a row of which no event can be made on the queue of dead letters. Raises if that fails.

    The row stays in its table: somebody reads it there, and tells of it by hand.
    """
    body = json.dumps({"table": table, "keys": keys})
    _sqs().send_message(QueueUrl=settings.AUDIT_DEAD_LETTERS_URL, MessageBody=body)


def _put(some: Sequence[AuditEvent]) -> list[str]:
    try:
        answer = _events().put_events(Entries=[_entry(one) for one in some])
    except (BotoCoreError, ClientError) as error:
        logger.warning("events_failed", reason=reason_of(error))
        return [one.id for one in some]
    failed = [one.id for one, said in zip(some, answer["Entries"], strict=True) if "ErrorCode" in said]
    if failed:
        logger.warning("events_failed", reason="PartialFailure", count=len(failed))
    return failed


def _entry(event: AuditEvent) -> Any:
    return {
        "EventBusName": settings.AUDIT_BUS,
        "Source": SOURCE,
        "DetailType": event.event,
        "Time": event.time,
        "Detail": json.dumps(audit_events.facts(event)),
    }


@cache
def _events() -> Any:  # no types of EventBridge are installed
    return clients.session(clients.DELIVERY).client("events", config=clients.DELIVERY.config)


@cache
def _sqs() -> "SQSClient":
    return clients.session(clients.DELIVERY).client("sqs", config=clients.DELIVERY.config)
