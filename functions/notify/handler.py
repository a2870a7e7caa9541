"""Handler of the queues: deliver each message, and report those that failed so that they stay on the queue."""

from datetime import UTC, datetime
from traceback import extract_tb

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from notify.deliver_flow import deliver
from notify.put_off_flow import PutOff, put_off
from notify.scheduled_pass import has_time
from shared import deadline
from shared.delivery import notices
from shared.delivery.notices import CodeQueued, CodeSent, Notice
from shared.delivery.sending import CarrierBusy, SendingFailed
from shared.errors import Refusal
from shared.observability import logger, metrics, record_unforeseen
from shared.storage import deliveries

# A batch that failed completely is reported like any other. Raised, the exception and what it quotes would be written
# to Lambda's own log.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class OutOfTime(Exception):
    """Too little time is left: the invocation could end during a send, and nobody would know if it succeeded."""


FORESEEN = (
    OutOfTime,
    SendingFailed,
    Refusal,
    notices.Unreadable,
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
)
"""Why a message stays on the queue without a mistake of ours: a carrier or a store fails, or somebody was first."""


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Deliver a batch, and return the messages that stay on the queue (SQS partial batch response)."""
    deliveries.watch(context)
    return process_partial_response(event=event, record_handler=_deliver_record, processor=_processor, context=context)


def _deliver_record(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Deliver one message. Whatever is raised leaves only this message on the queue; a mistake of ours is counted."""
    metrics.add_metric("NoticesTaken", MetricUnit.Count, 1)
    try:
        _must_have_time(lambda_context)
        _deliver_or_put_off(record)
    except PutOff:
        raise
    except Exception as failure:
        logger.warning("notice_failed", message_id=record.message_id, reason=_reason(failure))
        metrics.add_metric("NoticesFailed", MetricUnit.Count, 1)
        if not isinstance(failure, FORESEEN):
            record_unforeseen(failure)
        raise


def _deliver_or_put_off(record: SQSRecord) -> None:
    """Deliver the notice. Raises PutOff if the carrier is busy and the message stays on its queue."""
    notice, now = notices.read(record.body), _now(record)
    try:
        deliver(notice, now=now)
        _measure(notice, record, now=now)
    except CarrierBusy:
        put_off(
            notice,
            queue_name=record.event_source_arn.rpartition(":")[2],
            receipt=record.receipt_handle,
            receipts=int(record.attributes.approximate_receive_count),
            now=now,
        )


def _measure(notice: Notice, record: SQSRecord, *, now: datetime) -> None:
    """Measure how long a code waited on the queue until a carrier took it: its reader waits for so long."""
    queued = int(record.attributes.get("SentTimestamp") or 0) / 1000
    if queued and isinstance(notice, CodeSent | CodeQueued):
        metrics.add_metric("CodeWaited", MetricUnit.Seconds, max(0.0, now.timestamp() - queued))


def _must_have_time(context: LambdaContext) -> None:
    """Raise OutOfTime unless a send can end within this invocation."""
    if not has_time(context):
        raise OutOfTime


def _now(record: SQSRecord) -> datetime:
    """Return the time: the wall clock, since an event of SQS carries none.

    If the local stack's clock was moved ahead, the message's first receive time is later, and counts.
    """
    first_taken = int(record.attributes.get("ApproximateFirstReceiveTimestamp") or 0) / 1000
    return max(datetime.now(UTC), datetime.fromtimestamp(first_taken, UTC))


def _reason(failure: Exception) -> str:
    """Return a reason that is safe to log: our own message, or the place. A library's may quote a number or a code."""
    if isinstance(failure, SendingFailed | notices.Unreadable):
        return str(failure)
    place = extract_tb(failure.__traceback__)[-1]
    return f"{type(failure).__name__} in {place.name}, line {place.lineno}"
