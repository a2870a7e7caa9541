"""Checking a login and a password. Every failure looks the same and takes the same time (ASVS V6.3.8)."""

from datetime import datetime

from shared.crypto import password_hash
from shared.domain.logins import Login
from shared.errors import GivenPasswordOver, LoginDisabled, PasswordHeld, UnknownLogin, WrongPassword


def check(found: Login | None, password: str, *, now: datetime) -> Login:
    """Return the login if it exists, *password* is right, and it may sign in.

    Raises UnknownLogin, WrongPassword, LoginDisabled, or GivenPasswordOver if a given password has expired. All of
    them look like WrongPassword from outside. Raises PasswordHeld for the right password while a rescue holds it back.
    """
    # One hash whatever is wrong: an unknown login costs as much as a wrong password.
    right = password_hash.is_password(found.password_hash if found else None, password)
    if found is None:
        raise UnknownLogin
    if not right:
        raise WrongPassword
    if not found.enabled:
        raise LoginDisabled
    if now < found.password_from:
        raise PasswordHeld(retry_after=found.password_from - now)
    if found.given_until and now >= found.given_until:
        raise GivenPasswordOver
    return found
