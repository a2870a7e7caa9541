"""What costs work is worked out once a request: the seal of a token, and under which names a login is counted."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.crypto import seal
from tests.support import tokens
from tests.support.world import PASSWORD, World

HOUR = timedelta(hours=1)


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each purpose was sealed."""
    counted: Counter[str] = Counter()
    real = seal._mac

    def count(key: str, purpose: str, parts: tuple[str, ...]) -> str:
        counted[purpose] += 1
        return real(key, purpose, parts)

    monkeypatch.setattr(seal, "_mac", count)
    seal._login.cache_clear()
    return counted


def test_a_token_is_held_against_its_seal_once(world: World, sealed: Counter[str]):
    held = tokens.make(world.ann.user_id, now=world.now, used_at=world.now)
    sealed.clear()
    assert world.call("GET", "/tokens", headers=held.bearer).status == 200
    assert sealed == {"api": 1}


def test_one_that_was_rotated_away_is_held_against_two_seals_once_each(world: World, sealed: Counter[str]):
    held = tokens.make(world.ann.user_id, now=world.now, used_at=world.now)
    tokens.rotated(held, before_until=world.now + HOUR)
    sealed.clear()
    assert world.call("GET", "/tokens", headers=held.bearer).status == 200
    assert sealed == {"api": 2}


def test_a_secret_that_somebody_found_is_held_against_its_seal_once(world: World, sealed: Counter[str]):
    held = tokens.make(world.ann.user_id, now=world.now)
    sealed.clear()
    assert world.post("/tokens/found", {"token": held.secret}).status == 204
    assert sealed["api"] == 1


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-7"])
def test_the_name_of_a_login_among_the_counts_is_worked_out_once(world: World, sealed: Counter[str], password: str):
    world.sign_in(password=password)
    assert sealed["login"] == 1
