"""A world whose streams and logs reach the function `audit`."""

from collections.abc import Iterator

import pytest

from tests.support.audit import Desk, desk
from tests.support.world import World


@pytest.fixture
def audit(world: World) -> Iterator[Desk]:
    with desk() as made:
        made.records("activity")
        made.records("strikes")
        yield made
