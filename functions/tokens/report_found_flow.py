"""Flow of POST /tokens/found: revoke a leaked secret without signing in, and tell its user."""

from dataclasses import dataclass
from datetime import datetime

from shared import audit
from shared.auth import attempt_limits, secret_lookup
from shared.auth.secret_lookup import HeldSecret
from shared.crypto import seal
from shared.delivery import account_mail, queue
from shared.delivery.letters import Letter, TokenChanged
from shared.domain import identifiers
from shared.domain.activity import FINDER, Event
from shared.domain.audit_events import LEAKED_SECRET
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.errors import Outrun
from shared.storage import access_tokens, sessions, tokens
from shared.storage.engine import Write, again, commit

KINDS = ("api", "client", "access", "session")
"""Secrets that can be reported. Links in e-mails are not among them: each works once, and expires soon."""


@dataclass(frozen=True)
class Revocation:
    """The writes that revoke a secret, and the e-mails about it."""

    writes: list[Write]
    letters: list[Letter]


def end(text: str, *, origin: Origin, now: datetime) -> None:
    """Revoke a secret. Does nothing, without a read, if it is malformed.

    An unknown one is counted against the address. Raises TooManyForgeries, or Outrun if the token keeps changing.
    """
    secret = next((found for kind in KINDS if (found := identifiers.read(text, kind=kind))), None)
    if secret is None:
        return
    again(lambda: _revoke(text, secret, origin, now=now))


def _revoke(text: str, secret: Token, origin: Origin, *, now: datetime) -> None:
    """Find the secret as it is now, and revoke it."""
    revocation = (
        _revocation_of_session(secret, origin, now=now)
        if secret.kind == "session"
        else _revocation_of_token(text, secret, origin, now=now)
    )
    if revocation is None:
        commit(attempt_limits.recording_forgery(origin, now=now))
        return
    commit(*revocation.writes)
    queue.tell(*revocation.letters)


def _revocation_of_token(text: str, secret: Token, origin: Origin, *, now: datetime) -> Revocation | None:
    """Return how to revoke an API token, client secret or access token; None if it is unknown."""
    found = secret_lookup.find(text, secret.kind, now=now)
    if found is None:
        return None
    user_id, token_id = found.user.user_id, found.token.token_id
    noting = audit.noting(
        Event.API_TOKEN_FOUND, user_id, actor=FINDER, proof=LEAKED_SECRET, origin=origin, now=now, about=token_id
    )
    return Revocation([*_revoking(found, now=now), noting], [_letter(found, text, origin, now=now)])


def _revoking(found: HeldSecret, *, now: datetime) -> list[Write]:
    """Revoke only the secret that was found. If that is the old one of a rotation, the new one stays valid.

    What waits was ordered by the token, and nobody knows with which of its secrets: all of it is stopped.
    """
    if found.access:
        removing = access_tokens.removing(found.access, refused=Outrun())
        return [removing, tokens.noting_leak(found.token.token_id, now=now)]
    if found.is_old:
        return [tokens.forgetting_old(found.token, now=now)]
    return [tokens.removing_secret(found.token)]


def _revocation_of_session(secret: Token, origin: Origin, *, now: datetime) -> Revocation | None:
    """Return how to end a session; None if it is unknown."""
    session, user, _ = sessions.find_with_holder(secret.id)
    if not (session and user and seal.is_token(session.sealed_secret, secret)):
        return None
    told = account_mail.change_made("session_found", user, origin=origin, now=now)
    noting = audit.noting(
        Event.SESSION_ENDED,
        user.user_id,
        actor=FINDER,
        proof=LEAKED_SECRET,
        origin=origin,
        now=now,
        detail="revoked",
    )
    return Revocation([sessions.ending_one(secret.id, refused=Outrun()), noting], [*told])


def _letter(found: HeldSecret, text: str, origin: Origin, *, now: datetime) -> TokenChanged:
    """Return the e-mail. It names the last characters of the secret found, which may be the old one of a rotation."""
    user = found.user
    return account_mail.addressed(
        TokenChanged,
        f"token-found:{found.secret.id}:{now.timestamp()}",
        user,
        change="found",
        name=found.token.name,
        last_four=text[-4:],
        by=FINDER,
        at=now,
        address=origin.address,
    )
