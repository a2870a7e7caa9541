"""The pass of each minute over large orders: begin those whose time has come, go on with those that stand still, and
give up those whose request failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from notify import backlog
from notify.scheduled_pass import ScheduledPass
from shared import policy
from shared.delivery.notices import Notice
from shared.domain.large_orders import ORDERED, LargeOrder
from shared.observability import logger
from shared.sending import dispatch
from shared.storage import large_orders
from shared.storage.engine import commit


def look(*, now: datetime, has_time: Callable[[], bool]) -> None:
    """Queue the next step of every large order that is due. Raises as `ScheduledPass.run`."""
    _LargeOrders(now).run(has_time)


@dataclass(frozen=True)
class _LargeOrders(ScheduledPass[tuple[str, str], LargeOrder]):
    now: datetime

    done = "large_orders_looked_at"
    out_of_time = "large_orders_out_of_time"
    not_moved_on = "large_order_not_moved_on"
    counted: ClassVar[Mapping[str, str]] = {"due": "LargeOrdersDue", "given_up": "LargeOrdersGivenUp"}
    failed = "ShipmentsFailed"

    def due(self) -> Iterator[Sequence[tuple[str, str]]]:
        return large_orders.due(now=self.now)

    def look(self, places: Sequence[tuple[str, str]]) -> Sequence[LargeOrder]:
        return [one for one in large_orders.find_several(places) if one.look_at is not None and one.look_at <= self.now]

    def notice(self, item: LargeOrder) -> Notice | None:
        return None if item.state == ORDERED else dispatch.step(item, item.next)

    def move_on(self, item: LargeOrder) -> str:
        if item.state != ORDERED:
            commit(large_orders.looking(item, self.now + policy.LARGE_ORDER_LOOKED_AT_AFTER))
            return "due"
        if backlog.is_behind():
            commit(large_orders.looking(item, self.now + policy.SHIPMENT_GIVEN_UP_AFTER))
            return "waits"
        logger.warning("large_order_given_up", order_id=item.order_id)
        commit(large_orders.giving_up(item, now=self.now))
        return "given_up"

    def name(self, item: LargeOrder) -> Mapping[str, str]:
        return {"order_id": item.order_id}
