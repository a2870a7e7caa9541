"""Delivery: reports about messages that a customer's own server is sent, and the queue of the function that does it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from shared import clients, settings
from shared.delivery.queue import MOST_AT_ONCE
from shared.observability import logger, metrics, reason_of

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

CODES = {
    "NOT_FOUND": 401,
    "EXPIRED": 402,
    "SENT": 403,
    "DELIVERED": 404,
    "UNDELIVERED": 405,
    "FAILED": 406,
    "REJECTED": 407,
    "UNKNOWN": 408,
    "QUEUE": 409,
    "ACCEPTED": 410,
    "STOP": 412,
}
"""SMSAPI's numbers of states, by their names. See docs/delivery-reports.md."""


class NoReport(ValueError):
    """The body of a queue message is no report. The error does not repeat the body, which has a number in it."""


@dataclass(frozen=True)
class DeliveryReport:
    """That a message got a new state. `url` is where the customer wants to be told, `state` one of CODES.

    `number` has its country code and no `+`, and is empty for a sender who may not read the group that it is in.
    """

    url: str = field(repr=False)
    message_id: str
    state: str
    at: datetime
    username: str
    points: float
    sender: str
    idx: str = field(default="", repr=False)
    number: str = field(default="", repr=False)


def put(*waiting: DeliveryReport) -> None:
    """Put reports on the queue. Never raises: a failure counts as ReportsLost, and the state itself is stored."""
    for some in batched(waiting, MOST_AT_ONCE, strict=False):
        try:
            lost = _put(some)
        except (BotoCoreError, ClientError) as error:
            logger.warning("queue_failed", reason=reason_of(error))
            lost = len(some)
        if lost:
            logger.error("reports_lost", count=lost)
            metrics.add_metric("ReportsLost", MetricUnit.Count, lost)


def write(report: DeliveryReport) -> str:
    """Return *report* as the body of a queue message."""
    return json.dumps(vars(report), default=datetime.isoformat)


def read(body: str) -> DeliveryReport:
    """Return the report in *body*. Raises NoReport."""
    try:
        written: dict[str, Any] = json.loads(body)
        report = DeliveryReport(**written | {"at": datetime.fromisoformat(written["at"])})
    except (ValueError, TypeError, LookupError, RecursionError):
        raise NoReport("no delivery report") from None
    if report.state not in CODES:
        raise NoReport("no state that reports tell")
    return report


def _put(some: tuple[DeliveryReport, ...]) -> int:
    """Return how many of up to MOST_AT_ONCE reports the queue did not take."""
    answer = _sqs().send_message_batch(
        QueueUrl=settings.REPORTS_QUEUE_URL,
        Entries=[{"Id": str(place), "MessageBody": write(report)} for place, report in enumerate(some)],
    )
    return len(answer.get("Failed", []))


@cache
def _sqs() -> "SQSClient":
    return clients.session(clients.DELIVERY).client("sqs", config=clients.DELIVERY.config)
