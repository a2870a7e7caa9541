"""The strikes table: each attempt is counted before it is judged, waits grow, and no two attempts share a step."""

from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.domain.backoff import Backoff
from shared.errors import CodesLocked, Outrun, TooManyCodes
from shared.storage import attempts
from shared.storage.attempts import LastAttempt, NewlyLocked
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND = timedelta(seconds=1)
FREE = 2
GROWING = Backoff(FREE, 30 * SECOND, 120 * SECOND)
ENDING = Backoff(FREE, 30 * SECOND, 120 * SECOND, most=5)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def attempt(backoff: Backoff = GROWING, *, now: datetime = NOON) -> Write:
    return attempts.recording("about", backoff, TooManyCodes, now=now)


def allowed(backoff: Backoff = GROWING, *, now: datetime = NOON) -> Write:
    return attempts.checking("about", backoff, TooManyCodes, now=now)


def wait(write: Write) -> timedelta:
    with pytest.raises(TooManyCodes) as refused:
        commit(write)
    assert refused.value.retry_after
    return refused.value.retry_after


def test_some_attempts_are_free_and_then_waits_double_to_the_longest():
    now = NOON
    for _ in range(FREE):
        commit(attempt(now=now))
    for seconds in (30, 60, 120, 120, 120):
        assert wait(attempt(now=now)) == wait(allowed(now=now)) == seconds * SECOND
        now += seconds * SECOND
        for write in (attempt, allowed):
            assert refusal(write(now=now - SECOND / 1000)) is TooManyCodes
        commit(allowed(now=now))
        commit(attempt(now=now))


def test_nobody_is_told_to_wait_for_less_than_a_second():
    for _ in range(FREE):
        commit(attempt())
    assert wait(attempt(now=NOON + 29.5 * SECOND)) == SECOND


def last(*, now: datetime = NOON) -> Write:
    return attempts.recording_last("about", ENDING, TooManyCodes, now=now)


def test_a_last_attempt_is_none_once_the_count_is_reset():
    assert refusal(last()) is Outrun


def before_the_last() -> datetime:
    """One attempt is left, and may be made from the time that is returned on."""
    now = NOON
    for _ in range(4):
        assert refusal(last(now=now)) in (Outrun, TooManyCodes)
        commit(attempt(ENDING, now=now))
        now += 120 * SECOND
    return now


def test_the_last_attempt_is_counted_as_such_and_once():
    now = before_the_last()
    assert refusal(attempt(ENDING, now=now)) is LastAttempt
    for write in (attempt, allowed):
        assert refusal(write(ENDING, now=now - 60 * SECOND - SECOND)) is TooManyCodes
    assert refusal(last(now=now - 60 * SECOND - SECOND)) is TooManyCodes
    commit(allowed(ENDING, now=now))
    commit(last(now=now))
    assert refusal(last(now=now + timedelta(days=1))) is NewlyLocked


def test_after_the_last_attempt_waiting_does_not_help():
    commit(last(now=before_the_last()))
    long_after = NOON + timedelta(days=365)
    for write in (attempt, allowed):
        assert refusal(write(ENDING, now=long_after)) is NewlyLocked
    commit(attempts.noting_lock("about", ENDING))
    for write in (attempt, allowed):
        assert refusal(write(ENDING, now=long_after)) is CodesLocked
    assert refusal(last(now=long_after)) is CodesLocked


def test_a_lock_is_noted_once_and_only_where_there_is_one():
    assert refusal(attempts.noting_lock("about", ENDING)) is Outrun
    now = before_the_last()
    assert refusal(attempts.noting_lock("about", ENDING)) is Outrun
    commit(last(now=now))
    commit(attempts.noting_lock("about", ENDING))
    assert refusal(attempts.noting_lock("about", ENDING)) is Outrun


def test_what_is_reset_begins_anew():
    for _ in range(FREE):
        commit(attempt())
    commit(attempts.resetting("about"))
    commit(attempts.resetting("about"))
    for _ in range(FREE):
        commit(attempt())
    wait(attempt())


def test_attempts_are_forgotten_unless_they_may_lock():
    commit(attempt())
    commit(attempts.recording("other", ENDING, TooManyCodes, now=NOON))
    kept = {row["about"]["S"]: row.get("forget_at") for row in tables.rows("strikes")}
    forgotten = int((NOON + policy.ATTEMPTS_FORGOTTEN_AFTER).timestamp())
    assert kept == {"about": {"N": str(forgotten)}, "other": None}
