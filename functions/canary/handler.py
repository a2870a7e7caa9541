"""Handler of the canary's schedule: try a sign-in and a message as a customer does, and count whether it worked."""

from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from canary import flow, keys
from canary.flow import StepFailed
from shared import arrival
from shared.observability import logger, metrics, record_unforeseen


@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], _context: LambdaContext) -> None:
    """Try everything once. A failure is counted and not raised: the next run is due in five minutes."""
    succeeded = _succeeds(now=_now(event))
    metrics.add_metric("CanarySucceeded", MetricUnit.Count, int(succeeded))
    metrics.add_metric("CanaryFailed", MetricUnit.Count, int(not succeeded))


def _succeeds(*, now: datetime) -> bool:
    try:
        flow.run(keys.read(), now=now)
    except StepFailed as failure:
        logger.error("canary_failed", step=failure.step, reason=failure.reason)
        return False
    except Exception as failure:  # noqa: BLE001 - whatever it is, the run has failed
        record_unforeseen(failure)
        return False
    logger.info("canary_succeeded")
    return True


def _now(event: dict[str, str]) -> datetime:
    """Return the wall clock, for the codes of the app: the time of a schedule may be a minute old.

    If the local stack's clock was moved ahead, the event's time is later, and counts.
    """
    return max(datetime.now(UTC), arrival.schedule_time(event))
