"""What a sign-in needs to know of a user, and how a login is compared."""

import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class Login:
    """One row answers whether a password is right and what comes next."""

    login: str
    account_id: str
    user_id: str
    email: str
    phone: str | None
    language: str
    enabled: bool
    idle: timedelta
    password_hash: str | None = field(default=None, repr=False)


def canonical(login: str) -> str:
    """One spelling of *login*: without outer blanks, compatibility forms folded, case folded."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()
