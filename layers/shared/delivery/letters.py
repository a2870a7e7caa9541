"""Delivery: the e-mails to users, one kind of notice each."""

from dataclasses import dataclass, field
from datetime import datetime

CHANGES = (
    "password_changed",
    "totp_on",
    "totp_off",
    "recovery_codes_made",
    "email_changed",
    "password_policy_changed",
    "not_me",
    "not_me_for_subuser",
    "not_me_earlier",
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
    "sending_on",
    "sending_off",
    "changes_by_get_on",
    "changes_by_get_off",
    "notify_url_changed",
    "session_found",
    "password_given",
    "account_suspended",
    "account_resumed",
    "password_leaked",
)
"""Values of `ChangeMade.change`. Each has texts of its own in `words_en` and `words_pl`."""

UNDOABLE_CHANGES = ("email_changed", "sms_on", "sms_changed", "sms_off")
"""Values of `UndoableChangeMade.change`."""

TOKEN_CHANGES = ("created", "rotated", "deleted", "found", "many")
"""Values of `TokenChanged.change`. `many`: of several changes, of which this letter names the first."""

SUBUSER_CHANGES = ("created", "password_given", "disabled", "enabled", "deleted", "many")
"""Values of `SubuserChanged.change`, as in TOKEN_CHANGES."""


@dataclass(frozen=True)
class Letter:
    """An e-mail to a user. Each subclass is one kind of e-mail.

    `reader_id` is the id of that user, empty in letters that were queued before there was this field.
    """

    id: str
    email: str = field(repr=False)
    language: str
    login: str
    reader_id: str = field(default="", kw_only=True)


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
class CodesGuessed(Letter):
    """Too many codes of SMS Authenticator that the user `by` sent were wrong: told to the account's owner."""

    by: str
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


LETTERS = (
    NewDeviceSeen,
    PasswordGiven,
    NewDevicesStopped,
    PasswordWasReset,
    AccountInvited,
    CodesWereLocked,
    CodesGuessed,
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
