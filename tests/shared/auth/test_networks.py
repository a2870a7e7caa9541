"""Networks: which a login is known from, and what failed from each, as rows keep it."""

from datetime import timedelta

import pytest

from shared import policy
from shared.auth import networks
from shared.auth.networks import Failing
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import TooManyPasswords
from shared.storage import engine, logins
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.world import NOON, World

HERE, THERE = Origin("198.51.100.7", "Check/1.0"), Origin("2001:db8:1:2::7", "Check/1.0")
NEAR = Origin("2001:db8:1:3::7", "Check/1.0")
SECOND = timedelta(seconds=1)


@pytest.fixture
def ann(world: World) -> Login:
    found = logins.find("ann")
    assert found
    return found


def failing(login: str = "ann", origin: Origin = HERE, kind: str = "password") -> Failing:
    """What failed from there, as it is read now."""
    row, _ = engine.fetch(*networks.keys(kind, login, origin))
    return networks.failing(kind, login, origin, row)


def fail(login: str = "ann", origin: Origin = HERE, *, times: int = 1) -> None:
    for _ in range(times):
        commit(failing(login, origin).recording(now=NOON))


def must_wait(origin: Origin = HERE, kind: str = "password") -> bool:
    try:
        failing("anybody", origin, kind).must_not_wait(now=NOON)
    except TooManyPasswords as refused:
        return refused.retry_after is not None
    return False


def is_known(owner: Login | None, origin: Origin = HERE, *, later: timedelta = timedelta(0)) -> bool:
    _, row = engine.fetch(*networks.keys("password", "ann", origin))
    return networks.is_known(owner, origin, row, now=NOON + later)


@pytest.mark.parametrize("origin", [HERE, THERE])
def test_failures_of_all_logins_count_for_their_network(world: World, origin: Origin):
    fail("ann", origin, times=policy.FREE_FAILURES_FROM_NETWORK - 1)
    assert not must_wait(origin)
    fail("bob", origin)
    assert must_wait(origin)
    assert not must_wait(NEAR)
    assert not must_wait(origin, "api-password")


def test_what_one_login_failed_can_be_taken_back_and_no_more(world: World):
    fail("ann", times=2)
    fail("bob")
    commit(*failing("ann").forgiving(now=NOON))
    assert failing("ann").forgiving(now=NOON) == []
    assert sum(failing().before.failures.values()) == 1
    commit(*failing("bob").forgiving(now=NOON))
    assert failing().before.failures == {}


def test_what_is_over_is_removed_with_the_next_failure(world: World):
    fail("ann")
    late = NOON + policy.ATTEMPTS_FORGOTTEN_AFTER
    commit(failing("bob").recording(now=late))
    (share,) = failing().before.failures
    assert share.login != failing("ann").before.share_for("", "ann", now=NOON).login
    (row,) = tables.rows("strikes")
    assert row["forget_at"]["N"] == str(int((late + policy.ATTEMPTS_FORGOTTEN_AFTER).timestamp()))


def test_a_network_is_known_to_its_user_for_a_quarter(ann: Login):
    commit(networks.remembering("ann", ann.user_id, HERE, now=NOON))
    assert is_known(ann, later=policy.NETWORK_REMEMBERED_FOR - SECOND)
    assert not is_known(ann, later=policy.NETWORK_REMEMBERED_FOR)
    assert not is_known(None)
    assert not is_known(ann, THERE)


def test_a_network_is_not_known_to_another_user_of_the_same_login(world: World, ann: Login):
    commit(networks.remembering("ann", world.add("bob").user_id, HERE, now=NOON))
    assert not is_known(ann)


def test_all_addresses_of_a_network_are_one_and_a_login_has_a_bounded_number_of_them(world: World, ann: Login):
    commit(networks.remembering("ann", ann.user_id, THERE, now=NOON))
    assert is_known(ann, Origin("2001:db8:1:2:ffff::1", "Check/1.0"))
    for place in range(5 * policy.NETWORKS_REMEMBERED):
        commit(networks.remembering("ann", ann.user_id, Origin(f"10.0.0.{place}", "Check/1.0"), now=NOON))
    (row,) = tables.rows("strikes")
    assert len([name for name in row if name.startswith("network_")]) <= policy.NETWORKS_REMEMBERED
    assert "10.0.0" not in str(row)
