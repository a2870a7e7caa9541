"""Somebody's OAuth client."""

import pytest

from tests.support import tokens
from tests.support.tokens import Held
from tests.support.world import World


@pytest.fixture
def client(world: World) -> Held:
    """Of ann, with every scope and no limit."""
    return tokens.make(world.ann.user_id, "client", now=world.now)
