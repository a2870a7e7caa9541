"""Handler of the reports queue: send customers' servers the new states of their messages."""

from datetime import UTC, datetime, timedelta

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from reports.flow import Waiting, deliver
from shared import deadline, policy
from shared.observability import logger, metrics, raising_unforeseen


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Send a batch of reports, and return the messages that stay on the queue (SQS partial batch response)."""
    with raising_unforeseen():
        waiting = [_waiting(record) for record in SQSEvent(event).records]
        metrics.add_metric("ReportsTaken", MetricUnit.Count, len(waiting))
        left = deliver(waiting, has_time=lambda: _has_time(context))
    return {"batchItemFailures": [{"itemIdentifier": one.name} for one in left]}


def _waiting(record: SQSRecord) -> Waiting:
    return Waiting(
        name=record.message_id,
        receipt=record.receipt_handle,
        body=record.body,
        tries=int(record.attributes.approximate_receive_count),
        age=datetime.now(UTC) - datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC),
    )


def _has_time(context: LambdaContext) -> bool:
    """Whether one more request can end within this invocation."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return left >= policy.REPORT_ANSWERED_WITHIN * 2
