"""Marks of failed attempts: which one an attempt counts for, which are shown, and which have to go."""

from datetime import timedelta

from shared import policy
from shared.domain.failed_sign_ins import HOUR, hour_of
from shared.domain.failure_marks import MANY, FailureMarks, Mark, Times
from shared.domain.instants import NEVER
from tests.support.world import NOON

SECOND = timedelta(seconds=1)
HERE = Mark(hour_of(NOON), "192.0.2.1")


def marks(*those: Mark, count: int = 1) -> FailureMarks:
    times = {mark: Times(NEVER + mark.hour * HOUR, NEVER + mark.hour * HOUR) for mark in those}
    return FailureMarks(dict.fromkeys(those, count), times)


def networks(number: int, *, ago: int = 0) -> list[Mark]:
    return [Mark(hour_of(NOON) - ago, f"198.51.100.{place}") for place in range(number)]


def test_an_attempt_counts_for_its_network_until_the_hour_has_as_many_as_are_shown():
    almost, full = networks(policy.NETWORKS_SHOWN_AN_HOUR - 1), networks(policy.NETWORKS_SHOWN_AN_HOUR)
    assert marks(*almost).mark_for(HERE.network, now=NOON) == HERE
    assert marks(*almost, Mark(HERE.hour, MANY)).mark_for(HERE.network, now=NOON) == HERE
    assert marks(*full).mark_for(HERE.network, now=NOON) == Mark(HERE.hour, MANY)
    assert marks(*full).mark_for(full[0].network, now=NOON) == full[0]
    assert marks(*full, count=0).mark_for(HERE.network, now=NOON) == HERE
    assert marks(*full).mark_for(HERE.network, now=NOON + HOUR).network == HERE.network


def test_a_mark_without_times_is_of_its_whole_hour_and_an_empty_one_has_none():
    start = NEVER + HERE.hour * HOUR
    assert FailureMarks({HERE: 1}).times_of(HERE) == (start, start)
    assert marks(HERE, count=0).times_of(HERE) is None


def test_the_oldest_are_removed_and_empty_ones_once_nothing_can_count_for_them():
    kept = [*networks(policy.FAILURE_MARKS - 1), HERE]
    oldest = Mark(hour_of(NOON) - 1, "192.0.2.1")
    assert marks(*kept[1:]).over(now=NOON) == []
    assert marks(oldest, *kept[1:]).over(now=NOON) == [oldest]
    assert marks(HERE, count=0).over(now=NOON + HOUR) == []
    assert marks(HERE, count=0).over(now=NOON + 2 * HOUR) == [HERE]
    assert marks(HERE).over(now=NOON + policy.FAILURES_SHOWN_FOR) == []
    assert marks(HERE).over(now=NOON + policy.FAILURES_SHOWN_FOR + HOUR) == [HERE]


def test_shown_is_what_failed_since_then_and_not_too_long_ago():
    def shown(now: timedelta, since: timedelta = -SECOND) -> bool:
        return marks(HERE).shown(since=NOON + since, now=NOON + now) != []

    assert shown(policy.FAILURES_SHOWN_FOR - SECOND)
    assert not shown(policy.FAILURES_SHOWN_FOR)
    assert shown(SECOND, since=timedelta(0))
    assert not shown(SECOND, since=SECOND)
