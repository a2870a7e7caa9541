"""Flows of what waits for a word of its owner: see it, and confirm it. Whatever is not theirs, is deleted as ever.

It is what a rescue suspended, and sub-users whom a program with limits made, or gave more than they had.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from shared import policy
from shared.auth.sessions import Person
from shared.domain.activity import Event
from shared.domain.identifiers import account_of, is_record_id, user_of
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.domain.provenance import UNKNOWN
from shared.domain.tokens import ApiToken
from shared.domain.users import User
from shared.errors import NotFound, Outrun, UnknownSubuser
from shared.storage import logins, tokens, users
from shared.storage.engine import Write, commit

API_PASSWORD = "api-password"  # noqa: S105 - a name
"""Names the user's own API password, which has no id."""


@dataclass(frozen=True)
class Suspended:
    """Tokens and sub-users that do nothing until they are confirmed, and whether the user's API password is so too.

    `bounded` are the sub-users who stay within the limits of a program until then.
    """

    tokens: list[ApiToken]
    subusers: list[User]
    api_password: bool
    bounded: list[User]


def suspended(person: Person) -> Suspended:
    """Return what is suspended: of the whole account for its owner, of their own for a sub-user."""
    user, account = person.user, person.account
    people = users.of_account(user.account_id) if user.owner else []
    bounded = [one for one in people if one.bounds]
    if not account.rescues:
        return Suspended([], [], api_password=False, bounded=bounded)
    held = tokens.of_account(user.account_id) if user.owner else tokens.of_user(user.user_id)[0]
    return Suspended(
        [token for token in held if account.suspends(token.provenance)],
        [one for one in people if not one.owner and account.suspends(one.provenance)],
        _has_suspended_password(person, logins.find(user.login)),
        bounded,
    )


def confirm(person: Person, record_id: str, *, origin: Origin, now: datetime) -> None:
    """Let a token, a sub-user or the API password work again, or free a sub-user of the limits of a program.

    Of a sub-user for whom both wait, the first is done first. Raises NotFound if nothing of that id waits, or Outrun if
    it changed meanwhile.
    """
    try:
        commit(*_confirming(person, record_id, origin, now=now), *person.still_allowed())
    except UnknownSubuser:
        raise NotFound from None


def confirm_people(person: Person, *, origin: Origin, now: datetime) -> int:
    """Free all sub-users of the limits of programs, and return how many.

    Those that a rescue suspended are confirmed one by one. Raises Outrun if one of them changed, or was deleted.
    """
    waiting = [one for one in users.of_account(person.user.account_id) if _is_bounded(person, one)]
    for some in batched(waiting, policy.SUBUSERS_CONFIRMED_AT_ONCE, strict=False):
        writes = [write for one in some for write in _freeing(person, one, origin, now=now)]
        try:
            commit(*writes, *person.still_allowed())
        except UnknownSubuser:
            raise Outrun from None
    return len(waiting)


def _is_bounded(person: Person, subuser: User) -> bool:
    return subuser.bounds is not None and not person.account.suspends(subuser.provenance)


def _freeing(person: Person, subuser: User, origin: Origin, *, now: datetime) -> list[Write]:
    noting = person.noting(Event.USER_CONFIRMED, origin, now=now, user_id=subuser.user_id)
    return [users.deciding(subuser, bounds=None), noting]


def _confirming(person: Person, record_id: str, origin: Origin, *, now: datetime) -> list[Write]:
    if record_id == API_PASSWORD:
        return _confirming_password(person, origin, now=now)
    if is_record_id(record_id):
        return _confirming_token(person, record_id, origin, now=now)
    return _confirming_subuser(person, record_id, origin, now=now)


def _confirming_token(person: Person, token_id: str, origin: Origin, *, now: datetime) -> list[Write]:
    user = person.user
    is_theirs = account_of(token_id) == user.account_id if user.owner else user_of(token_id) == user.user_id
    token = tokens.find(user.account_id, token_id) if is_theirs else None
    if token is None or not person.account.suspends(token.provenance):
        raise NotFound
    noting = person.noting(Event.CONFIRMED_SUSPENDED, origin, now=now, user_id=user_of(token_id), about=token_id)
    return [tokens.confirming(token), noting]


def _confirming_subuser(person: Person, user_id: str, origin: Origin, *, now: datetime) -> list[Write]:
    is_theirs = person.user.owner and account_of(user_id) == person.user.account_id and user_id != person.user.user_id
    subuser = users.find(user_id)[0] if is_theirs else None
    if subuser and _is_bounded(person, subuser):
        return _freeing(person, subuser, origin, now=now)
    if subuser is None or not person.account.suspends(subuser.provenance):
        raise NotFound
    noting = person.noting(Event.CONFIRMED_SUSPENDED, origin, now=now, user_id=user_id)
    return [users.deciding(subuser, provenance=UNKNOWN), noting]


def _confirming_password(person: Person, origin: Origin, *, now: datetime) -> list[Write]:
    login = logins.find(person.user.login)
    if login is None or not _has_suspended_password(person, login):
        raise NotFound
    noting = person.noting(Event.CONFIRMED_SUSPENDED, origin, now=now, detail="password")
    return [logins.confirming_api_password(login), noting]


def _has_suspended_password(person: Person, login: Login | None) -> bool:
    if login is None or login.user_id != person.user.user_id or login.api_password_hash is None:
        return False
    return person.account.suspends(login.api_provenance)
