"""The facts about a user that a sign-in needs, and the canonical form of a login."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER


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
    given_until: datetime | None = None
    """As in `User`."""
    checks_breaches: bool = False
    """As in `Account`, copied here as `longest_idle` is."""
    breach_asked_at: datetime = NEVER
    """When the password was last looked for among leaked ones after a sign-in."""


def canonical(login: str) -> str:
    """Return *login* in one spelling: stripped, in Unicode form NFKC, case-folded."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()
