"""The activity log: its events, its entries, and the order and search of entries."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from shared.domain.account_recovery import EMAIL, PHONE
from shared.domain.account_recovery import FACTORS as FACTORS_OF_USER
from shared.domain.accounts import CHANGES, PROFILES
from shared.domain.challenges import FACTORS
from shared.domain.contact_access import RIGHTS
from shared.domain.failure_marks import MANY, FailureMarks, Mark, Times
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.domain.ip_lists import NAMES
from shared.domain.standing import REASONS
from shared.domain.users import User

type Outcome = Literal["success", "started", "failure"]
"""Whether the action is done, waits for another proof, or was refused."""

OPERATOR, LINK, FINDER, PLATFORM = "operator", "link", "finder", "platform"
"""Actors that are no login: an operator, the holder of a link from an e-mail, the finder of a leaked secret, and we
ourselves. An API client is named by its token, see `actor_of_token`.
"""

PROOFS = ("password", *FACTORS)
ENDINGS = ("logout", "revoked", "replaced")
LISTS = (*NAMES, "trial")
TOKEN_WORDS = {
    "name": "name",
    "description": "description",
    "scopes": "scopes",
    "expires_at": "expiration_date",
    "hides_codes": "hide_codes",
    "may_create_people": "may_create_people",
}
SUBUSER_WORDS = ("description", "permissions", "hours", "points", "senders", "phonebook")
SWITCH = ("on", "off")
MANY_NETWORKS = "many_networks"
BREAK_GLASS = "break_glass"
REFUSALS = (
    "address_not_allowed",
    BREAK_GLASS,
    "codes_locked",
    "password_held",
    "sms_limit_reached",
    "too_many_challenges",
    "too_many_codes",
    "too_many_new_devices",
)
"""Codes of refusals of a right password, and where IP lists are turned off."""
OPERATOR_CHANGES = (EMAIL, PHONE, FACTORS_OF_USER)
_OF_CHANGES = (*PROOFS, *ENDINGS, *PROFILES, *CHANGES, *LISTS, *TOKEN_WORDS.values(), *SUBUSER_WORDS, *SWITCH, *RIGHTS)
WORDS = frozenset((*_OF_CHANGES, *OPERATOR_CHANGES, MANY_NETWORKS, *REFUSALS, *REASONS))
"""The words that `detail` may consist of. What a user typed is never among them, so no secret gets into the log."""

ENTRY_PATTERN = f"[0-9]{{8}}T[0-9]{{9}}-[0-9A-Za-z]{{{RECORD_CHARACTERS}}}"
ENTRY_CHARACTERS = len("20000101T000000000-") + RECORD_CHARACTERS


class Event(StrEnum):
    """Events of the activity log. Names are those of OWASP's Logging Vocabulary, or formed like them if it has none."""

    LOGIN = "authn_login_success"  # OWASP's
    """A session was opened."""

    LOGIN_CHALLENGED = "authn_login_challenge"
    """The password was right, and a second factor was asked for."""

    LOGIN_FAILED = "authn_login_fail"  # OWASP's
    """Sign-ins from one network were refused within an hour, with a wrong password or from outside the IP list."""

    LOGIN_REFUSED = "authn_login_refused"
    """A right password opened nothing. The detail is one of REFUSALS: once an hour for each, by network and browser."""

    CODES_FAILED = "authn_code_fail"
    """Codes of a second factor from one network were wrong within an hour."""

    CONFIRMED = "authn_step_up"
    """A signed-in user confirmed password and second factor, for a sensitive change."""

    CODES_LOCKED = "authn_login_lock"  # OWASP's
    """Second factors were locked, after `policy.MAX_CODE_ATTEMPTS` wrong codes in a row."""

    PASSWORD_CHANGED = "authn_password_change"  # noqa: S105 - a name, and OWASP's
    """The user changed the password, with the present one."""

    PASSWORD_RESET = "authn_password_reset"  # noqa: S105 - a name
    """A new password was set with a link from an e-mail."""

    FACTOR_ADDED = "authn_factor_enabled"
    """A second factor was switched on."""

    FACTOR_CHANGED = "authn_factor_changed"
    """A second factor was replaced by another of its kind, such as a new phone or app."""

    FACTOR_REMOVED = "authn_factor_disabled"
    """A second factor was switched off."""

    RECOVERY_CODES_MADE = "authn_recovery_codes_created"
    """New recovery codes were made, and older ones are void."""

    RECOVERY_CODE_USED = "authn_recovery_code_used"
    """A recovery code was used."""

    PASSWORD_LEAKED = "authn_password_leaked"  # noqa: S105 - a name
    """The password turned out to be among leaked ones: the next session can only change it."""

    NOT_ME = "authn_not_me"
    """The link "it was not me" in the e-mail about a new device was used."""

    SESSION_ENDED = "session_expired"  # OWASP's, whatever ended it
    """One session ended before its time. The detail is one of ENDINGS."""

    OTHERS_ENDED = "session_others_ended"
    """Every session but the one that asked for it was ended."""

    ALL_ENDED = "session_all_ended"
    """Every session, and every sign-in that was not complete, was ended."""

    SESSION_LENGTH = "session_length_changed"
    """The user chose after how much time without use their sessions end."""

    DEVICE_FORGOTTEN = "device_forgotten"
    """A device is no longer known."""

    EMAIL_CHANGE_ASKED = "user_email_change_request"
    """A link that proves a new address was sent to it."""

    EMAIL_CHANGE_CANCELLED = "user_email_change_cancelled"
    """The user cancelled a change of the address before it was proved."""

    RECOVERY_ASKED = "user_recovery_request"
    """Operators began to recover a login whose user lost address, phone or factors. It waits for its time."""

    RECOVERY_CANCELLED = "user_recovery_cancelled"
    """That recovery was cancelled, by the user or by operators."""

    RECOVERED = "user_recovered"
    """Operators changed the address, the phone or the factors of a login, which the detail names."""

    CHANGE_UNDONE = "user_change_undone"
    """A change of the address or the phone was undone, with the link in the e-mail about it."""

    CONFIRMED_SUSPENDED = "user_suspended_confirmed"
    """The user confirmed what a rescue had suspended. The entry is about a token, or in the log of a sub-user."""

    EMAIL_CHANGED = "user_email_changed"
    """The new address was proved."""

    POLICY_CHANGED = "account_policy_changed"
    """The owner changed the account's rules for passwords or the longest session."""

    LIST_CHANGED = "account_ip_list_changed"
    """An IP list was changed, for good or on trial."""

    LIST_CONFIRMED = "account_ip_list_confirmed"
    """An IP list that was on trial was confirmed."""

    LISTS_OPENED = "account_ip_lists_opened"
    """Both IP lists were switched off, with a recovery code or by an operator."""

    CODES_GUESSED = "account_codes_guessed"
    """Too many codes of SMS Authenticator were wrong in an hour: each number has half its tries for a while."""

    CODES_CHANGED = "account_codes_changed"
    """The number of digits or the lifetime of SMS Authenticator's codes was changed."""

    LEGACY_API_ON = "account_legacy_api_enabled"
    """API clients may authenticate with a login and an API password from now on."""

    LEGACY_API_OFF = "account_legacy_api_disabled"
    """API passwords are no longer accepted."""

    CHANGES_BY_GET = "account_changes_by_get_changed"
    """Whether API clients may send, remove and change with GET was changed."""

    NOTIFY_URL_CHANGED = "account_notify_url_changed"
    """The URL that is called about the account's messages was set or removed."""

    ACCOUNT_SUSPENDED = "account_suspended"
    """An operator suspended the account."""

    ACCOUNT_RESUMED = "account_resumed"
    """An operator ended the account's suspension."""

    POINTS_ADDED = "account_points_added"
    """An operator added points that the account has bought."""

    COUNTRIES_CHANGED = "account_countries_changed"
    """An operator changed the countries abroad that the account may send to."""

    API_PASSWORD_SET = "authn_api_password_set"  # noqa: S105 - a name
    """The user set an API password."""

    API_PASSWORD_REMOVED = "authn_api_password_removed"  # noqa: S105 - a name
    """The user removed the API password."""

    SENDER_ADDED = "account_sender_added"
    """A sender name was added. It can be used once an operator has approved it."""

    SENDER_REMOVED = "account_sender_removed"
    """A sender name was removed."""

    SENDER_DEFAULT = "account_sender_default"
    """A sender name was made the account's default."""

    SENDER_SWITCHED = "account_sender_switched"
    """An operator approved a sender name, or withdrew the approval. The detail is one of SWITCH."""

    USER_CREATED = "user_created"  # OWASP's
    """A user was created."""

    USER_CHANGED = "user_updated"  # OWASP's
    """The owner changed what a sub-user may do. The detail names the fields (SUBUSER_WORDS), without values."""

    USER_CONFIRMED = "user_confirmed"
    """The owner confirmed a sub-user whom a program with limits had made or changed: they are free of these."""

    USER_DELETED = "user_deleted"
    """A sub-user was deleted, and the login is free again."""

    PASSWORD_GIVEN = "authn_password_given"  # noqa: S105 - a name
    """The owner gave a sub-user a password that works for one sign-in."""

    USER_DISABLED = "user_disabled"
    """A user was disabled, and their sessions were ended."""

    USER_ENABLED = "user_enabled"
    """A user was enabled."""

    INVITED = "user_invited"
    """A link to set the first password was sent to a user."""

    INVITATION_ACCEPTED = "user_invitation_accepted"
    """A user set the first password with that link."""

    API_TOKEN_CREATED = "authn_token_created"  # noqa: S105 - a name, and OWASP's
    """An API token or an OAuth client was created."""

    API_TOKEN_CHANGED = "authn_token_changed"  # noqa: S105 - a name
    """An API token or OAuth client was changed. The detail names the fields (TOKEN_WORDS), or is one of SWITCH."""

    API_TOKEN_ROTATED = "authn_token_rotated"  # noqa: S105 - a name
    """An API token or OAuth client got a new secret."""

    API_TOKEN_DELETED = "authn_token_delete"  # noqa: S105 - a name, and OWASP's
    """An API token or OAuth client was deleted."""

    ACCESS_TOKEN_ISSUED = "authn_access_token_created"  # noqa: S105 - a name
    """An OAuth client got access tokens: one entry for all of an hour, from one network."""

    ACCESS_TOKEN_REVOKED = "authn_access_token_revoked"  # noqa: S105 - a name
    """Access tokens of an OAuth client were revoked: one entry for all of an hour, from one network."""

    GROUP_SHARED = "account_group_shared"
    """A sub-user's permissions on a group of contacts were set. The detail is some of RIGHTS, or `off` for none."""

    GROUP_DELETED = "account_group_deleted"
    """A group of contacts was deleted, with all permissions on it."""

    CONTACTS_DELETED = "account_contacts_deleted"
    """All contacts of the account were deleted, or all of the group that `about` names."""

    MESSAGES_STOPPED = "account_messages_stopped"
    """Messages of one order did not leave: what they need was taken away. The detail is the reason (REASONS)."""

    MESSAGES_WITHDRAWN = "account_messages_withdrawn"
    """Messages that waited were withdrawn by one request. `about` is the token if it named one."""

    SENDING_SWITCHED = "account_sending_switched"
    """Messages and codes of the account's programs were stopped, or may leave again. The detail is one of SWITCH."""

    API_TOKEN_FOUND = "authn_token_found"  # noqa: S105 - a name
    """The secret of an API token or OAuth client, or an access token, was reported as leaked and revoked."""


@dataclass(frozen=True)
class ActivityEntry:
    """One event that concerns one user.

    `actor` is the login that acted, or OPERATOR, LINK, FINDER, PLATFORM, or an API client (see `actor_of_token`).
    `about` is the id of the session, device, token or other record that was acted on, empty if there is none.
    `event` is text, not an `Event`, so that old entries can be shown after a name has left the vocabulary. `times` is
    how often it happened, from `at` to `last_at`, if several are one entry; the address is a network then. `proof` is
    how the actor proved who they are, in words of `audit_events.PROOF_WORDS`; empty in older entries, and for failed
    attempts.
    """

    entry_id: str
    account_id: str
    user_id: str
    at: datetime
    event: str
    actor: str
    address: str
    device: str
    outcome: str
    request_id: str
    detail: str
    about: str = ""
    times: int = 1
    last_at: datetime | None = None
    proof: str = ""


FAILURES = (Event.LOGIN_FAILED, Event.CODES_FAILED)
"""Events that no entry is written of: they are read from the rows that count attempts."""


def failures_entries(event: Event, user: User, marks: FailureMarks, *, now: datetime) -> list[ActivityEntry]:
    """Return an entry for each mark of the user's failed attempts. None is older than the user, who may have the login
    of another one.
    """
    shown = marks.shown(since=user.created_at, now=now)
    return [_failures_entry(event, user, mark, times, count) for mark, times, count in shown]


def _failures_entry(event: Event, user: User, mark: Mark, times: Times, count: int) -> ActivityEntry:
    # An id that stays the same while more attempts are counted, so that a page goes on where the last one ended.
    name = sha256(f"{event} {mark.hour} {mark.network}".encode()).hexdigest()
    return ActivityEntry(
        entry_id=entry_id((user.user_id + name)[:RECORD_CHARACTERS], at=times.first_at),
        account_id=user.account_id,
        user_id=user.user_id,
        at=times.first_at,
        event=event,
        actor="",
        address="" if mark.network == MANY else mark.network,
        device="",
        outcome="failure",
        request_id="",
        detail=MANY_NETWORKS if mark.network == MANY else "",
        times=count,
        last_at=times.last_at,
    )


def actor_of_token(token_id: str) -> str:
    """Return the actor for an action of the API client whose token has this id."""
    return f"token:{token_id}"


def entry_id(record_id: str, *, at: datetime) -> str:
    """Return an entry's id. Ids sort by time, in milliseconds; *record_id* makes them unique and names the user."""
    return f"{stamp(at)}-{record_id}"


def hour_start(at: datetime) -> datetime:
    """Return the start of the hour, in UTC, under which events of that hour are counted."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def is_entry_id(text: str) -> bool:
    """Whether *text* has the form of an entry's id."""
    return re.fullmatch(ENTRY_PATTERN, text) is not None


def stamp(at: datetime) -> str:
    """Return the beginning of the ids of entries at *at*."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}{utc.microsecond // 1000:03}"
