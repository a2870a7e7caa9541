"""The owner of an account, and a sub-user of hers."""

import pytest

from tests.contacts.company import Asker, asker
from tests.support.world import World


@pytest.fixture
def ann(world: World) -> Asker:
    return asker(world, world.ann)


@pytest.fixture
def bob(ann: Asker) -> Asker:
    """A sub-user with whom nothing is shared yet."""
    return ann.colleague("bob")
