"""Flows of access tokens that are revoked by whoever manages their OAuth client: one of them, or all."""

from datetime import datetime

from shared import audit
from shared.auth import api_tokens
from shared.auth.api_clients import ApiClient
from shared.auth.principals import OwnRow, Principal
from shared.domain.activity import Event
from shared.domain.identifiers import client_of, is_access_id, user_of
from shared.domain.origins import Origin
from shared.domain.tokens import ApiToken
from shared.errors import NotFound
from shared.storage import access_tokens, tokens
from shared.storage.engine import Write, commit


def revoke_all(principal: Principal, client_id: str, *, origin: Origin, now: datetime) -> None:
    """Void every access token that the client got until now, however many there are. It can get new ones.

    Raises NotFound, ExceedsRights, or Outrun if the client was changed meanwhile.
    """
    client = _found(principal, client_id, now=now)
    commit(
        tokens.changing(client, client.without_access(now=now), now=now),
        _counting(client, principal, origin, now=now),
        *principal.still_allowed(writing=api_tokens.own_rows(principal, client)),
    )


def revoke(principal: Principal, client_id: str, access_id: str, *, origin: Origin, now: datetime) -> None:
    """Revoke one access token of the client. Raises NotFound or ExceedsRights."""
    client = _found(principal, client_id, now=now)
    access = access_tokens.find(access_id) if is_access_id(access_id) and client_of(access_id) == client_id else None
    if access is None or not (access.lives(now=now) and client.covers(access, now=now)):
        raise NotFound
    is_own = isinstance(principal, ApiClient) and principal.access == access
    commit(
        access_tokens.removing(access),
        _counting(client, principal, origin, now=now),
        *principal.still_allowed(writing=[OwnRow.ACCESS] if is_own else []),
    )


def _found(principal: Principal, client_id: str, *, now: datetime) -> ApiToken:
    client = api_tokens.find(principal, client_id, now=now)
    api_tokens.must_exceed(principal, client.rights)
    return client


def _counting(client: ApiToken, principal: Principal, origin: Origin, *, now: datetime) -> Write:
    user_id = user_of(client.token_id)
    return audit.counting(
        Event.ACCESS_TOKEN_REVOKED,
        user_id,
        actor=principal.actor,
        proof=principal.proof,
        origin=origin,
        now=now,
        about=client.token_id,
    )
