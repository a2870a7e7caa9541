"""Ordering messages: check what a customer may send, and price it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from shared import policy, settings
from shared.crypto import randomness
from shared.domain import messages
from shared.domain.accounts import Account
from shared.domain.instants import month_of
from shared.domain.messages import LEAVING, WAITING, Recipient, Shipment
from shared.domain.points import Points
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.users import User
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountriesClosed,
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
from shared.sending import price_list


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
    """Return a priced shipment for *holder*. Nothing is read, written or paid for yet: see `payments`.

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
    prices = price_list.current()
    parts_of = cache(messages.parts)  # counted once for each text: a large order has one for all its recipients
    _must_allow_countries(account, recipients, prices)
    return Shipment(
        account_id=holder.account_id,
        shipment_id=randomness.shipment_id(),
        user_id=holder.user_id,
        kind=kind,
        sender=sender,
        text="" if kind == "code" else text,
        recipients=tuple(_priced(recipient, text, max_parts, prices, parts_of) for recipient in recipients),
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
    if len(recipients) > _most_recipients(recipients) or (  # one write counts each country
        len({one.country for one in recipients}) > policy.COUNTRIES_AT_ONCE
    ):
        raise RecipientsExceeded
    # Repeats within one order are judged here: a transaction writes each row once, so no guard would see them.
    if max(Counter(one.number for one in recipients).values()) > policy.SMS_REPEATS:
        raise NumberRepeated
    if check_idx and max(Counter(one.idx for one in recipients if one.idx).values(), default=0) > 1:
        raise IdxUsed


def _most_recipients(recipients: Sequence[Recipient]) -> int:
    """Return how many an order may have: those with `idx` or texts of their own are written in one transaction."""
    is_plain = all(one.text is None and not one.idx for one in recipients)
    return policy.RECIPIENTS_OF_ORDER if is_plain else policy.RECIPIENTS_AT_ONCE


def _must_allow_countries(account: Account, recipients: Sequence[Recipient], prices: Mapping[str, Points]) -> None:
    """Raise AbroadRefused if the account may send to no foreign country, CountryRefused if not to one of these.

    Raises CountriesClosed, which names the countries, unless the sender may not know the numbers: the names would tell
    who is in a group.
    """
    countries = {recipient.country for recipient in recipients}
    if countries - {settings.HOME_COUNTRY} and not account.abroad:
        raise AbroadRefused
    closed = countries - {settings.HOME_COUNTRY, *account.abroad.split()}
    if refused := closed | (countries - prices.keys()):
        raise CountriesClosed(sorted(refused)) if all(one.submitted for one in recipients) else CountryRefused


def _priced(
    recipient: Recipient, text: str, max_parts: int, prices: Mapping[str, Points], parts_of: Callable[[str], int]
) -> Recipient:
    """Return the recipient with the parts and points of their message. Raises ContentEmpty or PartsExceeded."""
    own = text if recipient.text is None else recipient.text
    if not own:
        raise ContentEmpty
    parts = parts_of(own)
    if parts > max_parts:
        raise PartsExceeded
    return replace(recipient, parts=parts, points=parts * prices[recipient.country])
