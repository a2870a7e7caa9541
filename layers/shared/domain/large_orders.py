"""Large orders: of more recipients than one shipment has. They are paid for together, and sent one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, batched

from shared import policy
from shared.domain.messages import LEAVING, SHIPMENT_CHARACTERS, WAITING, Shipment
from shared.domain.points import Points

PREFIX = "order:"
"""What an id of a large order begins with, and no id of a shipment."""

NUMBER_CHARACTERS = 3
"""Hexadecimal digits of a shipment's number in its order. They end the id of the shipment."""

ORDERED, GIVEN_UP = "ordered", "given_up"
"""States of a large order besides WAITING, LEAVING and DONE: it is to be sent now, but its request may have failed, and
the caller been told to repeat it; its points are given back, a shipment at each step.
"""


@dataclass(frozen=True)
class LargeOrder:
    """An order of several shipments, in the order of their ids.

    Those before the `next`th were reached: they are ordinary shipments from then on. The others wait, whatever `state`
    is, and messages of theirs can be removed. `month`, `from_month` and `grant` are how a sub-user paid for all of it,
    see `messages.Shipment`.
    """

    account_id: str
    order_id: str
    user_id: str
    shipments: int
    send_at: datetime
    state: str
    look_at: datetime | None
    """When the pass of each minute takes it up. None if every shipment was reached."""
    next: int = 0
    month: str | None = None
    from_month: Points = 0
    grant: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a row that we cannot have written."""
        if not self.shipments or None in (self.user_id, self.send_at, self.state):
            raise ValueError("no order")

    def shipment_id(self, number: int) -> str:
        return f"{self.order_id.removeprefix(PREFIX)}{number:0{NUMBER_CHARACTERS}x}"

    @property
    def shipment_ids(self) -> list[str]:
        return [self.shipment_id(number) for number in range(self.shipments)]

    def paying(self, shipment: Shipment) -> Shipment:
        """Return *shipment*, which is a part of this order, with how it is paid: the month's grant pays for the first
        messages.
        """
        # The month that paid can be later than the order's own: another order may have turned the purse already.
        from_month = max(0, min(self.from_month - shipment.points_before, shipment.points))
        return replace(shipment, month=self.month, from_month=from_month, grant=self.grant)


def order_of(shipment_id: str) -> str:
    """Return the id of the large order that the shipment is a part of, if it is a part of one. The id of a shipment
    does not tell that; but no two orders of an account have the same result.
    """
    return PREFIX + shipment_id[: SHIPMENT_CHARACTERS - NUMBER_CHARACTERS]


def split(whole: Shipment) -> tuple[LargeOrder, Sequence[Shipment]]:
    """Return an order of many recipients as a large order, not yet paid, and its shipments."""
    order_id = order_of(whole.shipment_id)
    parts = list(batched(whole.recipients, policy.RECIPIENTS_AT_ONCE, strict=False))
    is_now = whole.state == LEAVING
    order = LargeOrder(
        whole.account_id,
        order_id,
        whole.user_id,
        len(parts),
        whole.send_at,
        ORDERED if is_now else WAITING,
        whole.created_at + policy.SHIPMENT_GIVEN_UP_AFTER if is_now else whole.send_at,
        month=whole.month,
    )
    before = accumulate((sum(one.points for one in part) for part in parts), initial=0)
    shipments = [
        replace(
            whole,
            shipment_id=order.shipment_id(number),
            recipients=part,
            state=WAITING,
            left=len(part),
            look_at=None,
            part_of=order_id,
            points_before=points,
        )
        for number, (part, points) in enumerate(zip(parts, before, strict=False))
    ]
    return order, shipments
