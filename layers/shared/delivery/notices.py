"""Delivery: what there is to tell people, and how it is written on the queue."""

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

CHANGES = (
    "password_changed",
    "password_reset",
    "sms_on",
    "sms_changed",
    "sms_off",
    "totp_on",
    "totp_off",
    "recovery_codes_made",
    "email_changed",
    "password_policy_changed",
    "not_me",
    "panel_list_changed",
    "panel_list_tried",
    "panel_list_confirmed",
    "api_list_changed",
    "lists_opened",
    "api_password_set",
    "api_password_removed",
    "legacy_api_on",
    "legacy_api_off",
    "session_found",
    "password_given",
)
"""What `ChangeMade` can tell of."""

TOKEN_CHANGES = ("created", "rotated", "deleted", "found")
"""What `TokenChanged` can tell of."""

SUBUSER_CHANGES = ("created", "password_given", "disabled", "enabled", "deleted")
"""What `SubuserChanged` can tell of."""


@dataclass(frozen=True)
class CodeSent:
    """A code for a phone."""

    id: str
    phone: str = field(repr=False)
    language: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class MessageQueued:
    """A customer's message for a phone, as it is; `together` is how many were ordered at once.

    Its id is the message's, so that it leads to the shipment.
    """

    id: str
    account_id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    sender: str
    together: int


@dataclass(frozen=True)
class CodeQueued(MessageQueued):
    """A customer's message that is of no use from an instant on."""

    expires_at: datetime


@dataclass(frozen=True)
class ShipmentQueued:
    """Messages to several phones that were ordered at once."""

    id: str
    account_id: str
    shipment_id: str


@dataclass(frozen=True)
class Letter:
    """What goes to the mailbox of a login's user."""

    id: str
    email: str = field(repr=False)
    language: str
    login: str


@dataclass(frozen=True)
class NewDeviceSeen(Letter):
    """A sign-in from a device that was not seen before, with the link "it was not me"."""

    at: datetime
    address: str
    device: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class AccountInvited(Letter):
    """A link with which the owner of a new login sets the first password."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class CodesWereLocked(Letter):
    """Codes are closed after the most wrong ones that are ever taken."""

    at: datetime


@dataclass(frozen=True)
class PasswordResetAsked(Letter):
    """A link to set a new password. Without an e-mail address it is for a login that does not exist."""

    token: str = field(repr=False)
    expires_at: datetime
    at: datetime
    address: str


@dataclass(frozen=True)
class EmailChangeAsked(Letter):
    """A link that proves a new e-mail address. It goes there, and not to the old one."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class ChangeMade(Letter):
    """Something that guards the login is not as it was; `change` is one of CHANGES."""

    change: str
    at: datetime
    address: str

    def __post_init__(self) -> None:
        if self.change not in CHANGES:
            raise ValueError("no change that there are words for")


@dataclass(frozen=True)
class RecoveryCodeUsed(Letter):
    """A recovery code was spent, and so many are left."""

    left: int
    at: datetime
    address: str


@dataclass(frozen=True)
class PasswordDue(Letter):
    """The account asks for a new password. `forced`: from `due_at` on there is no way past it."""

    due_at: datetime
    forced: bool


@dataclass(frozen=True)
class TokenChanged(Letter):
    """An API token is not as it was; `change` is one of TOKEN_CHANGES, `by` is who did it, as in the activity log."""

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
    """What the account's owner is told of a sub-user; `change` is one of SUBUSER_CHANGES, `by` as in `TokenChanged`."""

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
    """An API token ends soon."""

    name: str
    last_four: str
    expires_at: datetime


type Notice = CodeSent | MessageQueued | ShipmentQueued | Letter

LETTERS = (
    NewDeviceSeen,
    AccountInvited,
    CodesWereLocked,
    PasswordResetAsked,
    EmailChangeAsked,
    ChangeMade,
    RecoveryCodeUsed,
    PasswordDue,
    TokenChanged,
    TokenExpiring,
    SubuserChanged,
)

_KINDS: dict[str, type[Notice]] = {
    kind.__name__: kind for kind in (CodeSent, MessageQueued, CodeQueued, ShipmentQueued, *LETTERS)
}


class Unreadable(ValueError):
    """A message that is no notice of ours. What it says is not repeated, as it may hold a code."""


def write(notice: Notice) -> str:
    """*notice* as the body of a message."""
    return json.dumps({"kind": type(notice).__name__, **vars(notice)}, default=datetime.isoformat)


def read(body: str) -> Notice:
    """The notice that *body* was written from."""
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
