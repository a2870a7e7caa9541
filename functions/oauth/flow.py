"""The story of OAuth clients: they get access tokens for their secret, ask about tokens, and give them back."""

from contextlib import suppress
from datetime import datetime

from shared import policy
from shared.auth import api_tokens, secret_lookup
from shared.auth.api_clients import ApiClient
from shared.auth.secret_lookup import Shown
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import KINDS
from shared.domain.origins import Origin
from shared.domain.tokens import AccessToken, written
from shared.errors import (
    ExceedsRights,
    InsufficientScope,
    InvalidScope,
    NothingThere,
    UnauthorizedClient,
    UnsupportedTokenType,
)
from shared.observability import logger
from shared.storage import access_tokens
from shared.storage.engine import again, commit

ASKED_ABOUT = ("api", "access")
"""The kinds of secrets that OAuth clients may ask about and give back. What people sign in with is not theirs."""


def grant(client: ApiClient, asked: str | None, *, now: datetime) -> tuple[str, AccessToken]:
    """A new access token, told this once: for the scopes *asked* for, or for all that the client has.

    It never outlives what it was given for. Raises InvalidScope.
    """
    scopes = client.rights.scopes if asked is None else frozenset(asked.split())
    if not scopes or not scopes <= client.rights.scopes:
        raise InvalidScope
    token = randomness.access_token(client.token.token_id)
    until = now + policy.ACCESS_TOKEN_LIFETIME
    until = min(until, client.rights.expires_at or until)
    access = AccessToken(client.token.token_id, token.id, seal.token(token), written(scopes), now, until)
    commit(access_tokens.adding(access), *client.still_allowed())
    logger.info("access_token_granted", user_id=client.user.user_id, access_id=token.id, scopes=access.scopes)
    return identifiers.write(token), access


def look(client: ApiClient, text: str, *, now: datetime) -> Shown | None:
    """What is behind a token of the client's own account that is taken now; None for anything else (RFC 7662 2.2).

    Asking is no use of the token, and one that nobody holds is not counted: only a client can ask.
    """
    found = _find(client, text, now=now)
    return found if found and found.lives(now=now) else None


def revoke(client: ApiClient, text: str, *, origin: Origin, now: datetime) -> None:
    """The token is taken no longer, however often it is given back; one that nobody holds is none (RFC 7009 2.2).

    Another account's is nobody's here. Raises UnauthorizedClient for one of the same account that was given to
    somebody else, unless it is an API token that the client may manage, and UnsupportedTokenType.
    """
    if any(identifiers.read(text, kind=kind) for kind in KINDS if kind not in ASKED_ABOUT):
        raise UnsupportedTokenType
    again(lambda: _revoke(client, text, origin, now=now))


def _revoke(client: ApiClient, text: str, origin: Origin, *, now: datetime) -> None:
    found = _find(client, text, now=now)
    if found is None:
        return
    if found.access:
        _give_back(client, found.access)
    else:
        _delete(client, found, origin, now=now)


def _find(client: ApiClient, text: str, *, now: datetime) -> Shown | None:
    """The id tells whose it is without a read."""
    for kind in ASKED_ABOUT:
        secret = identifiers.read(text, kind=kind)
        if secret and secret.account_id == client.user.account_id:
            return secret_lookup.find(text, kind, now=now)
    return None


def _give_back(client: ApiClient, access: AccessToken) -> None:
    if access.client_id != client.token.token_id:
        raise UnauthorizedClient
    with suppress(NothingThere):  # another request gave it back first
        commit(access_tokens.removing(access), *client.still_allowed())
    logger.info("access_token_revoked", user_id=client.user.user_id, access_id=access.access_id)


def _delete(client: ApiClient, found: Shown, origin: Origin, *, now: datetime) -> None:
    """As DELETE /tokens/{token_id} does it, with all that it asks for."""
    try:
        client.must_have("tokens")
        api_tokens.delete(client, found.token.token_id, origin=origin, now=now)
    except (InsufficientScope, ExceedsRights, NothingThere) as refusal:
        raise UnauthorizedClient from refusal
