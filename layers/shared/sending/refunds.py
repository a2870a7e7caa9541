"""Refunds: give points back for messages that are not sent, and what they counted."""

from datetime import datetime

from shared.domain.holds import Hold
from shared.domain.messages import GIVEN_BACK, Shipment
from shared.domain.purses import Payment
from shared.sending import counts
from shared.storage import shipments, wallets
from shared.storage.engine import Write, commit


def give_back(shipment: Shipment, became: dict[int, str], *more: Write, reason: str = "", now: datetime) -> None:
    """Store the outcome of some messages and give back the points of those not sent, in one transaction.

    *became* is the outcome by place in the shipment, *reason* why messages are stopped. Points go back where they came
    from: to the account, and for a sub-user to the month's grant or to the one-off grant, unless the month is over or
    another grant was set since. Takes one round trip more if a row was changed since the order. Raises
    shipments.TakenUp if another run is sending or refunding the shipment, Outrun or Unavailable.
    """
    places = [place for place, word in became.items() if word in GIVEN_BACK]
    returned = _giving(shipment, places, now=now) if places else []
    commit(shipments.settling(shipment, became, reason=reason, now=now), *more, *returned)


def _giving(shipment: Shipment, places: list[int], *, now: datetime) -> list[Write]:
    """Return what gives back the points of the messages at *places*, and what they counted."""
    is_that_day = now.date() == shipment.created_at.date()
    back = Hold(
        shipment.shipment_id,
        shipment.created_at,
        sum(shipment.recipients[place].points for place in places),
        counts.abroad(shipment, places) if is_that_day else {},
    )
    writes = [wallets.refunding(shipment.account_id, back), *counts.uncharging(shipment, places, now=now)]
    if shipment.month:
        payment = Payment(shipment.month, shipment.from_month_at(places), shipment.grant)
        writes.append(wallets.returning(shipment.user_id, payment, back))
    return writes
