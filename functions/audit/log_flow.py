"""Tell of refusals that leave nothing but a line in the log: a refused request writes no row for them.

A subscription filter of CloudWatch Logs brings the lines (`shared/http/security_refusals.py` marks them), many at once
if there are many. There is one event for each caller, address, reason and minute of a batch, with their number.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from gzip import decompress
from hashlib import sha256
from typing import Any, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit

from shared.delivery import event_bus
from shared.domain import audit_events
from shared.domain.audit_events import NONE, AuditEvent, Refused
from shared.observability import logger, metrics, reason_of

MINUTE = 60_000


class _Alike(NamedTuple):
    """What lines have in common that become one event. `minute` is counted since 1970."""

    event: str
    reason: str
    actor: str
    proof: str
    subject: str
    address: str
    device: str
    about: str
    minute: int


class _Lines(NamedTuple):
    """How many lines are alike, with the id of the first, and time and request of the last."""

    times: int
    first: str
    at: int
    request_id: str


def tell(data: str) -> set[str]:
    """Put events about the refusals in *data*, a batch as CloudWatch Logs sends it, on the bus.

    Return the ids of those that it did not take.
    """
    batch = json.loads(decompress(b64decode(data)))
    if batch["messageType"] != "DATA_MESSAGE":  # a test message of CloudWatch Logs
        return set()
    found: dict[_Alike, _Lines] = {}
    for alike, line in _read(batch["logEvents"]):
        before = found.get(alike)
        found[alike] = line._replace(times=before.times + 1, first=before.first) if before else line
    return event_bus.put([_event(alike, lines) for alike, lines in found.items()])


def _read(log_events: list[dict[str, Any]]) -> Iterator[tuple[_Alike, _Lines]]:
    for one in log_events:
        try:
            line = json.loads(one["message"])
            event = Refused(line["audit_event"])
        except (ValueError, KeyError, TypeError) as failure:  # a line of somebody else's that the filter let pass
            logger.warning("line_unreadable", reason=reason_of(failure))
            metrics.add_metric("AuditUnreadable", MetricUnit.Count, 1)
            continue
        alike = _Alike(
            event=event,
            reason=str(line.get("reason") or NONE),
            actor=str(line.get("actor") or NONE),
            proof=str(line.get("proof") or NONE),
            subject=str(line.get("subject") or NONE),
            address=str(line.get("address") or NONE),
            device=str(line.get("device") or NONE),
            about=NONE,
            minute=one["timestamp"] // MINUTE,
        )
        yield alike, _Lines(1, one["id"], one["timestamp"], str(line.get("correlation_id") or NONE))


def _event(alike: _Alike, lines: _Lines) -> AuditEvent:
    told = alike._asdict()
    minute = told.pop("minute")
    return AuditEvent(
        **told,
        id=sha256(f"{lines.first} {minute} {alike}".encode()).hexdigest()[:32],
        time=datetime.fromtimestamp(lines.at / 1000, UTC),
        account=audit_events.account_of_subject(alike.subject),
        outcome="failure",
        request_id=lines.request_id,
        times=lines.times,
    )
