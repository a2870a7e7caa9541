"""Whether a login and a password belong together; every no looks and costs the same."""

from datetime import datetime

from shared.crypto.password_hash import is_password
from shared.domain.logins import Login
from shared.errors import GivenPasswordOver, LoginDisabled, UnknownLogin, WrongPassword


def proved(found: Login | None, password: str, *, now: datetime) -> Login:
    """The login, if there is one and it may sign in with *password*. Every no costs one hash and looks the same.

    Raises UnknownLogin, WrongPassword, LoginDisabled or GivenPasswordOver.
    """
    right = is_password(found.password_hash if found else None, password)
    if found is None:
        raise UnknownLogin
    if not right:
        raise WrongPassword
    if not found.enabled:
        raise LoginDisabled
    if found.given_until and now >= found.given_until:
        raise GivenPasswordOver
    return found
