"""The guard of what customers send: who may, to whom, when and for whose points. What is ordered here is paid for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared import policy, settings
from shared.crypto import randomness, seal
from shared.domain import messages, prices
from shared.domain.accounts import Account
from shared.domain.instants import month_of
from shared.domain.messages import LEAVING, WAITING, Recipient, Shipment
from shared.domain.users import User
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountryRefused,
    IdxUsed,
    NoRecipients,
    NumberRepeated,
    Outrun,
    OutsideHours,
    SenderNotAllowed,
    TooFarAhead,
    TooManyParts,
    TooManyRecipients,
)
from shared.storage import counters, shipments, users, wallets
from shared.storage.engine import Write, commit
from shared.storage.wallets import PurseChanged


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
        shipment_id=randomness.shipment_id(),
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
        *[counters.charging_country(account_id, country, count, now=now) for country, count in abroad.items()],
        *[counters.charging_repeats(account_id, number, count, now=now) for number, count in numbers.items()],
        *[counters.using_idx(account_id, idx, now=now) for idx in checked_idx(shipment, range(len(recipients)))],
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


def checked_idx(shipment: Shipment, places: Iterable[int]) -> list[str]:
    """Fingerprints of what the customer calls those messages, where that is to be used once."""
    if not shipment.check_idx:
        return []
    names = [shipment.recipients[place].idx for place in places]
    return [seal.fingerprint("idx", name) for name in names if name]
