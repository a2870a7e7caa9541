"""Delivery: the notices that people are sent, and how each is written as a message of the queue."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from shared import policy
from shared.delivery.letters import (
    LETTERS,
    AccountInvited,
    EmailChangeAsked,
    Letter,
    PasswordGiven,
    PasswordResetAsked,
    SignInPassAsked,
)
from shared.domain.challenges import LOGIN, PURPOSES
from shared.domain.identifiers import account_of

TOLD_BY_SMS = ("phone_replaced", "password_held", "recovery_asked")
"""Values of `PhoneTold.what`."""


@dataclass(frozen=True)
class CodeSent:
    """A code by SMS. *phone* is in E.164 form, *purpose* that of the challenge, for which the text has words.

    `account_id` is empty in notices that were queued before there was this field.
    """

    id: str
    phone: str = field(repr=False)
    language: str
    code: str = field(repr=False)
    expires_at: datetime
    purpose: str = LOGIN
    account_id: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise ValueError("no purpose that there are words for")


@dataclass(frozen=True)
class PhoneTold:
    """A warning by SMS, without a link. `what` is one of TOLD_BY_SMS."""

    id: str
    phone: str = field(repr=False)
    language: str
    what: str

    def __post_init__(self) -> None:
        if self.what not in TOLD_BY_SMS:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class MessageQueued:
    """A customer's message for one phone. `together` is the number of messages in its shipment.

    `id` is the message's own, which leads to the shipment (see `domain.messages.shipment_of`). `user_id` and
    `ordered_by` are the shipment's, empty in notices that were queued before there were these fields.
    """

    id: str
    account_id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    sender: str
    together: int
    user_id: str = ""
    ordered_by: str = ""


@dataclass(frozen=True, kw_only=True)
class CodeQueued(MessageQueued):
    """A customer's message that is not sent after `expires_at`: it carries a code."""

    expires_at: datetime


@dataclass(frozen=True)
class ShipmentQueued:
    """A shipment whose messages are to be sent. Texts and numbers are read from the shipments table."""

    id: str
    account_id: str
    shipment_id: str


@dataclass(frozen=True)
class LargeOrderQueued:
    """A large order, of which the shipment with the number `part` is sent next. Then comes the notice of the one after
    it, behind its messages and those of others.
    """

    id: str
    account_id: str
    order_id: str
    part: int


@dataclass(frozen=True)
class PasswordUsed:
    """A password that was right at *at*, to be looked for among leaked ones. See `auth.breached_passwords.Trace`.

    `credentials_at` is the version of the credentials that it belongs to: one that was changed since is let be.
    """

    id: str
    user_id: str
    first: str
    sealed: str = field(repr=False)
    credentials_at: datetime
    at: datetime
    address: str


type Notice = CodeSent | PhoneTold | MessageQueued | ShipmentQueued | LargeOrderQueued | PasswordUsed | Letter

_KINDS: dict[str, type[Notice]] = {
    kind.__name__: kind
    for kind in (
        CodeSent,
        PhoneTold,
        MessageQueued,
        CodeQueued,
        ShipmentQueued,
        LargeOrderQueued,
        PasswordUsed,
        *LETTERS,
    )
}


_WAITED_FOR = (CodeSent, CodeQueued, AccountInvited, PasswordResetAsked, SignInPassAsked, EmailChangeAsked)
"""Codes, and e-mails with a link that somebody asked for: a person waits for each."""

CODES, NOTICES, MESSAGES = "codes", "notices", "messages"
"""The queues: of what a person waits for, of customers' messages, and of all else."""


class Unreadable(ValueError):
    """The body of a queue message is no notice. The error does not repeat the body, which may hold a code."""


def queue_for(*together: Notice) -> str:
    """Return the queue for notices that are queued in one call: that of the most urgent of them.

    A code and the e-mail about the same sign-in leave in one call, so the e-mail travels with the code.
    """
    if any(isinstance(notice, _WAITED_FOR) for notice in together):
        return CODES
    if any(isinstance(notice, MessageQueued | ShipmentQueued | LargeOrderQueued) for notice in together):
        return MESSAGES
    return NOTICES


def group_of(notice: Notice) -> str:
    """Return whose *notice* is: a queue is fair between groups. It is an account's id, or else the kind of notice."""
    match notice:
        case CodeSent() | MessageQueued() | ShipmentQueued() | LargeOrderQueued() if notice.account_id:
            return notice.account_id
        case PasswordGiven() | PasswordUsed():
            return account_of(notice.user_id)
    return type(notice).__name__


def held_back(notice: Notice) -> timedelta:
    """Return how long the queue keeps *notice* before it is delivered: SQS can keep it for 15 minutes at most."""
    waits = isinstance(notice, PasswordGiven) and bool(notice.challenge_row)
    return policy.CHALLENGE_LIFETIME if waits else timedelta(0)


def write(notice: Notice) -> str:
    """Return *notice* as the body of a queue message."""
    return json.dumps({"kind": type(notice).__name__, **vars(notice)}, default=datetime.isoformat)


def read(body: str) -> Notice:
    """Return the notice in *body*. Raises Unreadable."""
    try:
        return _understood(json.loads(body))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Unreadable("no notice of ours") from None


def _understood(written: dict[str, Any]) -> Notice:
    kind = _KINDS[written.pop("kind")]
    if not written["id"]:
        raise ValueError
    expected = {one.name: one.type for one in fields(kind)}
    return kind(**{name: _value(value, expected[name]) for name, value in written.items()})


def _value(value: Any, expected: object) -> Any:
    if expected is datetime:
        return _moment(value)
    if type(value) is not expected:  # not isinstance, to which True is a number
        raise TypeError
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment
