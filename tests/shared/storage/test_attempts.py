"""The strikes table: each attempt is counted before it is judged, waits grow, and no two attempts share a step."""

from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.domain.backoff import Backoff, Window
from shared.errors import CodesLocked, Outrun, TooManyCodes
from shared.storage import attempts, engine
from shared.storage.attempts import AttemptItem, LastAttempt, NewlyLocked
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


LATE = NOON + policy.ATTEMPTS_FORGOTTEN_AFTER
MOMENT = timedelta(milliseconds=1)


def failures() -> int:
    (row,) = tables.rows("strikes")
    return int(row["failures"]["N"])


def test_wrong_codes_after_a_right_one_are_kept_until_they_are_reset():
    commit(attempts.resetting_count("about", now=NOON))
    assert "forget_at" in tables.row("strikes", {"about": {"S": "about"}})
    commit(attempt(ENDING))
    assert "forget_at" not in tables.row("strikes", {"about": {"S": "about"}})


def test_a_count_is_over_by_the_clock_though_its_row_is_still_there():
    for _ in range(FREE):
        commit(attempt())
    assert wait(attempt(now=NOON)) == 30 * SECOND
    commit(attempt(now=LATE - MOMENT))
    assert failures() == FREE + 1
    commit(attempt(now=LATE - MOMENT + policy.ATTEMPTS_FORGOTTEN_AFTER))
    assert failures() == 1


def guess(secret: str, *, now: datetime = NOON) -> Write:
    return attempts.recording("about", GROWING, TooManyCodes, secret=secret, now=now)


def test_guesses_at_another_secret_are_counted_from_one():
    for _ in range(FREE):
        commit(guess("old"))
    wait(guess("old"))
    commit(guess("new"))
    assert failures() == 1
    commit(guess("new"))
    wait(guess("new"))


def test_a_count_from_before_secrets_were_named_goes_on():
    for _ in range(FREE):
        commit(guess("old"))
    commit(engine.change(AttemptItem("about"), [AttemptItem.secret.remove()]))
    wait(guess("old"))


def test_who_read_that_a_count_is_over_starts_it_and_who_is_outrun_goes_on_with_it():
    commit(guess("old"))
    for expected in (1, 2):
        commit(attempts.starting("about", GROWING, TooManyCodes, secret="new", now=NOON))
        assert failures() == expected
    with pytest.raises(TooManyCodes):
        commit(attempts.starting("about", GROWING, TooManyCodes, secret="new", now=NOON))


def test_a_count_that_is_not_guarded_refuses_nobody_and_is_over_like_any_other():
    def count(secret: str) -> Write:
        return attempts.recording("about", GROWING, TooManyCodes, secret=secret, guarded=False, now=NOON)

    for expected in range(1, FREE + 3):
        commit(count("old"))
        assert failures() == expected
    commit(count("new"))
    assert failures() == 1


def test_counts_in_one_transaction_may_be_over_each_for_itself():
    for about in ("one", "two"):
        commit(attempts.recording(about, GROWING, TooManyCodes, now=NOON))
    both = [attempts.recording(about, GROWING, TooManyCodes, now=LATE) for about in ("one", "two", "three")]
    commit(*both)
    assert {row["failures"]["N"] for row in tables.rows("strikes")} == {"1"}


def must_wait(backoff: Backoff = GROWING, *, now: datetime = NOON) -> bool:
    (row,) = engine.fetch(attempts.key("about"))
    return attempts.must_wait(row, backoff, now=now)


def test_a_row_that_was_read_tells_whether_the_next_attempt_would_be_refused():
    assert not must_wait()
    for _ in range(FREE):
        assert not must_wait()
        commit(attempt())
    assert [must_wait(now=NOON + 30 * SECOND - MOMENT), must_wait(now=NOON + 30 * SECOND)] == [True, False]
    assert not must_wait(now=NOON + policy.ATTEMPTS_FORGOTTEN_AFTER)
    commit(engine.change(AttemptItem("about"), [AttemptItem.failures.set(5)]))
    assert must_wait(ENDING, now=NOON + timedelta(days=400))
    commit(attempts.resetting_count("about", now=NOON))
    assert not must_wait(ENDING)


# --- Windows ----------------------------------------------------------------------------------------------

WINDOWS = (Window(2, timedelta(hours=1)), Window(3, timedelta(days=1)))


def asking(*, now: datetime = NOON) -> Write:
    return attempts.asking("about", WINDOWS, TooManyCodes, now=now)


def test_so_many_requests_fit_any_hour_and_any_day_to_the_moment():
    commit(asking())
    commit(asking(now=NOON + SECOND))
    assert wait(asking(now=NOON + SECOND)) == timedelta(hours=1) - SECOND
    assert refusal(asking(now=NOON + timedelta(hours=1) - MOMENT)) is TooManyCodes
    commit(asking(now=NOON + timedelta(hours=1)))
    assert wait(asking(now=NOON + timedelta(hours=3))) == timedelta(hours=21)
    commit(asking(now=NOON + timedelta(days=1)))


def test_a_request_that_is_given_back_leaves_the_older_ones():
    commit(attempts.giving_back_newest("about", WINDOWS, now=NOON))
    commit(asking())
    commit(asking())
    commit(attempts.giving_back_newest("about", WINDOWS, now=NOON))
    commit(asking())
    wait(asking())


def test_a_request_that_is_not_guarded_is_counted_and_never_refused():
    for _ in range(4):
        commit(attempts.asking("about", WINDOWS, TooManyCodes, guarded=False, now=NOON))
    assert wait(asking()) == timedelta(days=1)
