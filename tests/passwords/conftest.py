"""People with passwords."""

import pytest

from tests.support.world import Person, World


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor, who has never been mailed to."""
    return world.add("bob", phone=None)


@pytest.fixture
def cat(world: World) -> Person:
    """Somebody with a phone."""
    return world.add("cat", phone="+48600100203")
