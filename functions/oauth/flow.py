"""Flows of OAuth clients: issue, introspect and revoke tokens (RFC 6749, RFC 7662, RFC 7009)."""

import re
from contextlib import suppress
from datetime import datetime

from shared import audit, policy
from shared.auth import api_tokens, secret_lookup
from shared.auth.api_clients import ApiClient
from shared.auth.secret_lookup import HeldSecret
from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.activity import Event
from shared.domain.identifiers import KINDS
from shared.domain.origins import Origin
from shared.domain.tokens import AccessToken, written
from shared.errors import (
    ExceedsRights,
    InsufficientScope,
    InvalidScope,
    NoScopeLeft,
    NotFound,
    UnauthorizedClient,
    UnsupportedTokenType,
)
from shared.observability import logger
from shared.storage import access_tokens, counters
from shared.storage.engine import Write, again, commit

ASKED_ABOUT = ("api", "access")
"""The kinds of secrets that a client may introspect and revoke: not those that people sign in with."""


def grant(client: ApiClient, asked: str | None, *, origin: Origin, now: datetime) -> tuple[str, AccessToken]:
    """Issue an access token for the scopes *asked* for, or for all of the client's (RFC 6749 4.4).

    They may be separated by commas too, as in POST /tokens.

    Return its text, which is not stored, and its record. Raises InvalidScope, NoScopeLeft or
    TooManyGrants.
    """
    if not client.rights.scopes:
        raise NoScopeLeft
    scopes = client.rights.scopes if asked is None else frozenset(name for name in re.split("[ ,]+", asked) if name)
    if not scopes or not scopes <= client.rights.scopes:
        raise InvalidScope
    token = randomness.access_token(client.token.token_id)
    number = client.token.before_number if client.shows_old else client.token.secret_number
    until = now + policy.ACCESS_TOKEN_LIFETIME
    # The token ends with the client's rights, or with the old secret of a rotation if the client showed that one.
    until = min(until, client.rights.expires_at or until)
    access = AccessToken(client.token.token_id, token.id, seal.token(token), written(scopes), now, until, number)
    commit(
        access_tokens.adding(access),
        counters.counting_grant(access.client_id, now=now),
        _counting(Event.ACCESS_TOKEN_ISSUED, client, origin, now=now),
        *client.still_allowed(),
    )
    logger.info("access_token_granted", user_id=client.user.user_id, access_id=token.id, scopes=access.scopes)
    return identifiers.write(token), access


def _counting(event: Event, client: ApiClient, origin: Origin, *, now: datetime) -> Write:
    token_id = client.token.token_id
    return audit.counting(
        event, client.user.user_id, actor=client.actor, proof=client.proof, origin=origin, now=now, about=token_id
    )


def introspect(client: ApiClient, text: str, *, now: datetime) -> HeldSecret | None:
    """Return the token if it belongs to the client's account and is valid now, else None (RFC 7662 2.2).

    The look-up does not count as a use of the token, nor as a forgery if it is unknown: only clients can ask.
    """
    found = _find(client, text, now=now)
    return found if found and found.lives(now=now) else None


def revoke(client: ApiClient, text: str, *, origin: Origin, now: datetime) -> None:
    """Revoke a token. Does nothing for one that is unknown, revoked before, or of another account (RFC 7009 2.2).

    Raises UnauthorizedClient for an access token of another client and for an API token that the client may not
    manage; UnsupportedTokenType for a session or a link.
    """
    if any(identifiers.read(text, kind=kind) for kind in KINDS if kind not in ASKED_ABOUT):
        raise UnsupportedTokenType
    again(lambda: _revoke(client, text, origin, now=now))


def _revoke(client: ApiClient, text: str, origin: Origin, *, now: datetime) -> None:
    found = _find(client, text, now=now)
    if found is None:
        return
    if found.access:
        _revoke_access_token(client, found.access, origin, now=now)
    else:
        _delete_api_token(client, found, origin, now=now)


def _find(client: ApiClient, text: str, *, now: datetime) -> HeldSecret | None:
    """Return the token with its user and account, or None if it is unknown or another account's."""
    # An id begins with its account's, so another account's token is not even read (ASVS V8.2.2).
    for kind in ASKED_ABOUT:
        secret = identifiers.read(text, kind=kind)
        if secret and secret.account_id == client.user.account_id:
            return secret_lookup.find(text, kind, now=now)
    return None


def _revoke_access_token(client: ApiClient, access: AccessToken, origin: Origin, *, now: datetime) -> None:
    """Revoke an access token. Raises UnauthorizedClient if it was issued to another client."""
    if access.client_id != client.token.token_id:
        raise UnauthorizedClient
    with suppress(NotFound):  # another request revoked it first
        counting = _counting(Event.ACCESS_TOKEN_REVOKED, client, origin, now=now)
        commit(*client.still_allowed(), access_tokens.removing(access), counting)
    logger.info("access_token_revoked", user_id=client.user.user_id, access_id=access.access_id)


def _delete_api_token(client: ApiClient, found: HeldSecret, origin: Origin, *, now: datetime) -> None:
    """Delete an API token by the same rules as DELETE /tokens/{token_id}. Raises UnauthorizedClient."""
    try:
        client.must_have("tokens")
        api_tokens.delete(client, found.token.token_id, origin=origin, now=now)
    except (InsufficientScope, ExceedsRights, NotFound) as refusal:
        raise UnauthorizedClient from refusal
