"""API tokens as those who may manage them see and end them."""

from datetime import datetime

from shared.auth.api_clients import ApiClient
from shared.auth.principals import OwnRow, Principal
from shared.auth.sessions import Person
from shared.delivery import queue
from shared.delivery.notices import TokenChanged
from shared.domain.activity import Event
from shared.domain.identifiers import account_of, is_record_id, user_of
from shared.domain.origins import Origin
from shared.domain.tokens import ApiToken, Rights
from shared.domain.users import User
from shared.errors import NothingThere
from shared.storage import tokens, users
from shared.storage.engine import Write, commit


def find(principal: Principal, token_id: str, *, now: datetime) -> ApiToken:
    """Raises NothingThere for a token that is somebody else's, or nobody's. An id tells whose it is without a read."""
    user = principal.user
    may_see = account_of(token_id) == user.account_id if user.owner else user_of(token_id) == user.user_id
    token = tokens.find(user.account_id, token_id) if is_record_id(token_id) and may_see else None
    if token is None or not token.is_kept(now=now):
        raise NothingThere
    return token


def delete(principal: Principal, token_id: str, *, origin: Origin, now: datetime) -> None:
    """The next request with it, or with what a client got for it, is refused. Raises ExceedsRights.

    A person's word counts whatever the token has become meanwhile, a program's only for what it saw.
    """
    token = find(principal, token_id, now=now)
    must_exceed(principal, token.rights)
    commit(
        tokens.removing(token) if isinstance(principal, Person) else tokens.removing_as_seen(token),
        noting(Event.API_TOKEN_DELETED, token, principal, origin, now=now),
        *principal.still_allowed(writing=own_rows(principal, token)),
    )
    if user := _user_of(token, principal):
        tell("deleted", token, user, principal, origin, now=now)


def must_exceed(principal: Principal, *rights: Rights) -> None:
    """A program has its hands on nothing that may do more than itself, in any way. Raises ExceedsRights."""
    if isinstance(principal, ApiClient):
        for one in rights:
            principal.must_exceed(one)


def noting(
    event: Event, token: ApiToken, principal: Principal, origin: Origin, *, now: datetime, detail: str = ""
) -> Write:
    """Return the entry of what became of *token*, in the log of the user whose it is."""
    token_id = token.token_id
    return principal.noting(event, origin, now=now, user_id=user_of(token_id), detail=detail, about=token_id)


def own_rows(principal: Principal, token: ApiToken) -> tuple[OwnRow, ...]:
    """Return which of the principal's own rows a write to *token* is: its own token, or none."""
    is_own = isinstance(principal, ApiClient) and principal.token.token_id == token.token_id
    return (OwnRow.TOKEN,) if is_own else ()


def _user_of(token: ApiToken, principal: Principal) -> User | None:
    """None where the user is gone, and his token was left."""
    user_id = user_of(token.token_id)
    return principal.user if user_id == principal.user.user_id else users.find(user_id)[0]


def tell(change: str, token: ApiToken, user: User, principal: Principal, origin: Origin, *, now: datetime) -> None:
    """Its user, whoever did it."""
    queue.tell(
        TokenChanged(
            id=f"token-{change}:{token.token_id}:{now.timestamp()}",
            email=user.email,
            language=user.language,
            login=user.login,
            change=change,
            name=token.name,
            last_four=token.last_four,
            by=principal.actor,
            at=now,
            address=origin.address,
        )
    )
