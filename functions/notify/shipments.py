"""Handler of the schedule of each minute: queue scheduled messages that are due, and refund those that got stuck.

A run that dies is repeated by the next. That is safe: a message queued twice is sent once, and a refund is one
transaction with the outcome it belongs to.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import batched

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared import policy
from shared.delivery import queue
from shared.domain.messages import RETURNED, UNKNOWN, WAITING, Shipment
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger, metrics
from shared.sending import dispatch, refunds
from shared.storage import shipments, users
from shared.storage.engine import commit


@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Run the pass at the schedule's time. A failure is raised, so that Lambda runs it once more."""
    now = datetime.fromisoformat(event["time"])
    look(
        now=now, has_time=lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()) >= policy.SENDING_NEEDS
    )


def look(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Send or refund every shipment whose time has come. The next run finds those that this one left out.

    Raises Unavailable at once if the tables or the queue do not answer, and at the end if single shipments failed.
    """
    ended: Counter[str] = Counter()
    try:
        for few in _few_at_a_time(now=now, has_time=has_time):
            found = [one for one in shipments.find_several(few) if _is_to_be_looked_at(one, now=now)]
            welcome = users.welcome({one.user_id for one in found if one.state == WAITING})
            queue.put(*[dispatch.notice(one) for one in found if _is_due(one, welcome)])
            ended.update(_move_on(one, welcome, now=now) for one in found)
    finally:
        logger.info("shipments_looked_at", due=ended["due"], given_up=ended["given_up"])
        metrics.add_metric("ShipmentsDue", MetricUnit.Count, ended["due"])
        metrics.add_metric("ShipmentsGivenUp", MetricUnit.Count, ended["given_up"])
    if ended["left"]:
        raise Unavailable


def _few_at_a_time(*, now: datetime, has_time: Callable[[], bool]) -> Iterator[tuple[shipments.Place, ...]]:
    """Yield the keys of what is due, as many at a time as one call to the queue takes, while there is time."""
    for page in shipments.due(now=now):
        for few in batched(page, queue.MOST_AT_ONCE, strict=False):
            if not has_time():
                logger.warning("shipments_out_of_time")
                return
            yield few


def _is_to_be_looked_at(shipment: Shipment, *, now: datetime) -> bool:
    """Return whether the shipment's row agrees with the index that named it: the index lags behind the table."""
    return shipment.look_at is not None and shipment.look_at <= now


def _is_due(shipment: Shipment, welcome: set[str]) -> bool:
    """Return whether the shipment is to be sent: a user who was disabled since the order sends nothing any more."""
    return shipment.state == WAITING and shipment.user_id in welcome


def _move_on(shipment: Shipment, welcome: set[str], *, now: datetime) -> str:
    """Mark the shipment as leaving, or refund it, and return how that ended.

    Only after it is on the queue: a run that dies in between then repeats the notice, not forgets the shipment.
    """
    try:
        if _is_due(shipment, welcome):
            commit(shipments.leaving(shipment, now=now))
            return "due"
        return _give_up(shipment, now=now)
    except Outrun:
        return "outrun"
    except Refusal:
        logger.warning("shipment_not_moved_on", shipment_id=shipment.shipment_id)
        metrics.add_metric("ShipmentsFailed", MetricUnit.Count, 1)
        return "left"


def _give_up(shipment: Shipment, *, now: datetime) -> str:
    """Refund the messages that nobody claimed, and mark as unknown those claimed whose delivery never ended."""
    claims = shipment.claimed()
    if any(until > now for until in claims.values()):
        return "busy"  # a delivery may still end: the next run decides
    became = dict.fromkeys(shipment.unsent, RETURNED) | dict.fromkeys(claims, UNKNOWN)
    refunds.give_back(shipment, became, now=now)
    logger.warning("shipment_given_up", shipment_id=shipment.shipment_id, returned=len(shipment.unsent))
    return "given_up"
