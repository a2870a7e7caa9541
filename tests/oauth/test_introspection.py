"""POST /oauth/introspect: a client learns what a token of its own account stands for, and nothing of any other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from furtka import accounts
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.storage import tokens as storage
from shared.storage.engine import commit
from tests.support import tokens
from tests.support.calls import overheard
from tests.support.tokens import EVERY, Held, get_token, look, send
from tests.support.world import World

DEAD = {"active": False}
HOUR = timedelta(hours=1)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def test_it_tells_what_an_access_token_stands_for(world: World, client: Held):
    token = get_token(world, client, "sms contacts")
    issued = world.now
    world.wait(timedelta(minutes=1))
    secret = identifiers.read(token, kind="access")
    assert secret
    assert look(world, client, token) == {
        "active": True,
        "scope": "contacts sms",
        "client_id": client.id,
        "username": "ann",
        "token_type": "Bearer",
        "exp": _seconds(issued + HOUR),
        "iat": _seconds(issued),
        "sub": world.ann.user_id,
        "aud": "https://api.example.com/live",
        "iss": "https://api.example.com/live",
        "jti": secret.id,
    }


def test_it_tells_what_an_api_token_stands_for(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    told = look(world, client, token.secret)
    assert (told["scope"], told["client_id"], told["jti"]) == ("sms", token.id, token.id)
    assert "exp" not in told


def test_it_tells_the_end_that_comes_first(world: World, client: Held):
    ends = world.now + timedelta(days=3)
    token = tokens.make(world.ann.user_id, now=world.now, expires_at=ends)
    assert look(world, client, token.secret)["exp"] == _seconds(ends)
    new = tokens.rotated(token, before_until=world.now + HOUR)
    assert look(world, client, token.secret)["exp"] == _seconds(world.now + HOUR)
    assert look(world, client, new.secret)["exp"] == _seconds(ends)
    access = get_token(world, client)
    tokens.change(client, expires_at=world.now + timedelta(minutes=5))
    assert look(world, client, access)["exp"] == _seconds(world.now + timedelta(minutes=5))


def test_a_colleagues_tokens_are_told_with_what_their_role_allows(world: World, client: Held):
    bob = tokens.colleague(world, world.ann)
    told = look(world, client, tokens.make(bob.user_id, now=world.now).secret)
    assert (told["username"], told["sub"]) == ("bob", bob.user_id)
    assert "subusers" in EVERY.split()
    assert "subusers" not in told["scope"].split()


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "canary", ""])
def test_a_hint_changes_nothing(world: World, client: Held, hint: str):
    form = {"token": get_token(world, client), "token_type_hint": hint}
    assert send(world, "/oauth/introspect", form, client).body["active"]


def _unknown(world: World, client: Held) -> str:
    return identifiers.write(randomness.token("api", world.ann.user_id))


def _forged(world: World, client: Held) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    return identifiers.write(replace(randomness.token("api", world.ann.user_id), id=token.id))


def _forged_access(world: World, client: Held) -> str:
    secret = identifiers.read(get_token(world, client), kind="access")
    assert secret
    return identifiers.write(replace(randomness.access_token(client.id), id=secret.id))


def _as_another_kind(world: World, client: Held) -> str:
    """The secret of the client itself, under the name of an API token."""
    secret = identifiers.read(client.secret, kind="client")
    assert secret
    return identifiers.write(replace(secret, kind="api"))


def _of_another_account(world: World, client: Held) -> str:
    return tokens.make(world.add("eve").user_id, now=world.now).secret


def _access_of_another_account(world: World, client: Held) -> str:
    return get_token(world, tokens.make(world.add("eve").user_id, "client", now=world.now))


def _disabled(world: World, client: Held) -> str:
    return tokens.make(world.ann.user_id, now=world.now, enabled=False).secret


def _expired(world: World, client: Held) -> str:
    return tokens.make(world.ann.user_id, now=world.now, expires_at=world.now).secret


def _rotated_away(world: World, client: Held) -> str:
    token = tokens.make(world.ann.user_id, now=world.now)
    tokens.rotated(token, before_until=world.now)
    return token.secret


def _of_a_disabled_client(world: World, client: Held) -> str:
    other = tokens.make(world.ann.user_id, "client", now=world.now)
    token = get_token(world, other)
    tokens.change(other, enabled=False)
    return token


def _of_a_deleted_client(world: World, client: Held) -> str:
    other = tokens.make(world.ann.user_id, "client", now=world.now)
    token = get_token(world, other)
    commit(storage.removing(other.token))
    return token


def _session(world: World, client: Held) -> str:
    return str(world.session()["session"]["token"])


def _client_secret(world: World, client: Held) -> str:
    return client.secret


def _link(world: World, client: Held) -> str:
    world.session()
    return world.link("notme")


def _garbage(world: World, client: Held) -> str:
    return "canary"


def _mistyped(world: World, client: Held) -> str:
    token = tokens.make(world.ann.user_id, now=world.now).secret
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def _long(world: World, client: Held) -> str:
    return "x" * 10_000


def _odd(world: World, client: Held) -> str:
    return "\u017c\u0000 \n"


NOTHING = [
    _unknown,
    _forged,
    _forged_access,
    _as_another_kind,
    _of_another_account,
    _access_of_another_account,
    _disabled,
    _expired,
    _rotated_away,
    _of_a_disabled_client,
    _of_a_deleted_client,
    _session,
    _client_secret,
    _link,
    _garbage,
    _mistyped,
    _long,
    _odd,
]


@pytest.mark.parametrize("token", NOTHING)
def test_of_anything_else_nothing_is_told(world: World, client: Held, token: Callable[[World, Held], str]):
    assert look(world, client, token(world, client)) == DEAD


def test_a_disabled_users_tokens_are_none(world: World):
    bob = tokens.colleague(world, world.ann)
    client = tokens.make(bob.user_id, "client", now=world.now)
    token = tokens.make(world.ann.user_id, now=world.now)
    access = get_token(world, tokens.make(world.ann.user_id, "client", now=world.now))
    assert look(world, client, token.secret)["active"]
    accounts.switch("ann", enabled=False, now=world.now)
    assert look(world, client, token.secret) == DEAD
    assert look(world, client, access) == DEAD


def test_asking_is_no_use_of_the_token_and_not_counted_against_its_rate(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now, rate_limit=1, sources="203.0.113.0/24")
    for _ in range(3):
        assert look(world, client, token.secret)["active"]
    found = storage.find(token.token.account_id, token.id)
    assert found
    assert (found.used_at, found.used_from) == (token.token.used_at, "")


def test_asking_about_forged_tokens_locks_nobody_out(world: World, client: Held):
    for _ in range(policy.FREE_FORGERIES + 5):
        assert look(world, client, _unknown(world, client)) == DEAD
    forged = replace(randomness.token("client", world.ann.user_id), id=client.id)
    wrong = replace(client, secret=identifiers.write(forged))
    assert send(world, "/oauth/introspect", {"token": "x"}, wrong).status == 401


def _calls(world: World, client: Held, token: str) -> list[str]:
    with overheard() as calls:
        look(world, client, token)
    return [str(call) for call in calls][1:]  # the first finds the client


def test_what_cannot_be_a_token_of_the_account_is_not_looked_up(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now).secret
    look(world, client, token)
    assert _calls(world, client, token) == ["BatchGetItem tokens users accounts"]
    assert _calls(world, client, _of_another_account(world, client)) == []
    assert _calls(world, client, "canary") == []


@pytest.mark.parametrize("form", ["", "token=", "token_type_hint=access_token", "token=a&token=b"])
def test_without_one_token_the_request_is_none(world: World, client: Held, form: str):
    answer = send(world, "/oauth/introspect", form, client)
    assert (answer.status, answer.error) == (400, "invalid_request")


def test_nobody_asks_without_a_clients_secret(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now)
    for headers in ({}, token.bearer, token.basic, {"Authorization": f"Bearer {get_token(world, client)}"}):
        answer = send(world, "/oauth/introspect", {"token": token.secret}, headers=headers)
        assert (answer.status, answer.error) == (401, "invalid_client")
        assert "active" not in answer.text


def test_the_answer_repeats_no_secret(world: World, client: Held):
    token = tokens.make(world.ann.user_id, now=world.now)
    answer: Any = send(world, "/oauth/introspect", {"token": token.secret}, client)
    assert token.secret[-20:] not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == (["no-store"], ["no-cache"])
