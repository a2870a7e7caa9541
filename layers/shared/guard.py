"""The guard of what customers send: who may, to whom, when and for whose points. What is ordered here is paid for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared import chance, policy, seal, settings
from shared.delivery import queue
from shared.delivery.notices import CodeQueued, MessageQueued, ShipmentQueued
from shared.domain import messages, prices
from shared.domain.accounts import Account
from shared.domain.messages import LEAVING, REMOVED, RETURNED, WAITING, Recipient, Shipment, month_of
from shared.domain.users import User
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountryRefused,
    IdxUsed,
    MessageUnknown,
    NoRecipients,
    NumberRepeated,
    Outrun,
    OutsideHours,
    Refusal,
    SenderNotAllowed,
    TooFarAhead,
    TooManyParts,
    TooManyRecipients,
    Unavailable,
)
from shared.observability import logger
from shared.storage import budgets, shipments, users, wallets
from shared.storage.engine import Write, commit
from shared.storage.wallets import MonthOver, PurseChanged

# --- What may be ordered ----------------------------------------------------------------------------------


def order(
    holder: User,
    account: Account,
    *,
    recipients: Sequence[Recipient],
    text: str,
    sender: str,
    kind: str = "sms",
    send_at: datetime | None = None,
    max_parts: int = policy.MESSAGE_PARTS,
    check_idx: bool = False,
    now: datetime,
) -> Shipment:
    """What *holder* wants to be sent, with its price. Nothing is read or written, and nothing is paid for yet.

    Of a code (*kind* "code") the text is only looked at: it is not in the shipment. That the account has the sender
    name is for the caller to know. Raises ContentEmpty, TooManyParts, NoRecipients, TooManyRecipients, IdxUsed,
    SenderNotAllowed, TooFarAhead, OutsideHours, AbroadRefused, CountryRefused, NumberRepeated.
    """
    send_at = max(now, send_at or now)
    _must_be_allowed(holder, sender, send_at=send_at, now=now)
    _must_be_few(recipients, check_idx=check_idx)
    _must_be_open(account, {recipient.country for recipient in recipients})
    return Shipment(
        account_id=holder.account_id,
        shipment_id=chance.shipment_id(),
        user_id=holder.user_id,
        kind=kind,
        sender=sender,
        text="" if kind == "code" else text,
        recipients=tuple(_priced(recipient, text, max_parts) for recipient in recipients),
        created_at=now,
        send_at=send_at,
        state=WAITING if send_at > now else LEAVING,
        check_idx=check_idx,
        month=None if holder.owner else month_of(now),
        left=len(recipients),
        look_at=send_at if send_at > now else now + policy.SHIPMENT_GIVEN_UP_AFTER,
    )


def _must_be_allowed(holder: User, sender: str, *, send_at: datetime, now: datetime) -> None:
    if not (holder.owner or sender in policy.SENDERS_FOR_EVERYBODY or holder.senders.holds(sender)):
        raise SenderNotAllowed
    if send_at > now + policy.SCHEDULED_AHEAD:
        raise TooFarAhead
    if holder.hours and not holder.hours.hold(send_at):
        raise OutsideHours


def _must_be_few(recipients: Sequence[Recipient], *, check_idx: bool) -> None:
    """One transaction holds all of them. What is in it twice could not be refused there."""
    if not recipients:
        raise NoRecipients
    if (
        len(recipients) > policy.RECIPIENTS_AT_ONCE
        or len({one.country for one in recipients}) > policy.COUNTRIES_AT_ONCE
    ):
        raise TooManyRecipients
    if max(Counter(one.number for one in recipients).values()) > policy.SMS_REPEATS:
        raise NumberRepeated
    if check_idx and max(Counter(one.idx for one in recipients if one.idx).values(), default=0) > 1:
        raise IdxUsed


def _must_be_open(account: Account, countries: set[str]) -> None:
    abroad = countries - {settings.HOME_COUNTRY}
    if abroad and not account.abroad:
        raise AbroadRefused
    if not abroad.issubset(account.abroad.split()) or not countries <= prices.read(settings.PRICES).keys():
        raise CountryRefused


def _priced(recipient: Recipient, text: str, max_parts: int) -> Recipient:
    own = text if recipient.text is None else recipient.text
    if not own:
        raise ContentEmpty
    parts = messages.parts(own)
    if parts > max_parts:
        raise TooManyParts
    return replace(recipient, parts=parts, points=parts * prices.read(settings.PRICES)[recipient.country])


# --- Paying and sending -----------------------------------------------------------------------------------


def send(
    shipment: Shipment,
    *more: Write,
    code: str = "",
    expires_at: datetime | None = None,
    undoing: Iterable[Write] = (),
    now: datetime,
) -> Shipment:
    """Pay for *shipment*, together with *more*, and put it on the queue, unless it waits for its time.

    For a code, *code* is the text and *expires_at* when nobody needs it any more. Where the queue does not take it the
    points are given back, together with *undoing*, which nothing must refuse. Raises what `pay` raises, Unavailable.
    """
    paid = pay(shipment, *more, now=now)
    if paid.state == LEAVING:
        try:
            queue.put(_code(paid, code, expires_at) if expires_at else notice(paid))
        except Unavailable:
            _must_be_on_its_way(paid, undoing, now=now)
    return paid


def pay(shipment: Shipment, *more: Write, now: datetime) -> Shipment:
    """Pay for *shipment* and write it down, together with *more*: all of it or nothing, in one round trip.

    The first message of a sub-user's month costs one more. Raises NoPoints, LimitReached, CountryRefused,
    NumberRepeated, IdxUsed, TokenRefused where the user is switched off, what refuses *more*, Outrun, Unavailable.
    """
    taking = _taking(shipment)
    for _ in range(policy.PURSE_TRIES):
        try:
            commit(*paying(shipment, taking, now=now), *more)
        except PurseChanged as changed:
            shipment, taking = _taking_anew(shipment, changed)
        else:
            return shipment
    raise Outrun


def paying(shipment: Shipment, taking: Sequence[Write], *, now: datetime) -> list[Write]:
    """The guarded writes of *shipment*; *taking* is what a sub-user has to pay of his own."""
    account_id, recipients = shipment.account_id, shipment.recipients
    numbers = Counter(seal.fingerprint("phone", recipient.number) for recipient in recipients)
    abroad = Counter(recipient.country for recipient in recipients if recipient.country != settings.HOME_COUNTRY)
    return [
        users.welcoming(shipment.user_id),
        *taking,
        wallets.spending(account_id, shipment.points),
        *[budgets.charging_country(account_id, country, count, now=now) for country, count in abroad.items()],
        *[budgets.charging_repeats(account_id, number, count, now=now) for number, count in numbers.items()],
        *[budgets.using_idx(account_id, idx, now=now) for idx in _checked(shipment, range(len(recipients)))],
        shipments.adding(shipment),
    ]


def _taking(shipment: Shipment) -> list[Write]:
    if shipment.month is None:
        return []
    return [wallets.taking(shipment.user_id, shipment.points, month=shipment.month)]


def _taking_anew(shipment: Shipment, changed: PurseChanged) -> tuple[Shipment, list[Write]]:
    """Another month than the request's own is the purse's where that is later. Raises LimitReached."""
    purse, month = changed.purse, month_of(shipment.created_at)
    if purse.month >= month:
        shipment = replace(shipment, month=purse.month)
        return shipment, _taking(shipment)
    return replace(shipment, month=month), [wallets.taking_first(purse, shipment.points, month=month)]


def _checked(shipment: Shipment, places: Iterable[int]) -> list[str]:
    """Fingerprints of what the customer calls those messages, where that is to be used once."""
    if not shipment.check_idx:
        return []
    names = [shipment.recipients[place].idx for place in places]
    return [seal.fingerprint("idx", name) for name in names if name]


def _code(shipment: Shipment, text: str, expires_at: datetime) -> CodeQueued:
    return CodeQueued(**vars(message(shipment, 0)) | {"text": text, "expires_at": expires_at})


def notice(shipment: Shipment) -> MessageQueued | ShipmentQueued:
    """One message on the queue, whatever the number of recipients: it is there as a whole, or not at all."""
    if len(shipment.recipients) == 1:
        return message(shipment, 0)
    return ShipmentQueued(f"shipment:{shipment.shipment_id}", shipment.account_id, shipment.shipment_id)


def message(shipment: Shipment, place: int) -> MessageQueued:
    """The message to that recipient, as it goes to the queue."""
    return MessageQueued(
        id=shipment.message_id(place),
        account_id=shipment.account_id,
        phone=shipment.recipients[place].number,
        text=shipment.words(place),
        sender=shipment.sender,
        together=len(shipment.recipients),
    )


def _must_be_on_its_way(paid: Shipment, undoing: Iterable[Write], *, now: datetime) -> None:
    """The queue may have taken it although it did not say so: who claims it first, we or `notify`, decides.

    Raises Unavailable where it will not be sent. If even that can't be written down, the pass of each minute finds it.
    """
    try:
        give_back(paid, dict.fromkeys(paid.unsent, RETURNED), *undoing, now=now)
    except shipments.TakenUp:
        return
    except Refusal as refusal:
        logger.warning("points_not_given_back", shipment_id=paid.shipment_id, reason=refusal.code)
    raise Unavailable


# --- Giving back ------------------------------------------------------------------------------------------


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
    return [budgets.forgetting_idx(shipment.account_id, idx) for idx in _checked(shipment, places)]


# --- What was ordered before ------------------------------------------------------------------------------


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


def remove(holder: User, message_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Messages that wait for their time are not sent, and their points are given back. Returns the ids of those.

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
    removed = [one for one, became in chosen.items() if _is_removed(waiting[one], became, now=now)]
    if not removed:
        raise MessageUnknown
    return [one for one in message_ids if messages.shipment_of(one)[0] in removed]


def _is_removed(shipment: Shipment, became: dict[int, str], *, now: datetime) -> bool:
    try:
        give_back(shipment, became, now=now)
    except shipments.TakenUp:
        return False
    return True
