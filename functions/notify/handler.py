"""The door where the queue comes in: each message is a notice, and those that failed stay there."""

from datetime import UTC, datetime, timedelta
from traceback import extract_tb

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from notify.deliver_flow import deliver
from shared import policy
from shared.delivery import notices
from shared.delivery.sending import SendingFailed
from shared.observability import logger, metrics
from shared.storage import deliveries

# A batch that failed whole is reported like any other: raised, it would lie in Lambda's own log.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class OutOfTime(Exception):
    """The invocation might end while the notice is on its way, and nobody would know whether it went out."""


@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Deliver a batch; the answer names the messages that stay on the queue."""
    deliveries.watch(context)
    return process_partial_response(event=event, record_handler=_take, processor=_processor, context=context)


def _take(record: SQSRecord, lambda_context: LambdaContext) -> None:
    metrics.add_metric("NoticesTaken", MetricUnit.Count, 1)
    try:
        _must_have_time(lambda_context)
        deliver(notices.read(record.body), now=_now(record))
    except Exception as failure:
        logger.warning("notice_failed", message_id=record.message_id, reason=_reason(failure))
        metrics.add_metric("NoticesFailed", MetricUnit.Count, 1)
        raise


def _must_have_time(context: LambdaContext) -> None:
    if timedelta(milliseconds=context.get_remaining_time_in_millis()) < policy.SENDING_NEEDS:
        raise OutOfTime


def _now(record: SQSRecord) -> datetime:
    """The wall clock, since an event from the queue does not say when it was made.

    It does say when the message first left the queue: that is later where a stack's clock was moved ahead.
    """
    first_taken = int(record.attributes.get("ApproximateFirstReceiveTimestamp") or 0) / 1000
    return max(datetime.now(UTC), datetime.fromtimestamp(first_taken, UTC))


def _reason(failure: Exception) -> str:
    """Our own words, or where it happened: the words of others may repeat a number or a code."""
    if isinstance(failure, SendingFailed | notices.Unreadable):
        return str(failure)
    place = extract_tb(failure.__traceback__)[-1]
    return f"{type(failure).__name__} in {place.name}, line {place.lineno}"
