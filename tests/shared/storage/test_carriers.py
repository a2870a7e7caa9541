"""Carrier trouble: it is told while it is fresh, and an older word never overwrites a newer one."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.errors import Outrun
from shared.storage import carriers, engine
from tests.support.world import World

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def told(now: datetime) -> bool:
    (item,) = engine.fetch(carriers.key())
    return carriers.in_trouble(item, now=now)


def test_a_carrier_that_nobody_complained_of_is_in_no_trouble(world: World):
    assert not told(NOON)


def test_trouble_is_told_for_its_time_and_not_a_moment_longer(world: World):
    engine.commit(carriers.failing(now=NOON))
    over = NOON + policy.CARRIER_TROUBLE_TOLD_FOR
    assert told(NOON)
    assert told(over - MOMENT)
    assert not told(over)


def test_trouble_that_lasts_is_told_for_longer(world: World):
    for minutes in range(10):
        engine.commit(carriers.failing(now=NOON + timedelta(minutes=minutes)))
    assert told(NOON + timedelta(minutes=9) + policy.CARRIER_TROUBLE_TOLD_FOR - MOMENT)


@pytest.mark.parametrize("earlier", [timedelta(0), MOMENT, timedelta(days=1)])
def test_an_older_word_never_overwrites_a_newer_one(world: World, earlier: timedelta):
    engine.commit(carriers.failing(now=NOON))
    with pytest.raises(Outrun):
        engine.commit(carriers.failing(now=NOON - earlier))
    assert told(NOON + policy.CARRIER_TROUBLE_TOLD_FOR - MOMENT)


def test_the_row_is_forgotten_in_time(world: World):
    engine.commit(carriers.failing(now=NOON))
    (item,) = engine.fetch(carriers.key())
    assert isinstance(item, carriers.CarrierItem)
    assert item.forget_at == NOON + policy.CARRIER_TROUBLE_TOLD_FOR + policy.FORGET_AFTER
