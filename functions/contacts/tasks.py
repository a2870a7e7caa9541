"""Handler of the schedule that does what requests about contacts left behind, see `tasks_flow`."""

from datetime import datetime, timedelta

from aws_lambda_powertools.utilities.typing import LambdaContext

from contacts import tasks_flow
from shared import deadline
from shared.observability import logger

STEP_NEEDS = timedelta(seconds=10)
"""Time that must be left for another step: one is a few round trips."""


@deadline.kept
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Do the tasks while there is time."""

    def has_time() -> bool:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) >= STEP_NEEDS

    tasks_flow.run_all(now=datetime.fromisoformat(event["time"]), has_time=has_time)
