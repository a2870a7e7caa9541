"""Ordering messages: check what a customer may send, price it, and pay for it in the transaction that stores it."""

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
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.users import User
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountryRefused,
    IdxUsed,
    NoRecipients,
    NumberRepeated,
    OutsideHours,
    PartsExceeded,
    RecipientsExceeded,
    SenderNotAllowed,
    SendingOff,
    TooFarAhead,
)
from shared.storage import accounts, counters, shipments, users, wallets
from shared.storage.engine import Write, again_after, commit
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
    ordered_by: str = "",
    provenance: Provenance = UNKNOWN,
    groups: Iterable[str] = (),
    at_next_hour: bool = False,
    now: datetime,
) -> Shipment:
    """Return a priced shipment for *holder*. Nothing is read, written or paid for yet: see `pay`.

    The text of a code (*kind* "code") is priced but not kept in the shipment: it is a secret, and travels on the queue
    alone. The caller must check that the account has the sender name. *ordered_by*, *provenance*, *groups* and
    *at_next_hour* are those of the shipment. Raises SendingOff, ContentEmpty, PartsExceeded, NoRecipients,
    RecipientsExceeded, IdxUsed, SenderNotAllowed, TooFarAhead, OutsideHours, AbroadRefused, CountryRefused or
    NumberRepeated.
    """
    if account.sending_off:
        raise SendingOff
    send_at = max(now, send_at or now)
    _must_be_allowed(holder, sender, send_at=send_at, now=now)
    _must_fit_in_one_order(recipients, check_idx=check_idx)
    _must_allow_countries(account, {recipient.country for recipient in recipients})
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
        ordered_by=ordered_by,
        provenance=provenance,
        groups=" ".join(groups),
        at_next_hour=at_next_hour,
    )


def _must_be_allowed(holder: User, sender: str, *, send_at: datetime, now: datetime) -> None:
    """Raise SenderNotAllowed, TooFarAhead or OutsideHours: the sending hours are those of *send_at*, not of *now*."""
    if not (holder.owner or sender in policy.SENDERS_FOR_EVERYBODY or holder.senders.holds(sender)):
        raise SenderNotAllowed
    if send_at > now + policy.SCHEDULED_AHEAD:
        raise TooFarAhead
    if holder.hours and not holder.hours.hold(send_at):
        raise OutsideHours


def _must_fit_in_one_order(recipients: Sequence[Recipient], *, check_idx: bool) -> None:
    """Raise NoRecipients, RecipientsExceeded, NumberRepeated or IdxUsed."""
    if not recipients:
        raise NoRecipients
    if (  # DynamoDB's limit: one transaction writes a row for each recipient and each country
        len(recipients) > policy.RECIPIENTS_AT_ONCE
        or len({one.country for one in recipients}) > policy.COUNTRIES_AT_ONCE
    ):
        raise RecipientsExceeded
    # Repeats within one order are judged here: a transaction writes each row once, so no guard would see them.
    if max(Counter(one.number for one in recipients).values()) > policy.SMS_REPEATS:
        raise NumberRepeated
    if check_idx and max(Counter(one.idx for one in recipients if one.idx).values(), default=0) > 1:
        raise IdxUsed


def _must_allow_countries(account: Account, countries: set[str]) -> None:
    """Raise AbroadRefused if the account may send to no foreign country, CountryRefused if not to one of these."""
    abroad = countries - {settings.HOME_COUNTRY}
    if abroad and not account.abroad:
        raise AbroadRefused
    if not abroad.issubset(account.abroad.split()) or not countries <= prices.read(settings.PRICES).keys():
        raise CountryRefused


def _priced(recipient: Recipient, text: str, max_parts: int) -> Recipient:
    """Return the recipient with the parts and points of their message. Raises ContentEmpty or PartsExceeded."""
    own = text if recipient.text is None else recipient.text
    if not own:
        raise ContentEmpty
    parts = messages.parts(own)
    if parts > max_parts:
        raise PartsExceeded
    return replace(recipient, parts=parts, points=parts * prices.read(settings.PRICES)[recipient.country])


def pay(shipment: Shipment, *more: Write, now: datetime) -> Shipment:
    """Pay for *shipment* and store it together with *more*, all or nothing, and return it as stored.

    Takes one round trip, two for the first message of a sub-user's month. Raises NoPoints, LimitReached,
    CountryRefused, NumberRepeated, IdxUsed, AccountSuspended, TokenRefused if the user is disabled, the refusals of
    *more*, Outrun or Unavailable.
    """

    def step(changed: PurseChanged | None) -> Shipment:
        paid, taking = _taking_in_month(shipment, changed) if changed else (shipment, _taking_from_purse(shipment))
        commit(*paying(paid, taking, now=now), *more)
        return paid

    return again_after(PurseChanged, step)


def paying(shipment: Shipment, taking: Sequence[Write], *, now: datetime) -> list[Write]:
    """Return the guarded writes that pay for *shipment* and store it; *taking* takes from a sub-user's own purse."""
    account_id, recipients = shipment.account_id, shipment.recipients
    numbers = Counter(seal.fingerprint("phone", recipient.number) for recipient in recipients)
    abroad = Counter(recipient.country for recipient in recipients if recipient.country != settings.HOME_COUNTRY)
    # The first guard that fails says why the order is refused, so their order decides what a caller is told.
    return [
        accounts.being_active(account_id),
        users.welcoming(shipment.user_id),
        *taking,
        wallets.spending(account_id, shipment.points),
        *[counters.charging_country(account_id, country, count, now=now) for country, count in abroad.items()],
        *[counters.charging_repeats(account_id, number, count, now=now) for number, count in numbers.items()],
        *[counters.using_idx(account_id, idx, now=now) for idx in checked_idx(shipment, range(len(recipients)))],
        shipments.adding(shipment),
    ]


def _taking_from_purse(shipment: Shipment) -> list[Write]:
    """Take the points from the sub-user's purse as well; an owner has no purse and pays from the account alone."""
    if shipment.month is None:
        return []
    return [wallets.taking(shipment.user_id, shipment.points, month=shipment.month)]


def _taking_in_month(shipment: Shipment, changed: PurseChanged) -> tuple[Shipment, list[Write]]:
    """Return the shipment and the write for a purse that is in another month than the shipment. Raises LimitReached.

    If the purse is in an earlier month, this is the first order of the new one and turns it. If it is in a later one
    (another request turned it first), the shipment is paid in that month.
    """
    purse, month = changed.purse, month_of(shipment.created_at)
    if purse.month >= month:
        shipment = replace(shipment, month=purse.month)
        return shipment, _taking_from_purse(shipment)
    return replace(shipment, month=month), [wallets.taking_first(purse, shipment.points, month=month)]


def checked_idx(shipment: Shipment, places: Iterable[int]) -> list[str]:
    """Return fingerprints of the `idx` of the messages at *places*; none if the customer did not ask for the check."""
    if not shipment.check_idx:
        return []
    names = [shipment.recipients[place].idx for place in places]
    return [seal.fingerprint("idx", name) for name in names if name]
