"""Flows of sub-users: list them, and read one."""

from datetime import datetime

from shared.auth.principals import Principal
from shared.domain.identifiers import USER_CHARACTERS, account_of
from shared.domain.points import Points
from shared.domain.subusers import Subuser
from shared.domain.users import User
from shared.errors import UnknownSubuser
from shared.storage import logins, subusers, wallets


def shown_to(principal: Principal, text: str = "") -> list[Subuser]:
    """Return the account's sub-users whose login contains *text*, in any case."""
    every = subusers.of_account(principal.user.account_id)
    return [one for one in every if text.casefold() in one.user.login]


def find(principal: Principal, user_id: str) -> Subuser:
    """Return a sub-user of the account. Raises UnknownSubuser, also for one of another account (ASVS V8.2.2)."""
    # An id begins with its account's, so another account's sub-user is refused without a read.
    is_ours = len(user_id) == USER_CHARACTERS and account_of(user_id) == principal.user.account_id
    found = subusers.find(user_id) if is_ours else None
    if found is None:
        raise UnknownSubuser
    return found


def find_named(principal: Principal, *names: str) -> Subuser:
    """Return the sub-user whose login is the first of *names*, which are canonical, that is one of the account's.

    Raises UnknownSubuser.
    """
    account_id = principal.user.account_id
    found = [login.user_id for login in logins.find_each(names) if login and account_of(login.user_id) == account_id]
    ours = [user_id for user_id in found if user_id != principal.user.user_id]
    if not ours:
        raise UnknownSubuser
    return find(principal, ours[0])


def available(user: User, *, now: datetime) -> Points:
    """Return how many points *user* may spend."""
    return wallets.available(user, now=now)
