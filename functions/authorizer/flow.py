"""The story of the authorizer: the same answer to "who is calling?" that our own routes get, for another API."""

from dataclasses import dataclass
from datetime import datetime

from shared.auth import api_clients, authorization_header, sessions
from shared.domain import identifiers
from shared.domain.origins import Origin
from shared.domain.tokens import Rights
from shared.domain.users import User
from shared.errors import FailedProof, InsufficientScope


@dataclass(frozen=True)
class Pass:
    """Who is calling, and what he may do. `kind` is "token", "password" or "session".

    `token_id` is what could be switched off to stop him: an API token, a session, or the client that an access token
    was given to, which is `client_id` as well. A password has no id.
    """

    user: User
    rights: Rights
    kind: str
    token_id: str | None = None
    client_id: str | None = None

    def must_have(self, scope: str) -> None:
        """Raises InsufficientScope."""
        if scope not in self.rights.scopes:
            raise InsufficientScope(scope)


def admit(authorization: str, *, origin: Origin, now: datetime) -> Pass:
    """Whoever shows a token, a session's token, or a login and an API password where his account takes them.

    A cookie is never looked at, so no page of a stranger can act for whoever looks at it. Garbage costs no round trip.
    Raises FailedProof, or the refusal of one who is known and may not.
    """
    token = authorization_header.bearer(authorization)
    if authorization_header.is_basic(authorization):
        return _of_program(api_clients.by_basic(authorization, origin=origin, now=now))
    if identifiers.is_for_programs(token):
        return _of_program(api_clients.by_token(token, origin=origin, now=now))
    if token:
        return _of_person(sessions.by_session(token, origin=origin, now=now))
    raise FailedProof


def _of_program(client: api_clients.ApiClient) -> Pass:
    if client.held is None:
        return Pass(client.user, client.rights, "password")
    token_id = client.held.token_id
    client_id = token_id if client.held.kind == "client" else None
    return Pass(client.user, client.rights, "token", token_id, client_id)


def _of_person(person: sessions.Person) -> Pass:
    """He may do what his role allows, as on our own routes, but nothing while his password is overdue."""
    person.must_be_free()
    rights = Rights(person.user.scopes, person.session.idle_until)
    return Pass(person.user, rights, "session", person.session.session_id)
