"""The delivery rate: how many of the messages whose end carriers report have arrived."""

from aws_lambda_powertools.metrics import MetricUnit

from shared.domain.messages import ACCEPTED, DELIVERED
from shared.observability import metrics


def count(state: str) -> None:
    """Count a message by the *state* that its carrier reports, unless that is not its last."""
    if state == ACCEPTED:
        return
    arrived = state == DELIVERED
    # Both, so that the rate exists where nothing arrives.
    metrics.add_metric("MessagesDelivered", MetricUnit.Count, int(arrived))
    metrics.add_metric("MessagesUndelivered", MetricUnit.Count, int(not arrived))
