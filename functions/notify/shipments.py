"""Handler of the schedule of each minute: queue scheduled messages that are due, and refund those that got stuck.

A run that dies is repeated by the next. That is safe: a message queued twice is sent once, and a refund is one
transaction with the outcome it belongs to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from notify import backlog, large_orders
from notify.scheduled_pass import ScheduledPass, has_time
from shared import arrival, deadline, policy
from shared.delivery.notices import Notice
from shared.domain.messages import RETURNED, UNKNOWN, WAITING, Shipment
from shared.errors import Unavailable
from shared.observability import logger, metrics, raising_unforeseen
from shared.sending import dispatch, judging, refunds, reporting
from shared.sending.judging import Judged
from shared.storage import shipments
from shared.storage.engine import commit
from shared.storage.shipments import Place


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> None:
    """Run the pass at the schedule's time. A failure is raised, so that Lambda runs it once more."""
    with raising_unforeseen(Unavailable):
        look(now=arrival.schedule_time(event), has_time=partial(has_time, context))


def look(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Send or refund every shipment whose time has come, and go on with large orders. Raises as `ScheduledPass.run`."""
    try:
        _Shipments(now).run(has_time)
    finally:  # a shipment that fails every minute holds up no large order
        large_orders.look(now=now, has_time=has_time)


@dataclass(frozen=True)
class Due:
    """A shipment that is due. `judged` is None for one that got stuck: it is given up."""

    shipment: Shipment
    judged: Judged | None


@dataclass(frozen=True)
class _Shipments(ScheduledPass[Place, Due]):
    now: datetime

    done = "shipments_looked_at"
    out_of_time = "shipments_out_of_time"
    not_moved_on = "shipment_not_moved_on"
    counted: ClassVar[Mapping[str, str]] = {
        "due": "ShipmentsDue",
        "stopped": "ShipmentsStopped",
        "given_up": "ShipmentsGivenUp",
    }
    failed = "ShipmentsFailed"

    def due(self) -> Iterator[Sequence[Place]]:
        return shipments.due(now=self.now)

    def look(self, places: Sequence[Place]) -> Sequence[Due]:
        found = [one for one in shipments.find_several(places) if one.look_at is not None and one.look_at <= self.now]
        judged = judging.judge([one for one in found if one.state == WAITING], now=self.now)
        return [*(Due(one.shipment, one) for one in judged), *(Due(one, None) for one in found if one.state != WAITING)]

    def notice(self, item: Due) -> Notice | None:
        return dispatch.notice(item.shipment) if item.judged and item.judged.rest else None

    def move_on(self, item: Due) -> str:
        if item.judged is None:
            return self._give_up_unless_it_waits(item.shipment)
        judging.act(item.judged, now=self.now)
        is_claimed = item.judged.verdict.waits_until is None and bool(item.shipment.claimed())
        if item.judged.rest or is_claimed:  # a claim whose delivery died ends when what leaves is given up
            commit(shipments.leaving(item.shipment, now=self.now))
        return "due" if item.judged.rest else "stopped"

    def _give_up_unless_it_waits(self, shipment: Shipment) -> str:
        """Give up what is not in a long queue any more. The text of a code would come too late anyway."""
        may_wait = shipment.kind == "sms" and self.now < shipment.left_at + policy.SHIPMENT_WAITS_AT_MOST
        if not (may_wait and shipment.unsent and self._is_behind):
            return _give_up(shipment, now=self.now)
        commit(shipments.waiting_on(shipment, now=self.now))
        return "waits"

    @cached_property
    def _is_behind(self) -> bool:
        return backlog.is_behind()

    def name(self, item: Due) -> Mapping[str, str]:
        return {"shipment_id": item.shipment.shipment_id}


def _give_up(shipment: Shipment, *, now: datetime) -> str:
    """Refund the messages that were never claimed. Mark claimed ones whose delivery did not end as unknown."""
    claims = shipment.claimed()
    if any(until > now for until in claims.values()):
        return "busy"  # a delivery may still end: the next run decides
    became = dict.fromkeys(shipment.unsent, RETURNED) | dict.fromkeys(claims, UNKNOWN)
    refunds.give_back(shipment, became, now=now)
    reporting.tell(shipment.with_outcomes(became), became, at=now)
    logger.warning("shipment_given_up", shipment_id=shipment.shipment_id, returned=len(shipment.unsent))
    return "given_up"
