"""Handler of the queue of delivery events: what AWS tells became of e-mails and SMS."""

from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from notify import delivery_event_flow
from shared import deadline
from shared.delivery import carrier_events
from shared.delivery.carrier_events import NoEvent
from shared.errors import Refusal
from shared.observability import logger, metrics, record_unforeseen

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)  # as in handler.py


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Take a batch of events, and return the messages that stay on the queue (SQS partial batch response)."""
    return process_partial_response(event=event, record_handler=_take, processor=_processor, context=context)


def _take(record: SQSRecord) -> None:
    """Take one event. Whatever is raised leaves only this one on the queue; a mistake of ours is counted."""
    metrics.add_metric("DeliveryEventsTaken", MetricUnit.Count, 1)
    try:
        if event := carrier_events.read(record.body):
            delivery_event_flow.take(event, now=_now(record))
    except NoEvent:
        logger.warning("delivery_event_unreadable", message_id=record.message_id)
        metrics.add_metric("DeliveryEventsUnreadable", MetricUnit.Count, 1)
        raise
    except Refusal as refusal:
        logger.warning("delivery_event_waits", message_id=record.message_id, reason=refusal.code)
        raise
    except Exception as failure:
        record_unforeseen(failure)
        raise


def _now(record: SQSRecord) -> datetime:
    """Return the time: the wall clock, or the message's first receive time, which the local stack moves ahead."""
    first_taken = int(record.attributes.get("ApproximateFirstReceiveTimestamp") or 0) / 1000
    return max(datetime.now(UTC), datetime.fromtimestamp(first_taken, UTC))
