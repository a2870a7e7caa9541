"""Delivery: the notices that people are sent, and how each is written as a message of the queue."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from shared import policy
from shared.domain.challenges import LOGIN, PURPOSES

CHANGES = (
    "password_changed",
    "totp_on",
    "totp_off",
    "recovery_codes_made",
    "email_changed",
    "password_policy_changed",
    "not_me",
    "not_me_for_subuser",
    "not_me_elsewhere",
    "not_me_left",
    "password_held",
    "change_undone",
    "recovered",
    "recovery_cancelled",
    "panel_list_changed",
    "panel_list_tried",
    "panel_list_confirmed",
    "api_list_changed",
    "lists_opened",
    "glass_refused",
    "api_password_set",
    "api_password_removed",
    "legacy_api_on",
    "legacy_api_off",
    "session_found",
    "password_given",
    "account_suspended",
    "account_resumed",
    "password_leaked",
)
"""Values of `ChangeMade.change`. Each has texts of its own in `words_en` and `words_pl`."""

UNDOABLE_CHANGES = ("email_changed", "sms_on", "sms_changed", "sms_off")
"""Values of `UndoableChangeMade.change`."""

TOLD_BY_SMS = ("phone_replaced", "password_held", "recovery_asked")
"""Values of `PhoneTold.what`."""

TOKEN_CHANGES = ("created", "rotated", "deleted", "found")
"""Values of `TokenChanged.change`."""

SUBUSER_CHANGES = ("created", "password_given", "disabled", "enabled", "deleted")
"""Values of `SubuserChanged.change`."""


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

    `id` is the message's own, which leads to the shipment (see `domain.messages.shipment_of`).
    """

    id: str
    account_id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    sender: str
    together: int


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Letter:
    """An e-mail to a user. Each subclass is one kind of e-mail."""

    id: str
    email: str = field(repr=False)
    language: str
    login: str


@dataclass(frozen=True)
class NewDeviceSeen(Letter):
    """A session was opened from an unknown device. `token` is that of the link "it was not me"."""

    at: datetime
    address: str
    device: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class PasswordGiven(Letter):
    """Half sign-ins from an unknown device: the password was right, and no session was opened.

    One letter tells of all from one `place` (network, browser and system) within an hour, and one, `many`, of all
    places beyond `policy.HALF_SIGN_INS_TOLD_AN_HOUR`. It is sent after the challenge whose
    row is `challenge_row` ended, unless that was answered; at once without one. `token` is that of the link "it was not
    me", which is made when the letter is sent.
    """

    at: datetime
    address: str
    device: str
    user_id: str
    credentials_at: datetime
    email_at: datetime
    place: str
    challenge_row: str = ""
    many: bool = False
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class NewDevicesStopped(Letter):
    """Too many sessions were opened from unknown devices within an hour, so no other is for a while."""

    at: datetime
    address: str


@dataclass(frozen=True)
class PasswordWasReset(Letter):
    """A password was set with a link from an e-mail. `token` is that of the link "it was not me"."""

    at: datetime
    address: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class AccountInvited(Letter):
    """A link to set the first password of a new account's owner."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class CodesWereLocked(Letter):
    """Second factors are locked, after `policy.MAX_CODE_ATTEMPTS` wrong codes in a row."""

    at: datetime


@dataclass(frozen=True)
class PasswordResetAsked(Letter):
    """A link to set a new password. An empty `email` means that the login does not exist: nothing is sent."""

    token: str = field(repr=False)
    expires_at: datetime
    at: datetime
    address: str


@dataclass(frozen=True)
class SignInPassAsked(Letter):
    """A pass for one attempt to sign in. An empty `email` means that the login does not exist: nothing is sent."""

    token: str = field(repr=False)
    expires_at: datetime
    at: datetime
    address: str


@dataclass(frozen=True)
class EmailChangeAsked(Letter):
    """A link that proves a new e-mail address. `email` is the new one."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class ChangeMade(Letter):
    """A security setting of the login was changed; `change` is one of CHANGES."""

    change: str
    at: datetime
    address: str

    def __post_init__(self) -> None:
        if self.change not in CHANGES:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class UndoableChangeMade(Letter):
    """An address or a phone was changed; `change` is one of UNDOABLE_CHANGES, `token` that of the link to undo it."""

    change: str
    at: datetime
    address: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if self.change not in UNDOABLE_CHANGES:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class RecoveryAsked(Letter):
    """Operators begin to recover the login at `due_at`; `token` is that of the link to cancel it."""

    at: datetime
    due_at: datetime
    token: str = field(repr=False)


@dataclass(frozen=True)
class RecoveryCodeUsed(Letter):
    """A recovery code was used; `left` is how many are unused."""

    left: int
    at: datetime
    address: str


@dataclass(frozen=True)
class PasswordDue(Letter):
    """The account asks for a new password. `forced`: from `due_at` on a session can do nothing but set one."""

    due_at: datetime
    forced: bool


@dataclass(frozen=True)
class FactorDue(Letter):
    """The account requires a second factor of everybody, from `due_at` on. `has_one`: the reader has one already."""

    due_at: datetime
    has_one: bool


@dataclass(frozen=True)
class TokenChanged(Letter):
    """An API token was changed; `change` is one of TOKEN_CHANGES, `by` the actor as in the activity log."""

    change: str
    name: str
    last_four: str
    by: str
    at: datetime
    address: str

    def __post_init__(self) -> None:
        if self.change not in TOKEN_CHANGES:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class SubuserChanged(Letter):
    """A sub-user was changed: sent to the account's owner. `change` is one of SUBUSER_CHANGES, `by` the actor."""

    change: str
    subuser: str
    by: str
    at: datetime
    address: str

    def __post_init__(self) -> None:
        if self.change not in SUBUSER_CHANGES:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class TokenExpiring(Letter):
    """An API token expires soon."""

    name: str
    last_four: str
    expires_at: datetime


type Notice = CodeSent | PhoneTold | MessageQueued | ShipmentQueued | PasswordUsed | Letter

LETTERS = (
    NewDeviceSeen,
    PasswordGiven,
    NewDevicesStopped,
    PasswordWasReset,
    AccountInvited,
    CodesWereLocked,
    PasswordResetAsked,
    SignInPassAsked,
    EmailChangeAsked,
    ChangeMade,
    UndoableChangeMade,
    RecoveryAsked,
    RecoveryCodeUsed,
    PasswordDue,
    FactorDue,
    TokenChanged,
    TokenExpiring,
    SubuserChanged,
)

_KINDS: dict[str, type[Notice]] = {
    kind.__name__: kind
    for kind in (CodeSent, PhoneTold, MessageQueued, CodeQueued, ShipmentQueued, PasswordUsed, *LETTERS)
}


class Unreadable(ValueError):
    """The body of a queue message is no notice. The error does not repeat the body, which may hold a code."""


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
