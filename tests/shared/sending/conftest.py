"""An account with points, and a sub-user who may spend some of them."""

import pytest

from tests.support import sending
from tests.support.sending import PL, PLENTY
from tests.support.world import World


@pytest.fixture
def ann(world: World) -> str:
    """Her id, with 100 points."""
    sending.give_points(world.ann.user_id[:10], PLENTY)
    return world.ann.user_id


@pytest.fixture
def clerk(world: World, ann: str) -> str:
    """The id of a sub-user of hers, with points for two messages: one of this month, one at any time."""
    return sending.subuser(ann, from_account=PL, per_month=PL, now=world.now).user_id
