"""Handler of the schedule that does what requests about contacts left behind, see `tasks_flow`."""

from datetime import timedelta

from aws_lambda_powertools.utilities.typing import LambdaContext

from contacts import tasks_flow
from shared import arrival, deadline, policy
from shared.observability import logger


@deadline.kept
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Do the tasks while there is time."""

    def has_time() -> bool:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) >= policy.CONTACT_TASK_STEP_NEEDS

    tasks_flow.run_all(now=arrival.schedule_time(event), has_time=has_time)
