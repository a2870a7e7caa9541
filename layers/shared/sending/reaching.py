"""Reaching: a part of a large order becomes an ordinary shipment that leaves, or its points are given back."""

from dataclasses import replace
from datetime import datetime

from shared.domain.messages import LEAVING, RETURNED, STOPPED, Shipment
from shared.domain.standing import REPEATED
from shared.sending import counts, reporting
from shared.sending.refunds import give_back
from shared.storage import shipments
from shared.storage.engine import again_after, commit


def reach(account_id: str, shipment_id: str, *, now: datetime) -> Shipment | None:
    """Let a part leave, and return it as stored, or as it is if it was reached before; None if there is none.

    Messages to a number that got too many lately are stopped, and their points given back: when the order was paid
    for, nobody knew. Takes four round trips, and four more if there are such. Raises NumberRepeated if a number got
    others at this moment, Outrun or Unavailable.
    """

    def step(_: shipments.TakenUp | None) -> Shipment | None:
        found = next(iter(shipments.find(account_id, [shipment_id])), None)
        return _reached(found, now=now) if found and found.part_of else found

    return again_after(shipments.TakenUp, step)


def give_up(account_id: str, shipment_id: str, *, now: datetime) -> None:
    """Give back the points of a part that was not reached. Raises Outrun or Unavailable."""

    def step(_: shipments.TakenUp | None) -> None:
        for found in shipments.find(account_id, [shipment_id]):
            if found.part_of and found.unsent:
                _settle(found, dict.fromkeys(found.unsent, RETURNED), "", now=now)

    again_after(shipments.TakenUp, step)


def _reached(part: Shipment, *, now: datetime) -> Shipment:
    repeated = dict.fromkeys(counts.repeated(part, now=now), STOPPED) if part.unsent else {}
    rest = _settle(part, repeated, REPEATED, now=now) if repeated else part
    if not rest.unsent:
        return rest
    commit(shipments.reaching(rest, now=now), *counts.charging(rest, now=now))
    return replace(rest, state=LEAVING, part_of="", counted_at=now)


def _settle(part: Shipment, became: dict[int, str], reason: str, *, now: datetime) -> Shipment:
    """Give the points of messages back, report that, and return the part as it is then."""
    give_back(part, became, reason=reason, now=now)
    after = replace(part.with_outcomes(became, reason=reason), left=part.left - len(became))
    reporting.tell(after, became, at=now)
    return after
