"""The facts about a user that a sign-in needs, the canonical form of a login, and the logins that may be created."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN, Provenance
from shared.domain.rights import Rights
from shared.domain.top_level_domains import GENERIC

FORM = r"[a-z0-9._@+'-]+"
"""The characters of a login: those of addresses in ASCII that mean nothing in a path or to HTTP Basic (RFC 7617)."""

_ADDRESS = r"([a-z0-9._+'-]+)@((?:[a-z0-9-]+\.)+[a-z0-9-]+)"
"""A login that is an e-mail address: its local part, and its domain."""

_LABEL_AT_THE_END = r"\.([a-z]{2,})(?![a-z0-9])"
"""A label that mail programs compare with the top-level domains: what follows a dot, up to a sign that no label has."""

_IPV4 = r"(?<![0-9])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])"

_NUMBER = rf"(?:[0-9][._+'@-]*){{{policy.LOGIN_DIGITS_IN_A_ROW + 1}}}"
"""More digits, whatever signs stand between them, than a login may have in a row."""

RESERVED = frozenset({"operator", "link", "finder", "platform", "none", "many"})
"""What the activity log and audit events say where they name no login. Nobody may act under such a name."""


@dataclass(frozen=True)
class Login:
    """A user as a sign-in sees them: one row tells whether the password is right and which second factor follows.

    `credentials_at` is when the password or a second factor last changed, see `User`.
    """

    login: str
    account_id: str
    user_id: str
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    language: str
    enabled: bool
    idle: timedelta
    has_totp: bool = False
    has_recovery_codes: bool = False
    password_hash: str | None = field(default=None, repr=False)
    longest_idle: timedelta = policy.SESSION_LIFETIME
    """The account's longest idle timeout, copied here so that a sign-in need not read the account."""
    devices_since: datetime = NEVER

    @property
    def session_idle(self) -> timedelta:
        """After how much time without use a session that is opened now ends."""
        return min(self.idle, self.longest_idle)

    credentials_at: datetime = NEVER
    api_password_hash: str | None = field(default=None, repr=False)
    """Hash of the API password, for API clients of accounts with `legacy_api`. It opens no session."""
    own_email: bool = True
    email_at: datetime = NEVER
    """When `email` was last changed, as in `User`."""
    api_provenance: Provenance = UNKNOWN
    """What the API password came from."""
    api_bounds: Rights | None = None
    """The rights of the program with limits that set the API password: whoever shows it stays within them."""
    password_from: datetime = NEVER
    """A password works from this instant on: a rescue switched off every second factor that the user had."""
    given_until: datetime | None = None
    """As in `User`."""
    phone_given: bool | None = None
    """Whether an operator gave `phone`: its user may not have proved it by a code yet."""
    checks_breaches: bool = False
    """As in `Account`, copied here as `longest_idle` is."""
    breach_asked_at: datetime = NEVER
    """When the password was last looked for among leaked ones after a sign-in."""
    invited_at: datetime = NEVER
    """When an invitation was last accepted."""
    invited_from: str = ""
    """The network in which it was accepted, by the name that `auth.networks` gives it."""


def canonical(login: str) -> str:
    """Return *login* in one spelling: stripped, in Unicode form NFKC, case-folded."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()


def fault(login: str) -> str | None:
    """Return why no user may be created with *login*, in canonical form, as a stable code; None if one may.

    Logins stand in e-mails as they are, so none may contain what a mail program shows as a link or as a telephone
    number, or be RESERVED. Users whose login is older than this rule keep it.
    """
    return "reserved" if login in RESERVED else _fault_of_form(login)


def _fault_of_form(login: str) -> str | None:
    if len(login) > policy.MAX_LOGIN_CHARACTERS:
        return "string_too_long"
    if not re.fullmatch(FORM, login) or not re.search("[a-z0-9]", login):
        return "string_pattern_mismatch"
    if _reads_as_host(login):
        return "reads_as_host"
    return "reads_as_number" if re.search(_NUMBER, login) else None


def fault_of_subuser(name: str) -> str | None:
    """Return why no sub-user may have *name*, in canonical form: as `fault`, and it has to be short.

    A RESERVED one may be a part of a login.
    """
    address = re.fullmatch(_ADDRESS, name)
    longest = policy.SUBUSER_ADDRESS_MAX_CHARACTERS if address else policy.SUBUSER_NAME_MAX_CHARACTERS
    local = address[1] if address else name
    if len(name) > longest or len(local) > policy.SUBUSER_NAME_MAX_CHARACTERS:
        return "string_too_long"
    return _fault_of_form(name)


def _reads_as_host(login: str) -> bool:
    """Whether a mail program would show a link in *login* to anything but the mailbox that it is the address of."""
    address = re.fullmatch(_ADDRESS, login)
    text = address[1] if address else login
    labels = re.findall(_LABEL_AT_THE_END, text)
    named = any(len(label) == len("pl") or label in GENERIC for label in labels)
    return named or "www." in text or "xn--" in text or re.search(_IPV4, text) is not None
