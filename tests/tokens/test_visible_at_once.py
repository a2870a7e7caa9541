"""What is taken away is gone with the very next request, a thousand times of a thousand in tests/races/test_tokens.py.

What has nothing to do with a token leaves it alone.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from furtka import accounts
from tests.support.events import Reply
from tests.support.world import PASSWORD, World
from tests.tokens.asking import access, ask, colleague, made, manager, signed_in, works

SECOND = timedelta(seconds=1)


def id_of(secret: str) -> str:
    return secret.removeprefix("furtka_api_")[:28]


def end(world: World, by: str, path: str) -> None:
    ask(world, by, "PATCH", path, {"expiration_date": f"{world.now + SECOND:%Y-%m-%dT%H:%M:%SZ}"})
    world.wait(SECOND)


ENDS: dict[str, Callable[[World, str, str], object]] = {
    "deleted": lambda world, by, path: ask(world, by, "DELETE", path),
    "switched off": lambda world, by, path: ask(world, by, "PATCH", path, {"active": False}),
    "ended": end,
    "its user switched off": lambda world, *_: accounts.switch("ann", enabled=False, now=world.now),
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS.keys())
def test_the_next_request_with_what_works_no_longer_is_refused(world: World, ends: Callable[[World, str, str], object]):
    secret, by = manager(world), signed_in(world)
    assert works(world, secret)
    ends(world, by, f"/tokens/{id_of(secret)}")
    refused = ask(world, secret, "GET", "/tokens")
    assert (refused.status, refused.error) == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"][0]


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS.keys())
def test_with_a_client_ends_all_that_it_got_for_its_secret(world: World, ends: Callable[[World, str, str], object]):
    by = signed_in(world)
    client = made(world, by, kind="client", scopes="tokens")
    secrets = [access(world, client["id"], "tokens") for _ in range(3)]
    assert all(works(world, secret) for secret in secrets)
    ends(world, by, f"/tokens/{client['id']}")
    assert not any(works(world, secret) for secret in secrets)


def test_what_is_switched_on_again_works_with_the_next_request(world: World):
    secret, by = manager(world), signed_in(world)
    for active in (False, True, False, True):
        ask(world, by, "PATCH", f"/tokens/{id_of(secret)}", {"active": active})
        assert works(world, secret) == active
        accounts.switch("ann", enabled=active, now=world.now)
        assert works(world, secret) == active
        accounts.switch("ann", enabled=True, now=world.now)
        world.wait(SECOND)
        by = signed_in(world)


def test_what_was_narrowed_is_narrower_with_the_next_request_and_so_is_what_a_client_got(world: World):
    by = signed_in(world)
    client = made(world, by, kind="client", scopes="sms tokens")
    for secret, token_id in ((manager(world), None), (access(world, client["id"], "sms tokens"), client["id"])):
        assert works(world, secret)
        ask(world, by, "PATCH", f"/tokens/{token_id or id_of(secret)}", {"scopes": "sms"})
        refused = ask(world, secret, "GET", "/tokens")
        assert (refused.status, refused.error) == (403, "insufficient_scope")


def test_an_end_counts_to_the_second(world: World):
    secret = manager(world, expiration_date=f"{world.now + 60 * SECOND:%Y-%m-%dT%H:%M:%SZ}")
    world.wait(59.999 * SECOND)
    assert works(world, secret)
    world.wait(0.001 * SECOND)
    assert not works(world, secret)


def test_only_what_is_a_sub_users_ends_with_them(world: World):
    bobs = made(world, signed_in(world, bob := colleague(world)), scopes="tokens")["access_token"]
    anns = manager(world)
    accounts.switch("ann", enabled=False, now=world.now)
    assert [works(world, bobs), works(world, anns)] == [True, False]
    assert bob.user_id in bobs


LEFT_ALONE: dict[str, Callable[[World, str], Reply]] = {
    "a new password": lambda world, by: ask(
        world, by, "POST", "/account/password", {"current_password": PASSWORD, "password": "Another-Horse-8"}
    ),
    "logging out everywhere": lambda world, by: ask(world, by, "POST", "/account/logout-everywhere"),
    "logging out others": lambda world, by: ask(world, by, "POST", "/account/logout-others"),
    "logging out": lambda world, by: ask(world, by, "POST", "/logout"),
}


@pytest.mark.parametrize("left_alone_by", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_what_ends_sessions_leaves_tokens_alone(world: World, left_alone_by: Callable[[World, str], Reply]):
    secret, by = manager(world), world.session()["session"]["token"]
    world.wait(SECOND)
    assert left_alone_by(world, by).status in (200, 204)
    assert works(world, secret)
