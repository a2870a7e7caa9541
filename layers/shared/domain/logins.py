"""What a sign-in needs to know of a user, and how a login is compared."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER


@dataclass(frozen=True)
class Login:
    """One row answers whether a password is right and what comes next.

    `credentials_at` is when password or second factors last changed, see `User`.
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
    """What his account allows, so that a sign-in need not read it."""
    devices_since: datetime = NEVER

    @property
    def session_idle(self) -> timedelta:
        """How long a session that he opens now lives without use."""
        return min(self.idle, self.longest_idle)

    credentials_at: datetime = NEVER
    api_password_hash: str | None = field(default=None, repr=False)
    """Of the password that his programs show, where the account takes such. It opens no session."""
    own_email: bool = True
    given_until: datetime | None = None
    """As in `User`."""


def canonical(login: str) -> str:
    """One spelling of *login*: without outer blanks, compatibility forms folded, case folded."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()
