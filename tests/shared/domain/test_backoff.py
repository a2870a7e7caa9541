"""Waits between failed tries."""

from datetime import timedelta

import pytest

from shared.domain.backoff import Backoff

LADDER = Backoff(free=5, first=timedelta(seconds=30), longest=timedelta(hours=1), most=100)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (99, 3600)]
)
def test_each_wait_is_twice_the_one_before_up_to_the_longest(failures: int, seconds: int):
    assert LADDER.wait_after(failures).total_seconds() == seconds


def test_the_rungs_are_the_counts_with_a_wait_of_their_own():
    assert [(failures, wait.total_seconds()) for failures, wait in LADDER.steps()] == [
        (5, 30),
        (6, 60),
        (7, 120),
        (8, 240),
        (9, 480),
        (10, 960),
        (11, 1920),
        (12, 3600),
    ]


def test_only_a_ladder_with_a_last_rung_locks():
    assert not LADDER.is_locked_after(99)
    assert LADDER.is_locked_after(100)
    assert not Backoff(5, timedelta(seconds=30), timedelta(hours=1)).is_locked_after(10**6)
