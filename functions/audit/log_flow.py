"""Tell of refusals that leave nothing but a line in the log: a refused request writes no row for them.

A subscription filter of CloudWatch Logs brings the lines (`shared/http/security_refusals.py` marks them), many at once
if there are many. There is one event for each caller, address, reason and minute of a batch, with their number. Of
strangers the network counts: whoever has one of IPv6 has more addresses than anybody can read about.
"""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from gzip import decompress
from hashlib import sha256
from typing import Any, NamedTuple

from aws_lambda_powertools.metrics import MetricUnit

from shared import policy
from shared.delivery import event_bus
from shared.domain import audit_events
from shared.domain.audit_events import NONE, AuditEvent, Refused
from shared.domain.failure_marks import MANY
from shared.domain.origins import Origin
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

    @property
    def account(self) -> str:
        """The account of the user it is about, or NONE if it is about a stranger."""
        return audit_events.account_of_subject(self.subject)


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
    found = _gathered(_few(_gathered(_read(batch["logEvents"]))))
    return event_bus.put([_event(alike, lines) for alike, lines in found.items()])


def _gathered(them: Iterable[tuple[_Alike, _Lines]]) -> dict[_Alike, _Lines]:
    found: dict[_Alike, _Lines] = {}
    for alike, lines in them:
        before = found.get(alike)
        found[alike] = lines._replace(times=before.times + lines.times, first=before.first) if before else lines
    return found


def _few(found: dict[_Alike, _Lines]) -> Iterator[tuple[_Alike, _Lines]]:
    """Yield what was found. What is beyond policy.REFUSALS_TOLD_A_MINUTE is about MANY, by event, reason and minute.

    Each account is counted by itself, and so are strangers: nobody's loop hides what others did.
    """
    seen: Counter[str] = Counter()
    for alike, lines in found.items():
        seen[alike.account] += 1
        if seen[alike.account] <= policy.REFUSALS_TOLD_A_MINUTE:
            yield alike, lines
        else:
            yield alike._replace(actor=NONE, proof=NONE, subject=MANY, address=MANY, device=NONE), lines


def _read(log_events: list[dict[str, Any]]) -> Iterator[tuple[_Alike, _Lines]]:
    for one in log_events:
        try:
            line = json.loads(one["message"])
            event = Refused(line["audit_event"])
        except (ValueError, KeyError, TypeError) as failure:  # a line of somebody else's that the filter let pass
            logger.warning("line_unreadable", reason=reason_of(failure))
            metrics.add_metric("AuditUnreadable", MetricUnit.Count, 1)
            continue
        subject = str(line.get("subject") or NONE)
        alike = _Alike(
            event=event,
            reason=str(line.get("reason") or NONE),
            actor=str(line.get("actor") or NONE),
            proof=str(line.get("proof") or NONE),
            subject=subject,
            address=_place(str(line.get("address") or NONE), is_exact=subject != NONE),
            device=str(line.get("device") or NONE),
            about=NONE,
            minute=one["timestamp"] // MINUTE,
        )
        yield alike, _Lines(1, one["id"], one["timestamp"], str(line.get("correlation_id") or NONE))


def _place(address: str, *, is_exact: bool) -> str:
    """Return the address of a known caller, and the network of a stranger."""
    try:
        return address if is_exact else Origin(address, "").network
    except ValueError:  # none, or a word that API Gateway has for calls of its own
        return address


def _event(alike: _Alike, lines: _Lines) -> AuditEvent:
    told = alike._asdict()
    minute = told.pop("minute")
    return AuditEvent(
        **told,
        id=sha256(f"{lines.first} {minute} {alike}".encode()).hexdigest()[:32],
        time=datetime.fromtimestamp(lines.at / 1000, UTC),
        account=alike.account,
        outcome="failure",
        request_id=lines.request_id,
        times=lines.times,
    )
