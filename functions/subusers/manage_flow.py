"""Flows of sub-users: create, list, read, change and delete them, as the owner of the account or a client of theirs."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any

from pydantic.networks import validate_email
from pydantic_core import PydanticCustomError

from shared import policy
from shared.auth import attempt_limits, password_rules
from shared.auth.principals import Principal
from shared.crypto import password_hash, randomness
from shared.delivery import account_mail, queue
from shared.delivery.notices import Notice, SubuserChanged
from shared.domain.accounts import Account
from shared.domain.activity import Event
from shared.domain.identifiers import USER_CHARACTERS, account_of
from shared.domain.instants import month_of
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.scopes import ROLES
from shared.domain.subusers import NO_LIMITS, NO_SECRETS, Limits, Secrets, Subuser
from shared.domain.tokens import written
from shared.domain.users import User
from shared.errors import ExceedsOwnScopes, Unavailable, UnknownSubuser, WeakGivenPassword
from shared.storage import (
    accounts,
    factors,
    groups,
    logins,
    password_history,
    reminders,
    subusers,
    tokens,
    users,
    wallets,
)
from shared.storage.engine import Write, commit
from shared.storage.wallets import PurseChanged

ROLE = ROLES["subuser"]
CONTACTS = "contacts"
MOST_REMOVED_AT_ONCE = 25

SWITCHED = {True: (Event.USER_ENABLED, "enabled"), False: (Event.USER_DISABLED, "disabled")}
"""The event for the activity log and the change named in the e-mail, by whether the sub-user is enabled."""


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


@dataclass(frozen=True)
class Changes:
    """Changes to a sub-user: `facts` are fields of `User` by name."""

    secrets: Secrets = NO_SECRETS
    facts: Mapping[str, Any] | None = None
    limits: Limits = NO_LIMITS


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


def find_named(principal: Principal, login: str) -> Subuser:
    """Return the sub-user with this login; *login* is canonical. Raises UnknownSubuser."""
    found = logins.find(login)
    if found is None:
        raise UnknownSubuser
    return find(principal, found.user_id)


def available(user: User, *, now: datetime) -> Points:
    """Return how many points *user* may spend."""
    return wallets.available(user, now=now)


def create(principal: Principal, order: WantedSubuser, *, origin: Origin, now: datetime) -> Subuser:
    """Create a sub-user with login, purse, shared groups and reminder, all or nothing.

    Raises ExceedsOwnScopes, WeakGivenPassword, TooManyNames, LoginTaken or SubuserQuotaReached.
    """
    user = _made(principal, order, now=now)
    _must_be_givable(principal, user)
    _must_be_strong(order.secrets, user, principal.account, second_factor=False)
    # Counted by a write of its own, since LoginTaken tells that a login of another account exists: the count must stay
    # when the transaction below is refused.
    commit(attempt_limits.recording_login_choice(user.account_id, now=now))
    commit(
        logins.adding(_login(user, order.secrets, principal.account)),
        accounts.counting_subuser(user.account_id),
        users.adding(user),
        *_limiting(None, user.user_id, order.limits, now=now),
        *([groups.sharing_all(user.user_id, True)] if user.phonebook else []),
        _reminding(user, principal.account),
        principal.noting(Event.USER_CREATED, origin, user_id=user.user_id, now=now),
        *principal.still_allowed(),
    )
    queue.tell(_letter("created", user, principal, origin, now=now))
    return Subuser(user, _limited(None, user.user_id, order.limits, now=now))


def change(principal: Principal, before: Subuser, wanted: Changes, *, origin: Origin, now: datetime) -> Subuser:
    """Change a sub-user, and return them as they are then. Fields with the same value are neither written nor logged.

    Raises ExceedsOwnScopes, WeakGivenPassword, UnknownSubuser, or Outrun if their permissions changed since *before*
    was read.
    """
    principal.must_have_all(before.user.scopes)
    facts = _otherwise(before.user, wanted)
    after = replace(before.user, **facts)
    _must_be_givable(principal, after)
    ending = _ending(facts, wanted.secrets, now=now)
    after = replace(after, **ending)
    limits = _other_limits(before.purse, wanted.limits, now=now)
    events = _events(facts, wanted.secrets, limits)
    if events:
        _commit_with_limits(
            before,
            limits,
            users.deciding(before.user, **facts, **ending),
            *_giving(before.user, after, wanted.secrets, principal.account),
            *([_reminding(after, principal.account)] if ending else []),
            *([groups.sharing_all(after.user_id, after.phonebook)] if "phonebook" in facts else []),
            *(
                principal.noting(event, origin, user_id=after.user_id, now=now, detail=detail)
                for event, detail in events.items()
            ),
            *principal.still_allowed(),
            now=now,
        )
        queue.tell(*_letters(events, after, principal, origin, now=now))
    return Subuser(after, _limited(before.purse, after.user_id, limits, now=now))


def delete(principal: Principal, user_id: str, *, origin: Origin, now: datetime) -> None:
    """Delete a sub-user. Their next request, or one with any of their tokens, is refused.

    Raises ExceedsOwnScopes or UnknownSubuser.
    """
    # Sessions, tokens, devices and links need not be deleted: each names a user id that is never used again, and is
    # refused without its user's row. So whoever gets the login later inherits nothing.
    user = find(principal, user_id).user
    principal.must_have_all(user.scopes)
    commit(
        users.removing(user),
        logins.removing(user),
        accounts.discounting_subuser(user.account_id),
        wallets.closing(user_id),
        reminders.removing(user_id),
        password_history.removing(user_id),
        *factors.removing_everything(user_id),
        *([groups.sharing_all(user_id, False)] if user.phonebook else []),
        principal.noting(Event.USER_DELETED, origin, user_id=user.user_id, now=now),
        *principal.still_allowed(),
    )
    queue.tell(_letter("deleted", user, principal, origin, now=now))
    with suppress(Unavailable):  # the tokens are refused already; this only removes their rows
        _remove_tokens(user)


# --- What is written --------------------------------------------------------------------------------------


def _made(principal: Principal, order: WantedSubuser, *, now: datetime) -> User:
    """Return the user to be stored, disabled unless the order says otherwise.

    If the chosen name is not an e-mail address, the sub-user's e-mails go to the account's owner.
    """
    owner = principal.user
    mailbox = _mailbox(order.name)
    user = User(
        account_id=owner.account_id,
        user_id=randomness.user_id(owner.account_id),
        login=order.login,
        enabled=False,
        created_at=now,
        email=mailbox or owner.email,
        language=owner.language,
        owner=False,
        password_set_at=now,
        credentials_at=now,
        permissions=_inherited(principal),
        own_email=mailbox is not None,
        given_until=now + policy.GIVEN_PASSWORD_LIFETIME,
    )
    user = replace(user, **order.facts)
    return replace(user, **_with_contacts(user)) if user.phonebook else user


def _login(user: User, secrets: Secrets, account: Account) -> Login:
    """Return the login row that belongs to *user*, with the hashes of the passwords given."""
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
        credentials_at=user.credentials_at,
        own_email=user.own_email,
        given_until=user.given_until,
        password_hash=_hash(secrets.password, secrets, password_hash.OF_MD5),
        api_password_hash=_hash(secrets.api_password, secrets, password_hash.OF_MD5_OR_PLAIN),
    )


def _inherited(principal: Principal) -> str | None:
    """Return the default scopes of a new sub-user. None: every scope of the role, including ones added later."""
    own = principal.scopes
    return None if own >= ROLE else written(ROLE & own)


def _must_be_givable(principal: Principal, user: User) -> None:
    """Raise ExceedsOwnScopes if the sub-user would have a scope that their role or the principal does not have."""
    principal.must_have_all(user.scopes)
    if user.permissions and not ROLE.issuperset(user.permissions.split()):
        raise ExceedsOwnScopes


def _mailbox(name: str) -> str | None:
    """Return *name* if it is an e-mail address."""
    try:
        return validate_email(name)[1]
    except PydanticCustomError:
        return None


def _otherwise(before: User, wanted: Changes) -> dict[str, Any]:
    """Return the fields whose value changes, by name."""
    facts = {name: value for name, value in (wanted.facts or {}).items() if value != getattr(before, name)}
    if facts.get("phonebook"):
        facts |= _with_contacts(replace(before, **facts))
    return facts


def _with_contacts(user: User) -> dict[str, Any]:
    """Return permissions with the scope for contacts, which someone with shared groups needs; none if they have it."""
    return {} if CONTACTS in user.scopes else {"permissions": written(user.scopes | {CONTACTS})}


def _ending(facts: Mapping[str, Any], secrets: Secrets, *, now: datetime) -> dict[str, Any]:
    """Return the fields that void the user's sessions and challenges, if a password is given or they are switched."""
    if secrets.password:
        until = now + policy.GIVEN_PASSWORD_LIFETIME
        return {"epoch": now, "credentials_at": now, "password_set_at": now, "given_until": until}
    return {"epoch": now} if "enabled" in facts else {}


def _giving(before: User, after: User, secrets: Secrets, account: Account) -> list[Write]:
    """Return the writes of the login row, and of the password history if a password is given.

    Raises WeakGivenPassword or UnknownSubuser.
    """
    facts: dict[str, Any] = {} if before.enabled == after.enabled else {"enabled": after.enabled}
    if secrets.api_password:
        facts["api_password_hash"] = _hash(secrets.api_password, secrets, password_hash.OF_MD5_OR_PLAIN)
    keeper = logins.find_keeper(after.login, after.user_id) if secrets.password else None
    if secrets.password and keeper is None:
        raise UnknownSubuser
    has_factor = keeper is not None and bool(keeper.login.factors)
    _must_be_strong(secrets, after, account, second_factor=has_factor)
    if keeper is None:
        return [logins.deciding(after, **facts)] if facts else []
    facts |= {name: getattr(after, name) for name in ("credentials_at", "given_until")}
    facts["password_hash"] = _hash(secrets.password, secrets, password_hash.OF_MD5)
    return [
        logins.giving_password(keeper.login, after, **facts),
        password_history.remembering(after.user_id, keeper.before, replaced=keeper.login.password_hash),
    ]


def _hash(text: str | None, secrets: Secrets, mark: str) -> str | None:
    """Hash a password that an owner gives; *mark* is stored with the hash of an MD5 and says what may prove it."""
    if text is None:
        return None
    return password_hash.hash_md5(text, mark) if secrets.md5 else password_hash.hash_password(text)


def _must_be_strong(secrets: Secrets, user: User, account: Account, *, second_factor: bool) -> None:
    """Raise WeakGivenPassword if a password breaks the account's rules."""
    if secrets.md5:
        return  # nothing can be told from an MD5; like any given password it works for one sign-in only
    words = [user.login, user.email]
    for field, text in (("password", secrets.password), ("api_password", secrets.api_password)):
        if text and (
            missed := password_rules.weaknesses(
                text,
                account=account,
                second_factor=second_factor and field == "password",  # a program is asked for no second factor
                words=words,
                before=[],  # not checked against the sub-user's passwords, or the owner could learn them by trying
            )
        ):
            raise WeakGivenPassword(missed, field)


def _reminding(user: User, account: Account) -> Write:
    """Schedule the password reminder; a disabled user gets none."""
    return reminders.scheduling(
        user_id=user.user_id,
        login=user.login,
        email=user.email,
        language=user.language,
        account=account if user.enabled else replace(account, change="off"),
        password_set_at=user.password_set_at,
    )


def _commit_with_limits(before: Subuser, limits: Limits, *writes: Write, now: datetime) -> None:
    """Commit *writes* with the limits. If the sub-user's sending changed the purse meanwhile, work them out again.

    Raises PurseChanged if that happens too often.
    """
    purse = before.purse
    for _ in range(policy.PURSE_ATTEMPTS - 1):
        try:
            return commit(*writes, *_limiting(purse, before.user.user_id, limits, now=now))
        except PurseChanged as refusal:
            purse = refusal.purse
    return commit(*writes, *_limiting(purse, before.user.user_id, limits, now=now))


def _limiting(purse: Purse | None, user_id: str, limits: Limits, *, now: datetime) -> list[Write]:
    """Return the write that sets the limits: it opens a purse if there is none, and is left out if nothing changes."""
    if purse is None:
        from_account, per_month = limits.from_account or 0, limits.per_month or 0
        return [wallets.opening(user_id, from_account=from_account, per_month=per_month, now=now)]
    if limits == NO_LIMITS:
        return []
    return [wallets.limiting(purse, from_account=limits.from_account, per_month=limits.per_month, now=now)]


def _other_limits(purse: Purse | None, limits: Limits, *, now: datetime) -> Limits:
    """Return the limits that differ from the present ones."""
    if purse is None:
        return limits
    present = purse.at(now)
    return Limits(
        from_account=None if limits.from_account == present.from_account else limits.from_account,
        per_month=None if limits.per_month == present.per_month else limits.per_month,
    )


def _limited(purse: Purse | None, user_id: str, limits: Limits, *, now: datetime) -> Purse:
    """Return the purse with its new limits, not counting what the sub-user sends meanwhile."""
    before = purse.at(now) if purse else Purse(user_id, month_of(now), 0, 0, 0)
    return before.limited(from_account=limits.from_account, per_month=limits.per_month)


def _remove_tokens(user: User) -> None:
    """Delete the rows of the user's tokens, and the row that counts them."""
    held, _ = tokens.of_user(user.user_id)
    rows = [user.user_id, *(token.token_id for token in held)]
    for some in batched(rows, MOST_REMOVED_AT_ONCE, strict=False):
        commit(*map(tokens.forgetting, some))


# --- What is written down and told ------------------------------------------------------------------------


def _events(facts: Mapping[str, Any], secrets: Secrets, limits: Limits) -> dict[Event, str]:
    """Return the events for the activity log, each with its detail."""
    words = [name for name in ("description", "permissions", "hours", "senders", "phonebook") if name in facts]
    if limits != NO_LIMITS:
        words.append("points")
    events = {Event.USER_CHANGED: " ".join(words)} if words else {}
    if "enabled" in facts:
        events[SWITCHED[facts["enabled"]][0]] = ""
    if secrets.password:
        events[Event.PASSWORD_GIVEN] = ""
    if secrets.api_password:
        events[Event.API_PASSWORD_SET] = ""
    return events


def _letters(
    events: Mapping[Event, str], user: User, principal: Principal, origin: Origin, *, now: datetime
) -> list[Notice]:
    """Return the e-mails: to the owner, and about passwords also to a sub-user with an address of their own."""
    told = dict(SWITCHED.values()) | {Event.PASSWORD_GIVEN: "password_given"}
    his = {Event.PASSWORD_GIVEN: "password_given", Event.API_PASSWORD_SET: "api_password_set"}
    waiting: list[Notice] = [
        _letter(told[event], user, principal, origin, now=now) for event in events if event in told
    ]
    if user.own_email:
        for event in events.keys() & his.keys():
            waiting += account_mail.change_made(his[event], user, origin=origin, now=now)
    return waiting


def _letter(change: str, user: User, principal: Principal, origin: Origin, *, now: datetime) -> SubuserChanged:
    """Return the e-mail that tells the owner of a change to the sub-user *user*."""
    owner = principal.user
    return SubuserChanged(
        id=f"subuser-{change}:{user.user_id}:{now.timestamp()}",
        email=owner.email,
        language=owner.language,
        login=owner.login,
        change=change,
        subuser=user.login,
        by=principal.actor,
        at=now,
        address=origin.address,
    )
