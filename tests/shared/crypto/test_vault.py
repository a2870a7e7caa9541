"""What is shut in the vault can be read again at its place, and nowhere else."""

import json
from base64 import b64decode, b64encode

import boto3
import pytest

from shared import secret_store
from shared.crypto import vault
from shared.errors import Unavailable
from tests.support.world import World

PLACE = "ann email"
TEXT = json.dumps({"email": "żółw@example.com"})


@pytest.fixture(autouse=True)
def keys_are_read_again(world: World):
    secret_store.provider().clear_cache()
    yield
    secret_store.provider().clear_cache()


def _hold(keys: dict[str, str]) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="sealing-keys", SecretString=json.dumps(keys))


@pytest.mark.parametrize("text", [TEXT, "", "null", "x" * 100_000])
def test_it_is_read_as_it_was_shut(world: World, text: str):
    assert vault.opened(vault.shut(text, place=PLACE), place=PLACE) == text


def test_what_is_shut_shows_nothing_and_never_looks_the_same_twice(world: World):
    shut = {vault.shut(TEXT, place=PLACE) for _ in range(20)}
    assert len(shut) == 20
    assert not [one for one in shut if b"example" in b64decode(one.partition(".")[2])]


@pytest.mark.parametrize("place", ["bob email", "ann phone", "", "ann email "])
def test_it_is_not_read_at_another_place(world: World, place: str):
    with pytest.raises(ValueError, match="not shut for this place"):
        vault.opened(vault.shut(TEXT, place=PLACE), place=place)


def test_nothing_of_it_can_be_altered(world: World):
    version, _, text = vault.shut(TEXT, place=PLACE).partition(".")
    blob = b64decode(text)
    for place in range(len(blob)):
        altered = bytes([*blob[:place], blob[place] ^ 1, *blob[place + 1 :]])
        with pytest.raises(ValueError, match="not shut for this place"):
            vault.opened(f"{version}.{b64encode(altered).decode()}", place=PLACE)


def test_after_a_rotation_the_old_key_still_reads_and_the_new_one_shuts(world: World):
    before = vault.shut(TEXT, place=PLACE)
    _hold({"1": "k" * 64, "2": "n" * 64})
    secret_store.provider().clear_cache()
    assert vault.opened(before, place=PLACE) == TEXT
    assert vault.shut(TEXT, place=PLACE).startswith("2.")


def test_without_its_key_it_is_unavailable(world: World):
    before = vault.shut(TEXT, place=PLACE)
    _hold({"2": "n" * 64})
    secret_store.provider().clear_cache()
    with pytest.raises(Unavailable):
        vault.opened(before, place=PLACE)
