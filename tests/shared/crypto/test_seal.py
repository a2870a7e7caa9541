"""What is sealed can be recognised again, with the key it was sealed with, and nothing else can."""

import hashlib
import json
from base64 import b64decode

import boto3
import pytest

from shared import secret_store
from shared.crypto import randomness, seal
from shared.domain.identifiers import Token, write
from shared.errors import Unavailable
from tests.support.world import World

TOKEN = randomness.token("session", "A" * 16)


@pytest.fixture(autouse=True)
def keys_are_read_again(world: World):
    secret_store.provider().clear_cache()
    yield
    secret_store.provider().clear_cache()


def hold(keys: dict[str, str]) -> None:
    """Put *keys* into the secret store, as an operator who rotates does."""
    boto3.client("secretsmanager").put_secret_value(SecretId="sealing-keys", SecretString=json.dumps(keys))


def test_a_token_is_recognised_and_no_other(world: World):
    sealed = seal.token(TOKEN)
    assert seal.is_token(sealed, TOKEN)
    other = "B" if TOKEN.secret[0] != "B" else "C"
    assert not seal.is_token(sealed, Token(TOKEN.kind, TOKEN.id, other + TOKEN.secret[1:]))


def test_the_seal_does_not_tell_what_was_sealed(world: World):
    assert TOKEN.secret not in seal.token(TOKEN)
    assert "123456" not in seal.code("challenge", "123456")


def test_a_code_is_good_for_its_own_challenge_alone(world: World):
    sealed = seal.code("challenge-1", "123456")
    assert seal.is_code(sealed, "challenge-1", "123456")
    assert not seal.is_code(sealed, "challenge-2", "123456")


def test_no_two_lists_of_parts_are_sealed_alike(world: World):
    assert not seal.matches(seal.seal("a", "bc", "d"), "a", "b", "cd")
    assert not seal.matches(seal.seal("a", "b"), "a", "b", "")


def test_a_new_key_seals_and_the_old_one_still_recognises(world: World):
    before = seal.token(TOKEN)
    hold({"1": "k" * 64, "2": "n" * 64})
    secret_store.provider().clear_cache()
    after = seal.token(TOKEN)
    assert (before[:2], after[:2]) == ("1.", "2.")
    assert seal.is_token(before, TOKEN)
    assert seal.is_token(after, TOKEN)


def test_ten_is_newer_than_nine(world: World):
    hold({"9": "k" * 64, "10": "n" * 64})
    assert seal.token(TOKEN).startswith("10.")


def test_a_key_that_came_after_the_last_look_is_fetched_at_once(world: World):
    seal.token(TOKEN)
    hold({"1": "k" * 64, "2": "n" * 64})
    mac = seal._mac("n" * 64, "session", (TOKEN.id, TOKEN.secret))
    assert seal.is_token(f"2.{mac}", TOKEN)


def test_a_key_that_was_taken_away_recognises_nothing(world: World):
    sealed = seal.token(TOKEN)
    hold({"2": "n" * 64})
    secret_store.provider().clear_cache()
    assert not seal.is_token(sealed, TOKEN)


@pytest.mark.parametrize("sealed", ["", ".", "1", "1.", "x.y", "1.ż"])
def test_what_is_no_seal_matches_nothing(world: World, sealed: str):
    assert not seal.is_token(sealed, TOKEN)


def test_a_digest_tells_purposes_and_parts_apart():
    digests = [seal.digest("a", "b"), seal.digest("a", "c"), seal.digest("b", "b"), seal.digest("a", "b", "")]
    digests += [seal.digest("a", "bc", "d"), seal.digest("a", "b", "cd")]
    assert len(set(digests)) == len(digests)


def test_a_digest_is_the_same_whatever_becomes_of_the_keys(world: World):
    before = seal.digest("recovery", "user", "code")
    hold({"2": "n" * 64})
    secret_store.provider().clear_cache()
    assert seal.digest("recovery", "user", "code") == before


def test_a_digest_is_sha256_as_everyone_computes_it():
    everyones = hashlib.sha256(b"8:recovery4:user4:code").digest()
    assert b64decode(seal.digest("recovery", "user", "code")) == everyones


def test_a_secret_store_that_is_away_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(seal.settings, "SEALING_KEYS_SECRET", "gone")
    with pytest.raises(Unavailable):
        seal.token(TOKEN)


def test_rotating_keys_ends_nobodys_session(world: World):
    token = world.session()["session"]["token"]
    hold({"1": "k" * 64, "2": "n" * 64})
    secret_store.provider().clear_cache()
    assert world.me(token).status == 200
    assert world.me(write(TOKEN)).status == 401
