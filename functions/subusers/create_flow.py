"""Flow of a new sub-user, created by the owner of the account or a client of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import policy
from shared.auth import attempt_limits
from shared.auth.principals import OwnRow, Principal
from shared.crypto import randomness
from shared.delivery import queue
from shared.domain import email_addresses
from shared.domain.activity import Event
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.subusers import NO_LIMITS, Limits, Secrets, Subuser
from shared.domain.tokens import written
from shared.domain.users import User
from shared.errors import NotAnEmail
from shared.storage import accounts, groups, logins, reminders, users
from shared.storage.engine import commit
from subusers import given_passwords, letters, purse_limits
from subusers.subuser_scopes import ROLE, must_be_givable, with_contacts


@dataclass(frozen=True)
class WantedSubuser:
    """A sub-user to be created.

    `login` is canonical, `name` the part of it that the owner chose. `facts` are fields of `User` by name; without
    `permissions` the sub-user gets every scope of the role that their creator has.
    """

    login: str
    name: str
    secrets: Secrets
    facts: Mapping[str, Any]
    limits: Limits = NO_LIMITS


def create(principal: Principal, order: WantedSubuser, *, origin: Origin, now: datetime) -> Subuser:
    """Create a sub-user with login, purse, shared groups and reminder, all or nothing.

    Made by a program with limits, they stay within these until the owner confirms them. Raises ExceedsOwnScopes,
    WeakGivenPassword, TooManyNames, LoginTaken or SubuserQuotaReached.
    """
    user = _new_user(principal, order, now=now)
    must_be_givable(principal, user)
    given_passwords.must_be_strong(order.secrets, user, principal.account, second_factor=False)
    # Counted by a write of its own, since LoginTaken tells that a login of another account exists: the count must stay
    # when the transaction below is refused.
    commit(attempt_limits.recording_login_choice(user.account_id, now=now))
    commit(
        logins.adding(_new_login(user, order.secrets, principal)),
        attempt_limits.giving_back_login_choice(user.account_id, now=now),
        accounts.counting_subuser(user.account_id),
        users.adding(user),
        *purse_limits.limiting(None, user.user_id, order.limits, now=now),
        *([groups.sharing_all(user.user_id, True)] if user.phonebook else []),
        reminders.scheduling(user, principal.account, password_set_at=user.password_set_at),
        principal.noting(Event.USER_CREATED, origin, user_id=user.user_id, now=now),
        *principal.still_allowed(writing=[OwnRow.ACCOUNT]),
    )
    queue.tell(letters.to_owner("created", user, principal, origin, now=now))
    return Subuser(user, purse_limits.limited(None, user.user_id, order.limits, now=now))


def _new_user(principal: Principal, order: WantedSubuser, *, now: datetime) -> User:
    """Return the user to be stored, disabled unless the order says otherwise.

    If the chosen name is not an e-mail address, the sub-user's e-mails go to the account's owner.
    """
    owner = principal.user
    address = _email_address(order.name)
    user = User(
        account_id=owner.account_id,
        user_id=randomness.user_id(owner.account_id),
        login=order.login,
        enabled=False,
        created_at=now,
        email=address or owner.email,
        language=owner.language,
        owner=False,
        password_set_at=now,
        credentials_at=now,
        permissions=_default_permissions(principal),
        own_email=address is not None,
        given_until=now + policy.GIVEN_PASSWORD_LIFETIME,
        provenance=principal.provenance,
        bounds=principal.bounds_of_people,
    )
    user = replace(user, **order.facts)
    return replace(user, **with_contacts(user)) if user.phonebook else user


def _new_login(user: User, secrets: Secrets, principal: Principal) -> Login:
    """Return the login row that belongs to *user*, with the hashes of the passwords given."""
    account = principal.account
    return Login(
        login=user.login,
        account_id=user.account_id,
        user_id=user.user_id,
        email=user.email,
        phone=None,
        language=user.language,
        enabled=user.enabled,
        idle=policy.SESSION_IDLE,
        longest_idle=account.longest_idle,
        checks_breaches=account.checks_breaches,
        credentials_at=user.credentials_at,
        own_email=user.own_email,
        given_until=user.given_until,
        api_provenance=user.provenance,
        api_bounds=principal.bounds,
        password_hash=given_passwords.hash_of_password(secrets),
        api_password_hash=given_passwords.hash_of_api_password(secrets),
    )


def _default_permissions(principal: Principal) -> str | None:
    """Return the default scopes of a new sub-user. None: every scope of the role, including ones added later."""
    own = principal.scopes
    return None if own >= ROLE else written(ROLE & own)


def _email_address(name: str) -> str | None:
    """Return *name* if it is an e-mail address."""
    try:
        return email_addresses.mailable(name)
    except NotAnEmail:
        return None
