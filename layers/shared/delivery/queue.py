"""Delivery: the queue of notices, which the function `notify` sends."""

from collections.abc import Sequence
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
"""The number of messages that SQS accepts in one call."""


def put(*waiting: Notice) -> None:
    """Put up to MOST_AT_ONCE notices on the queue, in one call. Raises Unavailable unless all of them are on it."""
    try:
        _put(waiting)
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue_failed", reason=reason_of(error))
        raise Unavailable from error


def tell(*waiting: Notice) -> None:
    """Put notices about a change that is committed on the queue. Never raises: a failure counts as NoticesLost.

    The caller's answer must not depend on it: the change is done, and it is in the activity log.
    """
    try:
        put(*waiting)
    except Unavailable:
        for notice in waiting:
            logger.error("notice_lost", kind=type(notice).__name__, notice_id=notice.id)
        metrics.add_metric("NoticesLost", MetricUnit.Count, len(waiting))


def _put(waiting: Sequence[Notice]) -> None:
    match waiting:
        case []:
            return
        case [notice]:
            _sqs().send_message(
                QueueUrl=settings.NOTICES_QUEUE_URL, MessageBody=notices.write(notice), DelaySeconds=_delay(notice)
            )
        case _:
            _put_together(waiting)


def _put_together(waiting: Sequence[Notice]) -> None:
    answer = _sqs().send_message_batch(
        QueueUrl=settings.NOTICES_QUEUE_URL,
        Entries=[
            {"Id": str(place), "MessageBody": notices.write(notice), "DelaySeconds": _delay(notice)}
            for place, notice in enumerate(waiting)
        ],
    )
    if left := answer.get("Failed"):
        logger.warning("queue_failed", reason=left[0].get("Code"))
        raise Unavailable


def _delay(notice: Notice) -> int:
    """Return for how many seconds the queue keeps *notice* to itself."""
    return int(notices.held_back(notice).total_seconds())


@cache
def _sqs() -> "SQSClient":
    # The SDK may retry a request here: a notice that is on the queue twice is still sent once (storage/deliveries).
    # Whoever could not queue a message takes back what they wrote for it, which needs the tables.
    return clients.session(clients.DELIVERY, spare=clients.KEYS.attempt).client("sqs", config=clients.DELIVERY.config)
