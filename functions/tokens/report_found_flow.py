"""The story of a leaked secret: whoever holds it may end it, and its user is told at once."""

from dataclasses import dataclass
from datetime import datetime

from shared import audit
from shared.auth import attempt_limits, secret_lookup
from shared.auth.secret_lookup import Shown
from shared.crypto import seal
from shared.delivery import account_mail, queue
from shared.delivery.notices import Letter, TokenChanged
from shared.domain import identifiers
from shared.domain.activity import FINDER, Event
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import Outrun
from shared.storage import access_tokens, sessions, tokens
from shared.storage.engine import Write, again, commit

KINDS = ("api", "client", "access", "session")
"""What can leak and lives for longer than a moment. A link from an e-mail is good once, and ends by itself."""


@dataclass(frozen=True)
class Ending:
    """What ends a secret, and whom it is told."""

    writes: list[Write]
    letters: list[Letter]


def end(text: str, *, origin: Origin, now: datetime) -> None:
    """The secret is taken no longer. One that nobody holds is counted by address; garbage costs no round trip.

    Raises TooManyForgeries, or Outrun where the token is changed over and over.
    """
    secret = next((found for kind in KINDS if (found := identifiers.read(text, kind=kind))), None)
    if secret is None:
        return
    again(lambda: _end(text, secret, origin, now=now))


def _end(text: str, secret: Token, origin: Origin, *, now: datetime) -> None:
    ending = _session(secret, origin, now=now) if secret.kind == "session" else _token(text, secret, origin, now=now)
    if ending is None:
        commit(attempt_limits.paying_for_forgery(origin, now=now))
        return
    commit(*ending.writes)
    queue.tell(*ending.letters)


def _token(text: str, secret: Token, origin: Origin, *, now: datetime) -> Ending | None:
    found = secret_lookup.find(text, secret.kind, now=now)
    if found is None:
        return None
    event = Event.API_TOKEN_FOUND
    noting = _noting(event, found.user, origin, now=now, about=found.token.token_id)
    return Ending([_removing(found), noting], [_letter(found, text, origin, now=now)])


def _removing(found: Shown) -> Write:
    """The secret that was found and no other: after a rotation the new one is still its user's alone."""
    if found.access:
        return access_tokens.removing(found.access, refused=Outrun())
    if found.is_old:
        return tokens.forgetting_old(found.token)
    return tokens.removing_secret(found.token)


def _session(secret: Token, origin: Origin, *, now: datetime) -> Ending | None:
    session, user, _ = sessions.find_with_holder(secret.id)
    if not (session and user and seal.is_token(session.sealed_secret, secret)):
        return None
    told = account_mail.change_made("session_found", user, origin=origin, now=now)
    noting = _noting(Event.SESSION_ENDED, user, origin, now=now, detail="revoked")
    return Ending([sessions.ending_one(secret.id, refused=Outrun()), noting], [*told])


def _noting(event: Event, user: User, origin: Origin, *, now: datetime, about: str = "", detail: str = "") -> Write:
    return audit.noting(event, user.user_id, actor=FINDER, origin=origin, now=now, about=about, detail=detail)


def _letter(found: Shown, text: str, origin: Origin, *, now: datetime) -> TokenChanged:
    """With the end of the secret that was found: it may be another than the token has now."""
    user = found.user
    return TokenChanged(
        id=f"token-found:{found.secret.id}:{now.timestamp()}",
        email=user.email,
        language=user.language,
        login=user.login,
        change="found",
        name=found.token.name,
        last_four=text[-4:],
        by=FINDER,
        at=now,
        address=origin.address,
    )
