"""Giving points back for messages that are not sent."""

from collections.abc import Iterable
from datetime import datetime

from shared import policy
from shared.domain.messages import REMOVED, RETURNED, Shipment
from shared.errors import (
    Outrun,
)
from shared.sending.orders import checked_idx
from shared.storage import counters, shipments, wallets
from shared.storage.engine import Write, commit
from shared.storage.wallets import MonthOver


def give_back(shipment: Shipment, became: dict[int, str], *more: Write, now: datetime) -> None:
    """Write down what became of some messages, and give the points of those back that were not sent, all in one.

    Where the month in which a sub-user paid is over it takes one round trip more. Raises shipments.TakenUp where
    somebody is busy with it, Outrun, Unavailable.
    """
    places = [place for place, word in became.items() if word in (RETURNED, REMOVED)]
    points = sum(shipment.recipients[place].points for place in places)
    writes = [shipments.settling(shipment, became), *more]
    if places:
        writes += [wallets.adding(shipment.account_id, points), *_forgetting(shipment, places, now=now)]
    month = shipment.month if places else None
    returning = [wallets.returning(shipment.user_id, points, month=month)] if month else []
    for _ in range(policy.PURSE_TRIES):
        try:
            return commit(*writes, *returning)
        except MonthOver as over:
            returning = wallets.returning_late(over, points, month=str(month))
    raise Outrun


def _forgetting(shipment: Shipment, places: Iterable[int], *, now: datetime) -> list[Write]:
    """Later than that somebody else may have used the same idx."""
    if now >= shipment.created_at + policy.IDX_KEPT_FOR:
        return []
    return [counters.forgetting_idx(shipment.account_id, idx) for idx in checked_idx(shipment, places)]
