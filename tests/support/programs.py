"""Credentials of API clients, written straight into the tables: tokens, and a login with an API password."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

from authorizer.handler import lambda_handler
from shared import policy
from shared.crypto import password_hash, randomness, seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.ip_lists import IpList
from shared.domain.logins import Login
from shared.domain.tokens import AccessToken, ApiToken
from shared.storage import access_tokens, accounts, logins, tokens, users
from shared.storage.engine import commit
from tests.support.events import HOME, Context, authorizer_event
from tests.support.world import Person, World

API_PASSWORD = "Machine-Room-12"

ELSEWHERE = "203.0.113.9"


def api_token(world: World, person: Person, **facts: Any) -> tuple[str, ApiToken]:
    """Add a token with the scope `sms`; return it as its holder shows it and as it is stored. *facts* are fields."""
    secret = randomness.token(facts.get("kind", "api"), person.user_id)
    token = ApiToken(
        account_id=account_of(person.user_id),
        token_id=secret.id,
        kind=secret.kind,
        sealed_secret=seal.token(secret),
        name="shop",
        description="",
        scopes="sms",
        enabled=True,
        created_at=world.now,
        created_by=person.login,
        last_four=secret.secret[-4:],
        used_at=world.now,
    )
    token = replace(token, **facts)
    commit(tokens.adding(token))
    return identifiers.write(secret), token


def access_token(world: World, client: ApiToken, scopes: str = "sms") -> str:
    """Add an access token of *client*, and return it as its holder shows it."""
    secret = randomness.access_token(client.token_id)
    until = world.now + policy.ACCESS_TOKEN_LIFETIME
    access = AccessToken(client.token_id, secret.id, seal.token(secret), scopes, world.now, until)
    commit(access_tokens.adding(access))
    return identifiers.write(secret)


def account_of_person(person: Person) -> Account:
    _, account = users.find(person.user_id)
    assert account
    return account


def limit_machines(world: World, person: Person, sources: str = HOME, **facts: Any) -> None:
    """Switch on the account's IP list for the API. *facts* are other fields of the account that belong to the lists."""
    ip_list = IpList(on=True, sources=sources, changed_at=world.now)
    commit(accounts.setting_lists(account_of_person(person), **{"api": ip_list, **facts}))


def with_api_password(world: World, person: Person, password: str = API_PASSWORD) -> str:
    """Let the person's account take API passwords from HOME, set one, and return the Authorization header with it."""
    limit_machines(world, person, legacy_api=True)
    commit(logins.setting_api_password(_login(person), password_hash.hash_password(password), provenance=""))
    return basic(person.login, password)


def basic(login: str, password: str = API_PASSWORD) -> str:
    return "Basic " + b64encode(f"{login}:{password}".encode()).decode()


def is_let_in(world: World, shown: str, **more: Any) -> bool:
    """Whether the authorizer lets in a caller who shows *shown*."""
    try:
        answer = lambda_handler(authorizer_event(shown, at=world.now, **more), Context())  # type: ignore[arg-type]
    except Exception as refused:
        if str(refused) != "Unauthorized":
            raise
        return False
    return bool(answer["policyDocument"]["Statement"][0]["Effect"] == "Allow")


def bearer(text: str) -> str:
    return f"Bearer {text}"


def change_every_month(person: Person) -> timedelta:
    """Force users of the account to change old passwords. Return the age at which one is old."""
    account = replace(account_of_person(person), change="force")
    commit(accounts.deciding(account))
    return account.change_every


def _login(person: Person) -> Login:
    found = logins.find(person.login)
    assert found
    return found
