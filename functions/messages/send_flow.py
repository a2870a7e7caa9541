"""The story of sms.do: who is to get what, under which name and when; what became of it; and what is taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from messages import wording
from shared import policy, settings
from shared.auth.api_clients import ApiClient
from shared.domain import messages, phone_numbers
from shared.domain.messages import Recipient, Shipment
from shared.domain.users import User
from shared.errors import (
    ContentEmpty,
    ExpiryRefused,
    GroupEmpty,
    GroupNotAlone,
    IdxUneven,
    NoRecipients,
    NotMobile,
    NotPlain,
    ParamsUneven,
    TooManyRecipients,
)
from shared.sending import dispatch, lookup, orders, sender_choice
from shared.storage import contacts, groups
from shared.storage.engine import Write


@dataclass(frozen=True)
class Order:
    """What a client asks for. `idx` and each of `params`, by its name, are as many as `numbers`, or none.

    `at_next_hour`: where the hours of a sub-user are over it may be sent when they begin again.
    """

    text: str = field(repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    groups: tuple[str, ...] = ()
    sender: str | None = None
    idx: tuple[str, ...] = ()
    params: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    date: datetime | None = None
    expires_at: datetime | None = None
    max_parts: int = policy.MESSAGE_PARTS
    check_idx: bool = False
    duplicates: bool = False
    home_only: bool = False
    plain_only: bool = False
    at_next_hour: bool = False
    test: bool = False


def send(client: ApiClient, order: Order, *, now: datetime) -> Shipment:
    """What was sent, or would have been, were it no test. Raises what `guard` raises, and what says what is uneven."""
    user = client.user
    _must_be_even(order)
    _must_be_words(order)
    recipients, standing = _members(client, order) if order.groups else (_numbered(order), [])
    shipment = orders.order(
        user,
        client.account,
        recipients=_wanted(order, recipients),
        text=order.text,
        sender=sender_choice.chosen(user, order.sender),
        send_at=_send_at(user, order, now=now),
        max_parts=order.max_parts,
        check_idx=order.check_idx,
        now=now,
    )
    _must_last(order, shipment)
    return shipment if order.test else dispatch.send(shipment, *standing, now=now)


def look(user: User, message_ids: Sequence[str]) -> dict[str, tuple[Shipment, int]]:
    """Those of the messages that there are, each with its place in its shipment."""
    return lookup.find(user, message_ids)


def remove(client: ApiClient, message_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Ids of the messages that are not sent after all. Raises MessageUnknown."""
    return lookup.remove(client.user, list(dict.fromkeys(message_ids)), *client.still_allowed(), now=now)


def _must_be_even(order: Order) -> None:
    """A group goes alone: who may not read one could find out with numbers of his own whether they are in it."""
    count = len(order.numbers)
    if not (order.numbers or order.groups):
        raise NoRecipients(message="Recipients list cannot be empty")
    if count > policy.RECIPIENTS_AT_ONCE or len(order.groups) > policy.GROUPS_AT_ONCE:
        raise TooManyRecipients
    if order.groups and (order.numbers or order.params or order.idx):
        raise GroupNotAlone
    if any(len(words) != count for words in order.params.values()):
        raise ParamsUneven
    if order.idx and len(order.idx) != count:
        raise IdxUneven


def _must_be_words(order: Order) -> None:
    """Raises ContentEmpty, NotPlain."""
    if not order.text:
        raise ContentEmpty
    words = "".join(word for every in order.params.values() for word in every)
    if order.plain_only and not messages.is_plain(order.text + words):
        raise NotPlain


def _numbered(order: Order) -> list[Recipient]:
    """Those whose numbers were given, but for the wrong ones. Raises NoRecipients, which names them, if all are."""
    found = [_recipient(order, place) for place in range(len(order.numbers))]
    right = [recipient for recipient in found if recipient]
    if not right:
        raise NoRecipients(order.numbers)
    return right


def _recipient(order: Order, place: int) -> Recipient | None:
    submitted = order.numbers[place]
    found = _known(submitted)
    if found is None:
        return None
    words = {name: every[place] for name, every in order.params.items()}
    idx = order.idx[place] if order.idx else ""
    return Recipient(*found, submitted, idx, wording.filled(order.text, words) if words else None)


def _members(client: ApiClient, order: Order) -> tuple[list[Recipient], list[Write]]:
    """Everybody in the groups, and that who sends to them may do so still at the moment of sending.

    Who may send to a group need not be one who may read it: then no number is written down as what he gave.
    Raises GroupUnknown, GroupEmpty.
    """
    audiences = [
        contacts.numbers_of_group(client.user, name, most=policy.RECIPIENTS_AT_ONCE)
        for name in dict.fromkeys(order.groups)
    ]
    may_read = "contacts" in client.rights.scopes
    members = [
        Recipient(*found, found[0].removeprefix("+") if may_read and audience.readable else "")
        for audience in audiences
        for found in map(_known, audience.numbers)
        if found
    ]
    if not members:
        raise GroupEmpty
    return members, [groups.insisting(audiences[0].directory)]


def _known(typed: str) -> tuple[str, str] | None:
    """A number that can get a message, and its country."""
    try:
        return phone_numbers.recipient(typed, home=settings.HOME_COUNTRY)
    except NotMobile:
        return None


def _wanted(order: Order, recipients: list[Recipient]) -> list[Recipient]:
    """Without those abroad, and each number once, if that is how it was asked for. Raises NoRecipients."""
    if order.home_only:
        recipients = [recipient for recipient in recipients if recipient.country == settings.HOME_COUNTRY]
    if not order.duplicates:
        first: dict[str, Recipient] = {}
        for recipient in recipients:
            first.setdefault(recipient.number, recipient)
        recipients = list(first.values())
    if not recipients:
        raise NoRecipients
    return recipients


def _send_at(user: User, order: Order, *, now: datetime) -> datetime:
    at = max(now, order.date or now)
    return (user.hours.next_after(at) or at) if user.hours and order.at_next_hour else at


def _must_last(order: Order, shipment: Shipment) -> None:
    """Raises ExpiryRefused."""
    if order.expires_at is None:
        return
    if not policy.EXPIRES_SOONEST <= order.expires_at - shipment.send_at <= policy.EXPIRES_LATEST:
        raise ExpiryRefused
