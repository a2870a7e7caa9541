"""Refunds: give points back for messages that are not sent."""

from collections.abc import Iterable
from datetime import datetime

from shared import policy
from shared.domain.messages import GIVEN_BACK, Shipment
from shared.domain.points import Points
from shared.sending.orders import checked_idx
from shared.storage import counters, shipments, wallets
from shared.storage.engine import Write, again_after, commit
from shared.storage.wallets import MonthOver


def give_back(shipment: Shipment, became: dict[int, str], *more: Write, reason: str = "", now: datetime) -> None:
    """Store the outcome of some messages and give back the points of those not sent, in one transaction.

    *became* is the outcome by place in the shipment, *reason* why messages are stopped. Takes one round trip more if
    the month in which a sub-user paid is over. Raises shipments.TakenUp if another run is sending or refunding the
    shipment, Outrun or Unavailable.
    """
    places = [place for place, word in became.items() if word in GIVEN_BACK]
    points = sum(shipment.recipients[place].points for place in places)
    writes = [shipments.settling(shipment, became, reason=reason, now=now), *more]
    if places:
        writes += [wallets.adding(shipment.account_id, points), *_freeing_idx(shipment, places, now=now)]
    month = shipment.month if places else None

    def step(over: MonthOver | None) -> None:
        commit(*writes, *(_returning(shipment.user_id, points, month, over) if month else []))

    again_after(MonthOver, step)


def _returning(user_id: str, points: Points, month: str, over: MonthOver | None) -> list[Write]:
    """Return what gives the points back to a sub-user's purse too, in the *month* in which they paid.

    If it is *over* the rest of its grant has lapsed: only points beyond the grant go back.
    """
    if over:
        return wallets.returning_late(over, points, month=month)
    return [wallets.returning(user_id, points, month=month)]


def _freeing_idx(shipment: Shipment, places: Iterable[int], *, now: datetime) -> list[Write]:
    """Free the `idx` of the messages at *places*, so that they can be sent again under it."""
    if now >= shipment.created_at + policy.IDX_KEPT_FOR:
        return []  # the row has expired by itself, and one that lies there now may belong to another message
    return [counters.forgetting_idx(shipment.account_id, idx) for idx in checked_idx(shipment, places)]
