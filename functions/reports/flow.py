"""Flow of delivery reports: some at a time to each URL, and again later until the customer's server confirms them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from reports import web
from shared import clients, policy, settings
from shared.delivery import reports
from shared.delivery.reports import DeliveryReport
from shared.domain import notify_urls
from shared.domain.notify_urls import NotifyUrl
from shared.errors import NotifyUrlRefused
from shared.observability import logger, metrics, reason_of, record_unforeseen

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True)
class Waiting:
    """A message of the reports queue: how often it was received, this time included, and how long it has been there."""

    name: str
    receipt: str = field(repr=False)
    body: str = field(repr=False)
    tries: int
    age: timedelta


def deliver(waiting: Iterable[Waiting], *, has_time: Callable[[], bool]) -> list[Waiting]:
    """Send reports, and return the messages that are to stay on the queue.

    A report is sent at least once, unless its server confirms it at no time within policy.REPORT_GIVEN_UP_AFTER.
    """
    understood, left = _understood(waiting)
    for url, some in _together(understood):
        if not has_time():
            left += [one for one, _ in some]  # the queue brings them again after its visibility timeout
        else:
            left += _sent_and_left(url, some)
    return left


def _sent_and_left(url: str, some: Sequence[tuple[Waiting, DeliveryReport]]) -> list[Waiting]:
    """Send reports to *url*, and return those that are to stay on the queue. A mistake of ours leaves only these."""
    try:
        if _is_confirmed(url, [report for _, report in some]):
            return []
        return [one for one, _ in some if _waits_for_another_try(one)]
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is counted, and the other URLs have their turn
        record_unforeseen(failure)
        return [one for one, _ in some]


def _understood(waiting: Iterable[Waiting]) -> tuple[list[tuple[Waiting, DeliveryReport]], list[Waiting]]:
    """Return the messages with their reports, and those that cannot be read, which end in the dead-letter queue."""
    found, broken = [], []
    for one in waiting:
        try:
            found.append((one, reports.read(one.body)))
        except reports.NoReport as failure:
            logger.warning("report_broken", message_id=one.name, reason=str(failure))
            metrics.add_metric("ReportsFailed", MetricUnit.Count, 1)
            broken.append(one)
    return found, broken


def _together(
    understood: Iterable[tuple[Waiting, DeliveryReport]],
) -> Iterator[tuple[str, tuple[tuple[Waiting, DeliveryReport], ...]]]:
    """Yield each URL with up to policy.REPORTS_AT_ONCE of its reports, in the order in which they came."""
    by_url: dict[str, list[tuple[Waiting, DeliveryReport]]] = {}
    for one, report in understood:
        by_url.setdefault(report.url, []).append((one, report))
    for url, some in by_url.items():
        for few in batched(some, policy.REPORTS_AT_ONCE, strict=False):
            yield url, few


def _is_confirmed(url: str, some: list[DeliveryReport]) -> bool:
    """Send reports in one request, and return whether the server confirmed them. No log line has the URL."""
    try:
        web.get(with_reports(notify_urls.read(url), some))
    except (web.NotConfirmed, NotifyUrlRefused) as failure:
        logger.info("reports_unconfirmed", message_ids=[one.message_id for one in some], reason=str(failure))
        metrics.add_metric("ReportsUnconfirmed", MetricUnit.Count, len(some))
        return False
    logger.info("reports_sent", message_ids=[one.message_id for one in some])
    metrics.add_metric("ReportsSent", MetricUnit.Count, len(some))
    return True


def with_reports(url: NotifyUrl, some: list[DeliveryReport]) -> NotifyUrl:
    """Return *url* with the reports behind its own query. Values of several reports have commas between them."""
    columns = {name: [_fields(report)[name] for report in some] for name in _fields(some[0])}
    query = "&".join(f"{name}={','.join(map(_quoted, values))}" for name, values in columns.items())
    joint = "&" if "?" in url.target else "?"
    return NotifyUrl(url.host, f"{url.target}{joint}{query}")


def _quoted(value: str) -> str:
    """Return *value* for a query. A comma within it would read as the end of it."""
    return quote(value.replace(",", " "), safe="")


def _fields(report: DeliveryReport) -> dict[str, str]:
    return {
        "MsgId": report.message_id,
        "status": str(reports.CODES[report.state]),
        "status_name": report.state,
        "idx": report.idx,
        "donedate": str(int(report.at.timestamp())),
        "username": report.username,
        "points": f"{report.points:g}",
        "from": report.sender,
        "to": report.number,
    }


def _waits_for_another_try(one: Waiting) -> bool:
    """Let the queue keep a message until its next try. Return False if the report is given up."""
    if one.age >= policy.REPORT_GIVEN_UP_AFTER:
        logger.warning("report_given_up", message_id=one.name)
        metrics.add_metric("ReportsGivenUp", MetricUnit.Count, 1)
        return False
    pause = policy.REPORT_RETRIES[min(one.tries, len(policy.REPORT_RETRIES)) - 1]
    try:
        _sqs().change_message_visibility(
            QueueUrl=settings.REPORTS_QUEUE_URL, ReceiptHandle=one.receipt, VisibilityTimeout=int(pause.total_seconds())
        )
    except (BotoCoreError, ClientError) as error:  # then it comes again after the queue's own timeout
        logger.warning("queue_failed", reason=reason_of(error))
    return True


@cache
def _sqs() -> "SQSClient":
    return clients.session(clients.DELIVERY).client("sqs", config=clients.DELIVERY.config)
