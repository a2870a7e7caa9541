"""Codes that can be found again: only by whoever has the sealing keys, and whatever keys there are besides."""

import json
from collections.abc import Iterator

import boto3
import pytest

from shared import secret_store
from shared.crypto import seal
from shared.errors import Unavailable
from tests.support.world import World


@pytest.fixture(autouse=True)
def keys_are_read_again(world: World) -> Iterator[None]:
    secret_store.provider().clear_cache()
    yield
    secret_store.provider().clear_cache()


def hold(keys: dict[str, str]) -> None:
    """Put *keys* into the secret store, as an operator who rotates does."""
    boto3.client("secretsmanager").put_secret_value(SecretId="sealing-keys", SecretString=json.dumps(keys))
    secret_store.provider().clear_cache()


@pytest.mark.parametrize("digits", [4, 6, 10])
def test_a_code_has_the_digits_that_were_asked_for(digits: int):
    codes = [seal.code_again(f"salt-{place}", digits)[0] for place in range(200)]
    assert {len(code) for code in codes} == {digits}
    assert {code[0] for code in codes} == set("0123456789")
    assert len(set(codes)) > 190


def test_the_same_salt_leads_to_the_same_code_and_another_to_another():
    assert seal.code_again("salt", 10) == seal.code_again("salt", 10)
    assert seal.code_again("salt", 10) != seal.code_again("pepper", 10)


def test_a_code_is_found_again_after_the_keys_were_rotated():
    code, version = seal.code_again("salt", 10)
    hold({"1": "k" * 64, "2": "n" * 64})
    assert seal.code_again("salt", 10, version=version) == (code, version)
    assert seal.code_again("salt", 10) != (code, version)


def test_a_code_of_a_key_that_is_gone_is_told_to_nobody():
    _, version = seal.code_again("salt", 10)
    hold({"2": "n" * 64})
    with pytest.raises(Unavailable):
        seal.code_again("salt", 10, version=version)
