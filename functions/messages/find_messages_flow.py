"""Flows that find ordered messages, and withdraw those that still wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared import deadline, policy
from shared.auth.api_clients import ApiClient
from shared.auth.principals import Principal
from shared.domain import messages
from shared.domain.activity import Event
from shared.domain.identifiers import is_record_id
from shared.domain.large_orders import order_of
from shared.domain.messages import REMOVED, STATUSES, WAITING, Shipment, place_name
from shared.domain.origins import Origin
from shared.errors import MessageLeft, NotFound, Unavailable
from shared.sending.refunds import give_back
from shared.storage import shipment_lists, shipments
from shared.storage.engine import Write, again_after
from shared.storage.shipment_lists import ListMark, WantedShipments


@dataclass(frozen=True)
class Place:
    """Where a page ends: behind `mark`, or within its shipment, of which messages from `place` on are left."""

    mark: ListMark
    place: int | None = None


@dataclass(frozen=True)
class MessageFilter:
    """Which messages are meant; None stands for any. `number` has a country code and no `+`.

    `order` is the id of a shipment: all messages are meant that were ordered in the same request.
    """

    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    user_id: str | None = None
    token_id: str | None = None
    number: str | None = field(default=None, repr=False)
    order: str | None = None


@dataclass(frozen=True)
class Found:
    """A message that was ordered. `number` is None if the caller may not know it, `text` if it is shown no more."""

    shipment: Shipment
    place: int
    state: str
    number: str | None = field(repr=False)
    text: str | None = field(repr=False)


def listed(
    principal: Principal, wanted: MessageFilter, start: Place | None, *, limit: int, now: datetime
) -> tuple[list[Found], Place | None]:
    """Return a page of messages, those that leave latest first, and where the next one starts; None at the end.

    Takes two round trips. A program with the scope `sms` finds what it ordered itself, a sub-user what is theirs, and
    the owner, or a program of theirs with the scope `messages`, all of the account.
    """
    found: list[Found] = []
    marks, last = _page(principal, wanted, start)
    theirs = {one.shipment_id: one for one in shipments.find(principal.user.account_id, [m.shipment_id for m in marks])}
    for mark in marks:
        shipment = theirs.get(mark.shipment_id)
        first = start.place if start and start.place and start.mark == mark else 0
        for one in _matching(principal, wanted, shipment, now=now) if shipment else ():
            if one.place < first:
                continue
            if len(found) == limit:
                return found, Place(mark, one.place)
            found.append(one)
    return found, last


def withdraw_one(principal: Principal, message_id: str, *, origin: Origin, now: datetime) -> None:
    """Withdraw a message that waits, and give its points back.

    Raises NotFound if there is none that the principal may see, MessageLeft, or Outrun.
    """
    if not messages.is_message_id(message_id):
        raise NotFound
    shipment_id, place = messages.shipment_of(message_id)
    again_after(shipments.TakenUp, lambda _: _withdraw_one(principal, shipment_id, place, origin, now=now))


def _withdraw_one(principal: Principal, shipment_id: str, place: int, origin: Origin, *, now: datetime) -> None:
    """Withdraw the message as it is now. Raises TakenUp if a message of its order left or was withdrawn meanwhile."""
    shipment = next(iter(shipments.find(principal.user.account_id, [shipment_id])), None)
    if shipment is None or place >= len(shipment.recipients) or not _may_see(principal, shipment):
        raise NotFound
    if shipment.state != WAITING or place not in shipment.unsent:
        raise MessageLeft
    _withdraw(principal, shipment, [place], _noting(principal, shipment.ordered_by, origin, now=now), now=now)


def withdraw(
    principal: Principal, wanted: MessageFilter, start: Place | None, *, origin: Origin, now: datetime
) -> tuple[int, Place | None]:
    """Withdraw messages that wait, and give their points back. Return how many, and where to go on; None at the end.

    Messages that start to leave in this moment are left out. Those of policy.SHIPMENTS_LISTED_AT_ONCE orders at most
    are withdrawn, each order in a transaction of its own. The activity log gets one entry. If the store fails, or too
    little time is left, what was withdrawn before is told all the same. Raises Unavailable if nothing was.
    """
    withdrawn = 0
    marks, last = _page(principal, wanted, start)
    theirs = {one.shipment_id: one for one in shipments.find(principal.user.account_id, [m.shipment_id for m in marks])}
    for mark in marks:
        if withdrawn and not deadline.allows(policy.WITHDRAWAL_NEEDS.total_seconds()):
            return withdrawn, Place(mark, 0)
        noting = [] if withdrawn else _noting(principal, wanted.token_id or "", origin, now=now)
        try:
            if shipment := theirs.get(mark.shipment_id):
                withdrawn += _withdraw_matching(principal, wanted, shipment, noting, now=now)
        except Unavailable:
            if not withdrawn:
                raise
            return withdrawn, Place(mark, 0)
    return withdrawn, last


def _withdraw_matching(
    principal: Principal, wanted: MessageFilter, shipment: Shipment, noting: Sequence[Write], *, now: datetime
) -> int:
    """Withdraw the messages of *shipment* that wait and match, and return how many.

    If another request changed the shipment meanwhile, look at it again: it may have withdrawn other messages only.
    """

    def step(outrun: shipments.TakenUp | None) -> int:
        found = shipments.find(shipment.account_id, [shipment.shipment_id]) if outrun else [shipment]
        matching = [one for some in found for one in _matching(principal, wanted, some, now=now)]
        waiting = [one for one in matching if one.state == WAITING]
        if waiting:
            _withdraw(principal, waiting[0].shipment, [one.place for one in waiting], noting, now=now)
        return len(waiting)

    try:
        return again_after(shipments.TakenUp, step)
    except shipments.TakenUp:
        return 0


def _withdraw(
    principal: Principal, shipment: Shipment, places: Sequence[int], noting: Sequence[Write], *, now: datetime
) -> None:
    """Withdraw messages of a shipment. Raises TakenUp if it started to leave."""
    give_back(shipment, dict.fromkeys(places, REMOVED), *noting, *principal.still_allowed(), now=now)


def _noting(principal: Principal, about: str, origin: Origin, *, now: datetime) -> list[Write]:
    about = about if is_record_id(about) else ""
    return [principal.noting(Event.MESSAGES_WITHDRAWN, origin, now=now, about=about)]


def _page(principal: Principal, wanted: MessageFilter, start: Place | None) -> tuple[Sequence[ListMark], Place | None]:
    """Return the marks of the shipments on a page, and where the next one starts."""
    own = _own_credential(principal)
    theirs = principal.user.user_id if own or not principal.user.owner else None
    asked = WantedShipments(
        waiting=wanted.state == WAITING,
        user_id=theirs or wanted.user_id,
        ordered_by=tuple(one for one in (own, wanted.token_id) if one),
        since=wanted.since,
        until=wanted.until,
        order=wanted.order,
    )
    if theirs and wanted.user_id not in (None, theirs):
        return [], None
    marks, last = shipment_lists.page(principal.user.account_id, asked, start.mark if start else None)
    # A page that ended within a shipment goes on with it.
    rest = [start.mark] if start and start.place is not None else []
    return [*rest, *marks], Place(last) if last else None


def _matching(principal: Principal, wanted: MessageFilter, shipment: Shipment, *, now: datetime) -> Iterator[Found]:
    if not _may_see(principal, shipment) or not _is_meant(wanted, shipment):
        return
    is_over = shipment.forget_at is not None and now >= shipment.forget_at
    for place, recipient in enumerate(shipment.recipients):
        word = shipment.became.get(place_name(place))
        state = word if word in STATUSES else shipment.state
        number = recipient.number.removeprefix("+") if _knows_numbers(principal) or recipient.submitted else None
        # A number that the caller may not know matches nothing: else a filter would tell who is in a group.
        if wanted.number in (None, number) and wanted.state in (None, state):
            text = None if is_over or shipment.kind != "sms" else shipment.words(place)
            yield Found(shipment, place, str(state), None if is_over else number, text)


def _is_meant(wanted: MessageFilter, shipment: Shipment) -> bool:
    """Whether the shipment is of the order and the times: a list of one order has all times, an index those from before
    a shipment was moved, and a cursor can come from another list.
    """
    is_of_order = not wanted.order or order_of(shipment.shipment_id) == order_of(wanted.order)
    is_late_enough = not wanted.since or wanted.since <= shipment.send_at
    return is_of_order and is_late_enough and (not wanted.until or shipment.send_at < wanted.until)


def _may_see(principal: Principal, shipment: Shipment) -> bool:
    own = _own_credential(principal)
    is_theirs = (principal.user.owner and not own) or shipment.user_id == principal.user.user_id
    return is_theirs and own in ("", shipment.ordered_by)


def _own_credential(principal: Principal) -> str:
    """Return the name of the credential to whose orders a program without the scope `messages` is held; or ""."""
    return principal.credential if isinstance(principal, ApiClient) and "messages" not in principal.scopes else ""


def _knows_numbers(principal: Principal) -> bool:
    """Whether the principal may read every group. Others know the numbers that they gave, or might read, themselves."""
    return principal.user.owner and (not isinstance(principal, ApiClient) or "contacts" in principal.scopes)
