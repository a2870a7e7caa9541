"""Flow of the authorizer: identify a caller for the platform's other APIs, exactly as for our own routes."""

from dataclasses import dataclass
from datetime import datetime

from shared.auth import api_clients, authorization_header, sessions
from shared.domain import identifiers
from shared.domain.origins import Origin
from shared.domain.rights import Rights
from shared.domain.users import User
from shared.errors import FailedProof, InsufficientScope


@dataclass(frozen=True)
class Caller:
    """Who is calling, and what they may do. `kind` is "token", "password" or "session".

    `token_id` is what could be disabled to stop the caller: an API token, a session, or the OAuth client that an access
    token was issued to; that is `client_id` as well. None for an API password.
    """

    user: User
    rights: Rights
    kind: str
    token_id: str | None = None
    client_id: str | None = None

    def must_have(self, scope: str) -> None:
        """Raise InsufficientScope unless the caller may do what *scope* opens."""
        if scope not in self.rights.scopes:
            raise InsufficientScope(scope)


def authenticate(authorization: str, *, origin: Origin, now: datetime) -> Caller:
    """Return the caller who shows an API token, an access token, a session token, or a login and an API password.

    A malformed credential is refused without a read. Raises FailedProof, or the refusal of a caller who is known but
    not allowed.
    """
    # Cookies are not read, so no foreign page can act for whoever visits it (CSRF).
    token = authorization_header.bearer(authorization)
    if authorization_header.is_basic(authorization):
        return _program_caller(api_clients.by_basic(authorization, origin=origin, now=now))
    if identifiers.is_for_programs(token):
        return _program_caller(api_clients.by_token(token, origin=origin, now=now))
    if token:
        return _person_caller(sessions.by_session(token, origin=origin, now=now), now=now)
    raise FailedProof


def _program_caller(client: api_clients.ApiClient) -> Caller:
    if client.held is None:
        return Caller(client.user, client.rights, "password")
    token_id = client.held.token_id
    client_id = token_id if client.held.kind == "client" else None
    return Caller(client.user, client.rights, "token", token_id, client_id)


def _person_caller(person: sessions.Person, *, now: datetime) -> Caller:
    """Return a signed-in user with the scopes of their role.

    Raises PasswordChangeNeeded while the password is overdue, SecondFactorRequired while a required factor is missing.
    """
    person.must_be_free()
    person.must_have_factor(now=now)
    rights = person.user.limiting(Rights(person.user.scopes, person.session.idle_until))
    return Caller(person.user, rights, "session", person.session.session_id)
