"""Ordered messages: find them by their ids, and remove scheduled ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared import policy
from shared.domain import messages
from shared.domain.messages import REMOVED, WAITING, Shipment
from shared.domain.users import User
from shared.errors import MessageIdsExceeded, MessageUnknown
from shared.sending.refunds import give_back
from shared.storage import shipments
from shared.storage.engine import Write, again_after


def find(holder: User, message_ids: Sequence[str]) -> dict[str, tuple[Shipment, int]]:
    """Return shipment and place of each known message, by its id. A sub-user finds only messages of their own.

    Takes one round trip, none if every id is malformed. Raises MessageIdsExceeded for more ids than
    policy.MESSAGES_ASKED_AT_ONCE.
    """
    if len(message_ids) > policy.MESSAGES_ASKED_AT_ONCE:  # malformed ids and repeated ones are answered too
        raise MessageIdsExceeded
    asked = {one: messages.shipment_of(one) for one in message_ids if messages.is_message_id(one)}
    found = {
        shipment.shipment_id: shipment
        for shipment in shipments.find(holder.account_id, [shipment_id for shipment_id, _ in asked.values()])
        if holder.owner or shipment.user_id == holder.user_id
    }
    return {
        one: (found[shipment_id], place)
        for one, (shipment_id, place) in asked.items()
        if shipment_id in found and place < len(found[shipment_id].recipients)
    }


def remove(holder: User, message_ids: Sequence[str], *guards: Write, now: datetime) -> list[str]:
    """Remove scheduled messages, give their points back, and return the ids of those removed.

    *guards* must hold at the moment of each write. Raises MessageUnknown, and removes nothing, if one of the messages
    is not scheduled or not *holder*'s. Messages that start to leave in this moment are left out; if none remains,
    raises MessageUnknown.
    """
    found = find(holder, message_ids)
    chosen: dict[str, dict[int, str]] = {}
    for one in message_ids:
        shipment, place = found.get(one, (None, 0))
        if shipment is None or shipment.state != WAITING or place not in shipment.unsent:
            raise MessageUnknown
        chosen.setdefault(shipment.shipment_id, {})[place] = REMOVED
    waiting = {shipment.shipment_id: shipment for shipment, _ in found.values()}
    removed = [one for one, became in chosen.items() if _remove_from_shipment(waiting[one], became, guards, now=now)]
    if not removed:
        raise MessageUnknown
    return [one for one in message_ids if messages.shipment_of(one)[0] in removed]


def _remove_from_shipment(
    shipment: Shipment, became: dict[int, str], guards: Iterable[Write], *, now: datetime
) -> bool:
    """Remove and refund the messages. Return False if one of them has started to leave, or was removed meanwhile.

    If another request changed the shipment meanwhile, look at it again: it may have removed other messages only.
    """

    def step(outrun: shipments.TakenUp | None) -> bool:
        found = shipments.find(shipment.account_id, [shipment.shipment_id]) if outrun else [shipment]
        if not any(one.state == WAITING and became.keys() <= set(one.unsent) for one in found):
            return False
        give_back(found[0], became, *guards, now=now)
        return True

    try:
        return again_after(shipments.TakenUp, step)
    except shipments.TakenUp:
        return False
