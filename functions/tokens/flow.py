"""The story of API tokens: made, shown, narrowed, rotated and deleted, by a person or by a program that may do more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared import audit, policy
from shared.auth import principals
from shared.auth.api_clients import Program
from shared.auth.principals import Manager
from shared.auth.sessions import Caller
from shared.crypto import randomness, seal
from shared.delivery import queue
from shared.delivery.notices import TokenChanged
from shared.domain import identifiers
from shared.domain.activity import TOKEN_WORDS, Event
from shared.domain.identifiers import Token, account_of, is_record_id, user_of
from shared.domain.origins import Origin
from shared.domain.tokens import ApiToken, Rights, written
from shared.domain.users import User
from shared.errors import ExceedsRights, NothingThere, OnlyNarrower, SomebodyElsesSecret, TooManyTokens
from shared.storage import tokens, users
from shared.storage.engine import Write, commit

LAST_SHOWN = 4
"""As many characters of a secret's end as are shown ever after: they are of its checksum."""


@dataclass(frozen=True)
class Order:
    """A token that is wanted."""

    kind: str
    name: str
    description: str
    rights: Rights


def create(manager: Manager, order: Order, *, origin: Origin, now: datetime) -> tuple[ApiToken, str]:
    """The new token, and its secret, which nobody sees again. Raises ExceedsRights, TooManyTokens."""
    user = manager.user
    if not order.rights.scopes <= user.scopes:
        raise ExceedsRights
    _must_exceed(manager, order.rights)
    held, made = tokens.of_user(user.user_id)
    if sum(token.is_kept(now=now) for token in held) >= policy.TOKENS_PER_USER:
        raise TooManyTokens
    secret = randomness.token(order.kind, user.user_id)
    token = _made(order, secret, by=principals.actor(manager), now=now)
    commit(
        tokens.adding(token),
        tokens.numbering(user.user_id, made),
        _noting(Event.API_TOKEN_CREATED, token, manager, origin, now=now),
        *principals.standing(manager),
    )
    _tell("created", token, user, manager, origin, now=now)
    return token, identifiers.write(secret)


def shown_to(manager: Manager, *, now: datetime) -> list[ApiToken]:
    """His own, or where he is the account's owner everybody's; the newest first."""
    user = manager.user
    every = tokens.of_account(user.account_id) if user.owner else tokens.of_user(user.user_id)[0]
    kept = [token for token in every if token.is_kept(now=now)]
    return sorted(kept, key=lambda token: (token.created_at, token.token_id), reverse=True)


def find(manager: Manager, token_id: str, *, now: datetime) -> ApiToken:
    """Raises NothingThere for a token that is somebody else's, or nobody's. An id tells whose it is without a read."""
    user = manager.user
    may_see = account_of(token_id) == user.account_id if user.owner else user_of(token_id) == user.user_id
    token = tokens.find(user.account_id, token_id) if is_record_id(token_id) and may_see else None
    if token is None or not token.is_kept(now=now):
        raise NothingThere
    return token


def change(manager: Manager, token_id: str, facts: Mapping[str, Any], *, origin: Origin, now: datetime) -> ApiToken:
    """*facts* are fields of the token by name. What changes nothing is written nowhere.

    Raises OnlyNarrower, ExceedsRights, or StepUpNeeded where a person gives more than there was.
    """
    before = find(manager, token_id, now=now)
    after = replace(before, **facts)
    if not after.rights.scopes <= before.rights.scopes:
        raise OnlyNarrower
    _must_exceed(manager, before.rights, after.rights)
    if isinstance(manager, Caller) and after.gives_more_than(before):
        manager.must_be_fresh(now=now)
    if after != before:
        commit(
            tokens.changing(before, after, now=now),
            _noting(Event.API_TOKEN_CHANGED, after, manager, origin, now=now, detail=_changed(before, after)),
            *principals.standing(manager, before),
        )
    return after


def rotate(
    manager: Manager, token_id: str, overlap: timedelta, *, origin: Origin, now: datetime
) -> tuple[ApiToken, str]:
    """The token with a new secret; the present one works for *overlap* beside it. Raises ExceedsRights."""
    before = find(manager, token_id, now=now)
    if user_of(token_id) != manager.user.user_id:
        raise SomebodyElsesSecret
    _must_exceed(manager, before.rights)
    secret = replace(randomness.token(before.kind, manager.user.user_id), id=token_id)
    after = before.rotated(seal.token(secret), _last(secret), overlap=overlap, now=now)
    commit(
        tokens.changing(before, after, now=now),
        _noting(Event.API_TOKEN_ROTATED, after, manager, origin, now=now),
        *principals.standing(manager, before),
    )
    _tell("rotated", after, manager.user, manager, origin, now=now)
    return after, identifiers.write(secret)


def delete(manager: Manager, token_id: str, *, origin: Origin, now: datetime) -> None:
    """The next request with it, or with what a client got for it, is refused. Raises ExceedsRights.

    A person's word counts whatever the token has become meanwhile, a program's only for what it saw.
    """
    token = find(manager, token_id, now=now)
    _must_exceed(manager, token.rights)
    commit(
        tokens.removing(token) if isinstance(manager, Caller) else tokens.removing_as_seen(token),
        _noting(Event.API_TOKEN_DELETED, token, manager, origin, now=now),
        *principals.standing(manager, token),
    )
    if user := _user_of(token, manager):
        _tell("deleted", token, user, manager, origin, now=now)


def _made(order: Order, secret: Token, *, by: str, now: datetime) -> ApiToken:
    rights = order.rights
    return ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind=order.kind,
        sealed_secret=seal.token(secret),
        name=order.name,
        description=order.description,
        scopes=written(rights.scopes),
        enabled=True,
        created_at=now,
        created_by=by,
        last_four=_last(secret),
        expires_at=rights.expires_at,
        sources=rights.sources,
        rate_limit=rights.rate_limit,
        hides_codes=rights.hides_codes,
    )


def _last(secret: Token) -> str:
    return identifiers.write(secret)[-LAST_SHOWN:]


def _must_exceed(manager: Manager, *rights: Rights) -> None:
    """A program has its hands on nothing that may do more than itself, in any way. Raises ExceedsRights."""
    if isinstance(manager, Program):
        for one in rights:
            manager.must_exceed(one)


def _noting(
    event: Event, token: ApiToken, manager: Manager, origin: Origin, *, now: datetime, detail: str = ""
) -> Write:
    user_id, actor = user_of(token.token_id), principals.actor(manager)
    return audit.noting(event, user_id, actor=actor, origin=origin, now=now, detail=detail, about=token.token_id)


def _changed(before: ApiToken, after: ApiToken) -> str:
    """The words of the log for what is not as it was, and of a switch also which way."""
    words = [word for name, word in TOKEN_WORDS.items() if getattr(before, name) != getattr(after, name)]
    return " ".join([*words, *([] if before.enabled == after.enabled else ["on" if after.enabled else "off"])])


def _user_of(token: ApiToken, manager: Manager) -> User | None:
    """None where the user is gone, and his token was left."""
    user_id = user_of(token.token_id)
    return manager.user if user_id == manager.user.user_id else users.find(user_id)[0]


def _tell(change: str, token: ApiToken, user: User, manager: Manager, origin: Origin, *, now: datetime) -> None:
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
            by=principals.actor(manager),
            at=now,
            address=origin.address,
        )
    )
