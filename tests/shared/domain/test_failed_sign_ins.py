"""Failed sign-ins from one place: what counts, for how long, and the wait that follows."""

from datetime import timedelta

import pytest

from shared import policy
from shared.domain.failed_sign_ins import FailedShare, FailedSignIns, hour_of
from tests.support.world import NOON

HERE, NEAR = "1", "2"
NOW = hour_of(NOON)
MINUTE = timedelta(minutes=1)
FREE, FREE_OF_SITE = policy.FREE_FAILURES_FROM_NETWORK, policy.FREE_FAILURES_FROM_SITE


def failed(times: int, network: str = HERE, *, hours_ago: int = 0) -> FailedSignIns:
    return FailedSignIns({FailedShare(NOW - hours_ago, network, "ann"): times}, {network: NOON})


@pytest.mark.parametrize(("times", "wait"), [(FREE - 1, 0), (FREE, 30), (FREE + 1, 60), (FREE + 50, 900)])
def test_so_many_are_free_and_then_waits_grow_to_a_quarter_of_an_hour(times: int, wait: int):
    assert max(failed(times).wait(HERE, now=NOON), 0 * MINUTE).total_seconds() == wait


def test_a_wait_ends_by_the_time_of_the_last_failure():
    assert failed(FREE).wait(HERE, now=NOON + policy.FIRST_WAIT) <= timedelta(0)


def test_a_place_from_which_nothing_failed_need_not_wait():
    assert FailedSignIns().wait(HERE, now=NOON) <= timedelta(0)


def test_one_network_does_not_make_another_wait_but_too_many_of_a_site_do():
    assert failed(FREE_OF_SITE - 1).wait(NEAR, now=NOON) <= timedelta(0)
    assert failed(FREE_OF_SITE).wait(NEAR, now=NOON) == policy.FIRST_WAIT


@pytest.mark.parametrize(("hours_ago", "counts"), [(23, True), (24, False)])
def test_a_failure_counts_for_a_day(hours_ago: int, counts: bool):
    before = failed(FREE, hours_ago=hours_ago)
    assert (before.wait(HERE, now=NOON) > timedelta(0)) is counts
    assert (before.over(now=NOON) == []) is counts


def test_a_share_is_of_one_login_network_and_hour():
    before = failed(1)
    assert before.share_for(HERE, "bob", now=NOON) == FailedShare(NOW, HERE, "bob")
    assert before.of_login(HERE, "ann") == [FailedShare(NOW, HERE, "ann")]
    assert before.of_login(HERE, "bob") == before.of_login(NEAR, "ann") == []


def test_a_place_with_too_many_shares_counts_further_ones_for_nobody():
    shares = {FailedShare(NOW, HERE, f"login-{number}"): 1 for number in range(policy.FAILURES_SHARED_OUT)}
    full = FailedSignIns(shares)
    assert full.share_for(HERE, "ann", now=NOON) == FailedShare(NOW, HERE, "")
    assert full.share_for(HERE, "login-7", now=NOON) == FailedShare(NOW, HERE, "login-7")
