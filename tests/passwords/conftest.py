"""People whose passwords take no time to check: how slow a hash must be is proved elsewhere."""

import pytest
from argon2 import PasswordHasher

from shared.crypto import password_hash
from tests.support.world import PASSWORD, Person, World

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id with the least that it takes."""


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_hash, "_hasher", CHEAP)


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor, who has never been mailed to."""
    return world.add("bob", phone=None, password_hash=CHEAP.hash(PASSWORD))


@pytest.fixture
def cat(world: World) -> Person:
    """Somebody with a phone."""
    return world.add("cat", phone="+48600100203", password_hash=CHEAP.hash(PASSWORD))
