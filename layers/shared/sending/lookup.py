"""Messages that were ordered before: found by their ids, and withdrawn while they wait."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared import policy
from shared.domain import messages
from shared.domain.messages import REMOVED, WAITING, Shipment
from shared.domain.users import User
from shared.errors import (
    MessageUnknown,
    TooManyRecipients,
)
from shared.sending.refunds import give_back
from shared.storage import shipments
from shared.storage.engine import Write


def find(holder: User, message_ids: Iterable[str]) -> dict[str, tuple[Shipment, int]]:
    """Shipment and place of those messages that there are: of the account's, a sub-user sees his own only.

    In one round trip; for garbage alone in none. Raises TooManyRecipients for more than may be asked for at once.
    """
    asked = {one: messages.shipment_of(one) for one in message_ids if messages.is_message_id(one)}
    if len(asked) > policy.MESSAGES_ASKED_AT_ONCE:
        raise TooManyRecipients
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
    """Messages that wait for their time are not sent, and their points are given back. Returns the ids of those.

    *guards* must hold at the moment of each write.

    Raises MessageUnknown, and removes nothing, where one of them does not wait, or is not *holder*'s. What leaves at
    this very moment is left out; where that is all: MessageUnknown.
    """
    found = find(holder, message_ids)
    chosen: dict[str, dict[int, str]] = {}
    for one in message_ids:
        shipment, place = found.get(one, (None, 0))
        if shipment is None or shipment.state != WAITING or place not in shipment.unsent:
            raise MessageUnknown
        chosen.setdefault(shipment.shipment_id, {})[place] = REMOVED
    waiting = {shipment.shipment_id: shipment for shipment, _ in found.values()}
    removed = [one for one, became in chosen.items() if _is_removed(waiting[one], became, guards, now=now)]
    if not removed:
        raise MessageUnknown
    return [one for one in message_ids if messages.shipment_of(one)[0] in removed]


def _is_removed(shipment: Shipment, became: dict[int, str], guards: Iterable[Write], *, now: datetime) -> bool:
    try:
        give_back(shipment, became, *guards, now=now)
    except shipments.TakenUp:
        return False
    return True
