"""The activity log: what is told of a sign-in or a change, and in which order."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from shared import policy
from shared.domain.accounts import CHANGES, PROFILES
from shared.domain.challenges import FACTORS
from shared.domain.contact_access import RIGHTS
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.domain.ip_lists import NAMES

type Outcome = Literal["success", "started"]
"""Whether the thing is done, or waits for another proof."""

OPERATOR, LINK, FINDER = "operator", "link", "finder"
"""Who acted where no login did: somebody with rights on the stack, whoever held the link from an e-mail, or whoever
held a secret and handed it in.

A program acts under the id of its token, see `actor_of_token`.
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
}
SUBUSER_WORDS = ("description", "permissions", "hours", "points", "senders", "phonebook")
SWITCH = ("on", "off")
WORDS = frozenset(
    (*PROOFS, *ENDINGS, *PROFILES, *CHANGES, *LISTS, *TOKEN_WORDS.values(), *SUBUSER_WORDS, *SWITCH, *RIGHTS)
)
"""All that the detail of an entry may say. What somebody typed is never among it, so no secret slips in."""

ENTRY_PATTERN = f"[0-9]{{8}}T[0-9]{{9}}-[0-9A-Za-z]{{{RECORD_CHARACTERS}}}"
ENTRY_CHARACTERS = len("20000101T000000000-") + RECORD_CHARACTERS

BEHIND_ALL = "~"
"""Sorts behind every character of an entry's id."""


class Event(StrEnum):
    """What can happen. The names are OWASP's (Logging Vocabulary) where it has one, and in its manner where not."""

    LOGIN = "authn_login_success"  # OWASP's
    """A session was opened."""

    LOGIN_CHALLENGED = "authn_login_challenge"
    """The password was right, and a second factor was asked for."""

    CONFIRMED = "authn_step_up"
    """Whoever is signed in gave his password and second factor again, for a sensitive change."""

    CODES_LOCKED = "authn_login_lock"  # OWASP's
    """The most wrong codes in a row that are ever taken."""

    PASSWORD_CHANGED = "authn_password_change"  # noqa: S105 - a name, and OWASP's
    """By the user, with his present password."""

    PASSWORD_RESET = "authn_password_reset"  # noqa: S105 - a name
    """By that link."""

    FACTOR_ADDED = "authn_factor_enabled"
    """A second factor was switched on."""

    FACTOR_CHANGED = "authn_factor_changed"
    """A second factor took the place of another of its kind, as a new phone or app does."""

    FACTOR_REMOVED = "authn_factor_disabled"
    """A second factor was switched off."""

    RECOVERY_CODES_MADE = "authn_recovery_codes_created"
    """New ones were shown, and older ones are void."""

    RECOVERY_CODE_USED = "authn_recovery_code_used"
    """One of them is spent."""

    NOT_ME = "authn_not_me"
    """The link in the e-mail about a new device was followed: it was somebody else."""

    SESSION_ENDED = "session_expired"  # OWASP's, whatever ended it: the detail tells
    """One session ended before its time."""

    OTHERS_ENDED = "session_others_ended"
    """Every session ended but the one that asked for it."""

    ALL_ENDED = "session_all_ended"
    """Every session ended, and every sign-in that was under way."""

    SESSION_LENGTH = "session_length_changed"
    """He chose after how much time without use his sessions end."""

    DEVICE_FORGOTTEN = "device_forgotten"
    """A known device is a stranger again."""

    EMAIL_CHANGE_ASKED = "user_email_change_request"
    """A link that proves a new address was sent to it."""

    EMAIL_CHANGED = "user_email_changed"
    """The new address was proved."""

    POLICY_CHANGED = "account_policy_changed"
    """The account's owner decided something for everybody in it."""

    LIST_CHANGED = "account_ip_list_changed"
    """From which addresses people or machines may come was decided, for good or on trial."""

    LIST_CONFIRMED = "account_ip_list_confirmed"
    """A list that was on trial counts for good."""

    LISTS_OPENED = "account_ip_lists_opened"
    """Both lists were switched off, by a recovery code or by an operator: everybody may come from anywhere."""

    CODES_CLOSED = "account_codes_closed"
    """Too many wrong codes of SMS Authenticator came in an hour: the account's are closed until it is over."""

    CODES_CHANGED = "account_codes_changed"
    """How long SMS Authenticator's codes are, or how long they live, was decided."""

    LEGACY_API_ON = "account_legacy_api_enabled"
    """From now on programs may show a login and an API password."""

    LEGACY_API_OFF = "account_legacy_api_disabled"
    """No more of them are taken."""

    POINTS_ADDED = "account_points_added"
    """An operator wrote down points that the account has bought."""

    COUNTRIES_CHANGED = "account_countries_changed"
    """An operator decided to which countries the account may send."""

    API_PASSWORD_SET = "authn_api_password_set"  # noqa: S105 - a name
    """The password that his programs show is a new one."""

    API_PASSWORD_REMOVED = "authn_api_password_removed"  # noqa: S105 - a name
    """His programs have none any more."""

    SENDER_ADDED = "account_sender_added"
    """A name that messages can be sent under, once an operator has approved it."""

    SENDER_REMOVED = "account_sender_removed"
    """Nothing is sent under it any more."""

    SENDER_DEFAULT = "account_sender_default"
    """Messages that name no sender go under it."""

    SENDER_SWITCHED = "account_sender_switched"
    """An operator approved a name, or took that back: the detail tells."""

    USER_CREATED = "user_created"  # OWASP's
    """There is a login for him."""

    USER_CHANGED = "user_updated"  # OWASP's
    """The account's owner decided anew what a sub-user may do: the detail tells of what, and no values."""

    USER_DELETED = "user_deleted"
    """The sub-user is gone, and anybody may have his login."""

    PASSWORD_GIVEN = "authn_password_given"  # noqa: S105 - a name
    """The account's owner gave a sub-user a password for one sign-in."""

    USER_DISABLED = "user_disabled"
    """He is not let in any more, and his sessions ended."""

    USER_ENABLED = "user_enabled"
    """He is let in again."""

    INVITED = "user_invited"
    """A link to set the first password was sent to him."""

    INVITATION_ACCEPTED = "user_invitation_accepted"
    """By that link."""

    API_TOKEN_CREATED = "authn_token_created"  # noqa: S105 - a name, and OWASP's
    """A token for programs was made, or a client that gets tokens for its secret."""

    API_TOKEN_CHANGED = "authn_token_changed"  # noqa: S105 - a name
    """It was named anew, narrowed, switched, or ends at another time: the detail tells."""

    API_TOKEN_ROTATED = "authn_token_rotated"  # noqa: S105 - a name
    """It got a new secret."""

    API_TOKEN_DELETED = "authn_token_delete"  # noqa: S105 - a name, and OWASP's
    """It works no longer."""

    GROUP_SHARED = "account_group_shared"
    """What he may do with a group of contacts was decided: the detail tells what, and `off` that it is nothing."""

    GROUP_DELETED = "account_group_deleted"
    """A group of contacts is gone, and with it what anybody might do with it."""

    CONTACTS_DELETED = "account_contacts_deleted"
    """All contacts were deleted, or all of a group: `about` says of which."""

    API_TOKEN_FOUND = "authn_token_found"  # noqa: S105 - a name
    """Somebody found its secret, or an access token of a client, and handed it in: that secret works no longer."""


@dataclass(frozen=True)
class ActivityEntry:
    """Something that happened to a user.

    `actor` is the login that did it, OPERATOR, LINK, FINDER, or a program's token.
    `about` is the id of the thing that it happened with, where there are several of a kind; empty for others.
    `event` is text here, so that an entry can still be shown once its name has left the vocabulary.
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


@dataclass(frozen=True)
class Search:
    """Entries wanted, the newest first: up to `limit`, older than the entry `before`.

    Not earlier than `since` and earlier than `until`, both to the millisecond.
    """

    before: str | None = None
    event: Event | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = policy.ACTIVITY_PAGE

    def bounds(self, *, now: datetime) -> tuple[str, str]:
        """The lowest and the highest id to be shown now; where the lowest is the higher one there is nothing."""
        lowest, highest = [_stamp(now - policy.ACTIVITY_KEPT_FOR) + BEHIND_ALL], [BEHIND_ALL]
        if self.since:
            lowest.append(_stamp(self.since))
        if self.until:
            highest.append(_stamp(self.until))
        if self.before:
            highest.append(_next_below(self.before))
        return max(lowest), min(highest)


def actor_of_token(token_id: str) -> str:
    """Who acted where a program did, whose token has that id."""
    return f"token:{token_id}"


def entry_id(record_id: str, *, at: datetime) -> str:
    """Sorts by time, to the millisecond. *record_id* names the user, and tells apart what happens at once."""
    return f"{_stamp(at)}-{record_id}"


def is_entry_id(text: str) -> bool:
    """Whether *text* could be the id of an entry."""
    return re.fullmatch(ENTRY_PATTERN, text) is not None


def _stamp(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}{utc.microsecond // 1000:03}"


def _next_below(entry_id: str) -> str:
    """Ids are of one length, so that none lies between this text and the id."""
    return entry_id[:-1] + chr(ord(entry_id[-1]) - 1)
