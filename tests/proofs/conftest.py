"""One stack for all proofs of a file: to build one takes longer than most of them."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from shared.crypto import password_hash
from tests.proofs import tables, waiting
from tests.proofs.turns import QUICK
from tests.support.world import NOON, World, new_world


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Hashes as the flows' people have them are those of today, so that no sign-in makes them anew."""
    with patch.object(password_hash, "_hasher", QUICK):
        yield


@pytest.fixture(scope="module")
def stack() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture
def world(stack: World) -> World:
    """As new: nothing in the tables, on the queue or in the outbox, and one user, ann."""
    waiting.forget()
    tables.empty()
    stack.now = NOON
    stack.ann = stack.add("ann")
    return stack
