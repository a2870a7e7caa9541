"""API tokens and OAuth clients, made as storage makes them, and requests of clients."""

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from shared.crypto import randomness, seal
from shared.domain import identifiers
from shared.domain.identifiers import account_of, user_of
from shared.domain.scopes import SCOPES
from shared.domain.tokens import ApiToken, written
from shared.domain.users import User
from shared.storage import tokens, users
from shared.storage.engine import commit
from tests.support.events import Reply
from tests.support.world import Person, World

FORM = "application/x-www-form-urlencoded"
EVERY = written(frozenset(SCOPES))


@dataclass(frozen=True)
class Held:
    """An API token or a client as its holder has it: with the secret."""

    token: ApiToken
    secret: str

    @property
    def id(self) -> str:
        return self.token.token_id

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"{self.id}:{self.secret}".encode()).decode()}

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def make(user_id: str, kind: str = "api", *, now: datetime, **facts: Any) -> Held:
    """Add a token. *facts* are its fields; without them it has every scope and no limit."""
    secret = randomness.token(kind, user_id)
    shown = identifiers.write(secret)
    token = ApiToken(
        account_id=secret.account_id,
        token_id=secret.id,
        kind=kind,
        sealed_secret=seal.token(secret),
        name="Shop",
        description="",
        scopes=EVERY,
        enabled=True,
        created_at=now,
        created_by="ann",
        last_four=shown[-4:],
    )
    token = replace(token, **facts)
    commit(tokens.adding(token))
    return Held(token, shown)


def given(world: World, person: Person | None = None, **facts: Any) -> str:
    """Return the secret of a new token of *person*, or else of ann."""
    return make((person or world.ann).user_id, now=world.now, **facts).secret


def rotated(held: Held, **overlap: Any) -> Held:
    """Give a token a new secret. *overlap* says until when the old one works."""
    secret = replace(randomness.token(held.token.kind, user_of(held.id)), id=held.id)
    old, now = tokens.find(held.token.account_id, held.id), held.token.created_at
    assert old
    new = replace(old, sealed_secret=seal.token(secret), sealed_before=old.sealed_secret, **overlap)
    commit(tokens.changing(old, new, now=now))
    return Held(new, identifiers.write(secret))


def change(held: Held, **facts: Any) -> None:
    """Change the fields *facts* of a token."""
    before = tokens.find(held.token.account_id, held.id)
    assert before
    commit(tokens.changing(before, replace(before, **facts), now=before.created_at))


def is_there(held: Held) -> bool:
    return tokens.find(held.token.account_id, held.id) is not None


def send(world: World, path: str, form: object, client: Held | None = None, **more: Any) -> Reply:
    """POST a form, a mapping or a text, as a client does with Basic authentication."""
    headers = {"Content-Type": FORM, **(client.basic if client else {}), **more.pop("headers", {})}
    body = form if isinstance(form, str) else urlencode(form)  # type: ignore[arg-type]
    return world.post(path, body, headers=headers, **more)


def get_token(world: World, client: Held, scope: str | None = None, **more: Any) -> str:
    """Return a new access token of the client."""
    asked = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
    answer = send(world, "/oauth/token", asked, client, **more)
    assert answer.status == 200, answer
    return str(answer.body["access_token"])


def look(world: World, client: Held, token: str, **more: Any) -> dict[str, Any]:
    """Return what introspection answers."""
    answer = send(world, "/oauth/introspect", {"token": token}, client, **more)
    assert answer.status == 200, answer
    return dict(answer.body)


def colleague(world: World, of: Person, name: str = "bob") -> Person:
    """Add a sub-user to the account of *of*."""
    account_id = account_of(of.user_id)
    user = User(
        account_id=account_id,
        user_id=randomness.user_id(account_id),
        login=name,
        enabled=True,
        created_at=world.now,
        email=f"{name}@example.com",
        owner=False,
    )
    commit(users.adding(user))
    return Person(name, user.user_id, user.email, None)
