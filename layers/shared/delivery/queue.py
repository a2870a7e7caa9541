"""Delivery: the queues of notices, which the function `notify` sends."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

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
    """Put up to MOST_AT_ONCE notices on a queue, in one call. Raises Unavailable unless all of them are on it.

    Which queue it is, `notices.queue_for` says.
    """
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


def put_later(notice: Notice, seconds: int) -> None:
    """Put *notice* on its queue as a new message, which is delivered after so many seconds. Raises Unavailable."""
    try:
        _sqs().send_message(QueueUrl=_urls()[notices.queue_for(notice)], **_message(notice) | {"DelaySeconds": seconds})
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue_failed", reason=reason_of(error))
        raise Unavailable from error


def hide(queue_name: str, receipt: str, seconds: int) -> None:
    """Let the queue of that name bring a received message again after so many seconds.

    Raises nothing: if it fails, the message comes again after the queue's own timeout.
    """
    try:
        url = next(url for url in _urls().values() if url.rpartition("/")[2] == queue_name)
        _sqs().change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds)
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue_failed", reason=reason_of(error))


def length(name: str) -> int:
    """Return about how many messages the queue *name* has, those included that are hidden. Raises Unavailable."""
    wanted: Any = ["ApproximateNumberOfMessages" + kind for kind in ("", "NotVisible", "Delayed")]
    try:
        answer = _sqs().get_queue_attributes(QueueUrl=_urls()[name], AttributeNames=wanted)
    except (BotoCoreError, ClientError) as error:
        logger.warning("queue_failed", reason=reason_of(error))
        raise Unavailable from error
    return sum(map(int, answer["Attributes"].values()))


def _put(waiting: Sequence[Notice]) -> None:
    url = _urls()[notices.queue_for(*waiting)]
    match waiting:
        case []:
            return
        case [notice]:
            _sqs().send_message(QueueUrl=url, **_message(notice))
        case _:
            _put_together(url, waiting)


def _put_together(url: str, waiting: Sequence[Notice]) -> None:
    entries: list[Any] = [{"Id": str(place), **_message(notice)} for place, notice in enumerate(waiting)]
    answer = _sqs().send_message_batch(QueueUrl=url, Entries=entries)
    if left := answer.get("Failed"):
        logger.warning("queue_failed", reason=left[0].get("Code"))
        raise Unavailable


def _message(notice: Notice) -> dict[str, Any]:
    """Return *notice* as a message that SQS keeps to itself as long as it must be held back.

    On a standard queue a message group orders nothing and blocks nobody: it says whose the message is, so that one
    group's backlog delays no other group (SQS fair queues).
    """
    return {
        "MessageBody": notices.write(notice),
        "DelaySeconds": int(notices.held_back(notice).total_seconds()),
        "MessageGroupId": notices.group_of(notice),
    }


def _urls() -> dict[str, str]:
    return {
        notices.CODES: settings.CODES_QUEUE_URL,
        notices.NOTICES: settings.NOTICES_QUEUE_URL,
        notices.MESSAGES: settings.MESSAGES_QUEUE_URL,
    }


@cache
def _sqs() -> "SQSClient":
    # The SDK may retry a request here: a notice that is on the queue twice is still sent once (storage/deliveries).
    # Whoever could not queue a message takes back what they wrote for it, which needs the tables.
    return clients.session(clients.DELIVERY, spare=clients.KEYS.attempt).client("sqs", config=clients.DELIVERY.config)
