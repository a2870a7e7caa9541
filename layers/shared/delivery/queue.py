"""Delivery: what is to be told waits here until `notify` takes it."""

from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from shared import clients, settings
from shared.delivery import notices
from shared.delivery.notices import Notice
from shared.errors import Unavailable
from shared.observability import logger, metrics, reason_of

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


MOST_AT_ONCE = 10
"""Messages that SQS takes in one call."""


def put(*waiting: Notice) -> None:
    """One call to the queue whatever the number of notices, up to MOST_AT_ONCE. All are on it, or `Unavailable`."""
    try:
        _put([notices.write(notice) for notice in waiting])
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue_failed", reason=reason_of(error))
        raise Unavailable from error


def tell(*waiting: Notice) -> None:
    """As `put`, for news of what is done already: where the queue does not take it the caller is not told otherwise.

    The alarm on the metric is; and what happened stands in the activity log.
    """
    try:
        put(*waiting)
    except Unavailable:
        for notice in waiting:
            logger.error("notice_lost", kind=type(notice).__name__, notice_id=notice.id)
        metrics.add_metric("NoticesLost", MetricUnit.Count, len(waiting))


def _put(bodies: list[str]) -> None:
    match bodies:
        case []:
            return
        case [body]:
            _sqs().send_message(QueueUrl=settings.NOTICES_QUEUE_URL, MessageBody=body)
        case _:
            _put_together(bodies)


def _put_together(bodies: list[str]) -> None:
    answer = _sqs().send_message_batch(
        QueueUrl=settings.NOTICES_QUEUE_URL,
        Entries=[{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)],
    )
    if left := answer.get("Failed"):
        logger.warning("queue_failed", reason=left[0].get("Code"))
        raise Unavailable


@cache
def _sqs() -> "SQSClient":
    # The SDK may repeat a request here: a message that lies on the queue twice is still sent once.
    return clients.session().client("sqs", config=clients.DELIVERY)
