"""Flows of sms.do: send messages, look up what became of them, and remove scheduled ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from messages import wording
from shared import policy, settings
from shared.auth.api_clients import ApiClient
from shared.domain import large_orders, messages, notify_urls, phone_numbers
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
    RecipientsExceeded,
)
from shared.sending import dispatch, lookup, orders, sender_choice
from shared.storage import contacts


@dataclass(frozen=True)
class WantedSms:
    """A request to send. `idx` and each list of `params` hold one item for each of `numbers`, or are empty.

    `at_next_hour`: outside a sub-user's sending hours, schedule it for when they begin again. `test`: price it and
    send nothing.
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
    notify_url: str = field(default="", repr=False)
    test: bool = False


@dataclass(frozen=True)
class SentOrder:
    """What became of an order: the shipments of its messages, and the numbers, as they were sent, that get none."""

    shipments: Sequence[Shipment]
    invalid: tuple[str, ...] = field(default=(), repr=False)


def send(client: ApiClient, order: WantedSms, *, now: datetime) -> SentOrder:
    """Send, schedule or (in a test) only price the messages. Numbers that are invalid beside valid ones get none.

    Raises what `orders.order`, `sender_choice.chosen` and `dispatch.send` raise, GroupNotAlone, ParamsUneven,
    IdxUneven, NotPlain, GroupUnknown, GroupEmpty, ExpiryRefused or NotifyUrlRefused.
    """
    shipment, invalid = _ordered(client, order, now=now)
    return SentOrder(_dispatched(client, order, shipment, now=now), invalid)


def _dispatched(client: ApiClient, order: WantedSms, shipment: Shipment, *, now: datetime) -> Sequence[Shipment]:
    """Send the shipment, or in a test leave it unsent, and return what it was split into."""
    is_large = len(shipment.recipients) > policy.RECIPIENTS_AT_ONCE
    if order.test:
        return large_orders.split(shipment)[1] if is_large else [shipment]
    if is_large:
        return dispatch.send_large(shipment, abroad_per_day=client.account.abroad_per_day, now=now)
    return [dispatch.send(shipment, abroad_per_day=client.account.abroad_per_day, now=now)]


def _ordered(client: ApiClient, order: WantedSms, *, now: datetime) -> tuple[Shipment, tuple[str, ...]]:
    """Return the priced messages, as one shipment, however many they are, and the invalid numbers."""
    user = client.user
    _must_fit_together(order)
    _must_have_text(order)
    if order.groups:
        invalid: tuple[str, ...] = ()
        recipients, group_ids = _recipients_by_group(client, order)
    else:
        (recipients, invalid), group_ids = _recipients_by_number(order), []
    shipment = orders.order(
        user,
        client.account,
        recipients=_filtered(order, recipients),
        text=order.text,
        sender=sender_choice.chosen(user, order.sender),
        send_at=_send_at(user, order, now=now),
        max_parts=order.max_parts,
        check_idx=order.check_idx,
        ordered_by=client.credential,
        provenance=client.password_provenance,
        groups=group_ids,
        at_next_hour=order.at_next_hour,
        now=now,
    )
    _must_expire_in_range(order, shipment)
    url = _notify_url(client, order)
    username = user.login if url else ""
    return replace(shipment, expires_at=order.expires_at, notify_url=url, username=username), invalid


def look(user: User, message_ids: Sequence[str]) -> dict[str, tuple[Shipment, int]]:
    """Return the known messages by id: each one's shipment, and its place there."""
    return lookup.find(user, message_ids)


def remove(client: ApiClient, message_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Remove scheduled messages, and return their ids. Raises MessageUnknown."""
    return lookup.remove(client.user, list(dict.fromkeys(message_ids)), *client.still_allowed(), now=now)


def _must_fit_together(order: WantedSms) -> None:
    """Raise NoRecipients, RecipientsExceeded, GroupNotAlone, ParamsUneven or IdxUneven."""
    count = len(order.numbers)
    if not (order.numbers or order.groups):
        raise NoRecipients(message="Recipients list cannot be empty")
    most = policy.RECIPIENTS_AT_ONCE if order.idx or order.params else policy.RECIPIENTS_OF_ORDER
    if count > most or len(order.groups) > policy.GROUPS_AT_ONCE:
        raise RecipientsExceeded
    # A group is sent to alone. Duplicates are dropped, so a sender who may not read the group could add a number of
    # their own and see from the answer whether it is in the group.
    if order.groups and (order.numbers or order.params or order.idx):
        raise GroupNotAlone
    if any(len(words) != count for words in order.params.values()):
        raise ParamsUneven
    if order.idx and len(order.idx) != count:
        raise IdxUneven


def _must_have_text(order: WantedSms) -> None:
    """Raise ContentEmpty, or NotPlain if the sender wants 7-bit text only and it has other characters."""
    if not order.text:
        raise ContentEmpty
    words = "".join(word for every in order.params.values() for word in every)
    if order.plain_only and not messages.is_plain(order.text + words):
        raise NotPlain


def _recipients_by_number(order: WantedSms) -> tuple[list[Recipient], tuple[str, ...]]:
    """Return recipients of the valid numbers, and the others as they were sent.

    Raises NoRecipients, which names the numbers, if none is valid.
    """
    found = [_recipient(order, place) for place in range(len(order.numbers))]
    invalid = tuple(number for number, recipient in zip(order.numbers, found, strict=True) if recipient is None)
    right = [recipient for recipient in found if recipient]
    if not right:
        raise NoRecipients(invalid)
    return right, invalid


def _recipient(order: WantedSms, place: int) -> Recipient | None:
    """Return the recipient at *place* with their `idx` and own text, or None if the number is not valid."""
    submitted = order.numbers[place]
    found = _parsed_number(submitted)
    if found is None:
        return None
    words = {name: every[place] for name, every in order.params.items()}
    idx = order.idx[place] if order.idx else ""
    return Recipient(*found, submitted, idx, wording.filled(order.text, words) if words else None)


def _recipients_by_group(client: ApiClient, order: WantedSms) -> tuple[list[Recipient], list[str]]:
    """Return the members of the groups, and the ids of the groups.

    Raises GroupUnknown, GroupEmpty, or GroupNotAlone for several groups of which the sender may not read one.
    """
    audiences = [
        contacts.numbers_of_group(client.user, name, most=policy.RECIPIENTS_OF_ORDER)
        for name in dict.fromkeys(order.groups)
    ]
    # Duplicates are dropped between groups as well: beside one of their own, the count would tell who is in a group.
    if len(audiences) > 1 and not all(audience.readable for audience in audiences):
        raise GroupNotAlone
    may_read = "contacts" in client.rights.scopes
    # The answer and later reports show `submitted`. It stays empty unless the sender may read the group: permission to
    # send to a group does not include its numbers.
    members = [
        Recipient(*found, found[0].removeprefix("+") if may_read and audience.readable else "")
        for audience in audiences
        for found in map(_parsed_number, audience.numbers)
        if found
    ]
    if not members:
        raise GroupEmpty
    return members, [audience.group_id for audience in audiences]


def _parsed_number(typed: str) -> tuple[str, str] | None:
    """Return the number in E.164 form with its country, or None if it can't get an SMS."""
    try:
        return phone_numbers.recipient(typed, home=settings.HOME_COUNTRY)
    except NotMobile:
        return None


def _filtered(order: WantedSms, recipients: list[Recipient]) -> list[Recipient]:
    """Drop recipients abroad if `home_only`, and repeated numbers unless `duplicates`. Raises NoRecipients."""
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


def _send_at(user: User, order: WantedSms, *, now: datetime) -> datetime:
    """Return when to send: as asked for, or with `at_next_hour` when the user's sending hours next begin."""
    at = max(now, order.date or now)
    return (user.hours.next_after(at) or at) if user.hours and order.at_next_hour else at


def _notify_url(client: ApiClient, order: WantedSms) -> str:
    """Return where new states of the messages are reported, empty for nowhere. Raises NotifyUrlRefused."""
    return notify_urls.read(order.notify_url).text if order.notify_url else client.account.notify_url


def _must_expire_in_range(order: WantedSms, shipment: Shipment) -> None:
    """Raise ExpiryRefused unless the expiry lies within the platform's range after the sending."""
    if order.expires_at is None:
        return
    if not policy.EXPIRES_SOONEST <= order.expires_at - shipment.send_at <= policy.EXPIRES_LATEST:
        raise ExpiryRefused
