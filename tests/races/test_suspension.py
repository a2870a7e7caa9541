"""An account that is suspended while it is used: whoever read it before still opens, sends and pays nothing after."""

from collections.abc import Callable
from functools import partial
from threading import Event

import pytest

from shared import settings
from shared.auth.session_opening import NewSession
from shared.domain.challenges import Challenge
from shared.domain.logins import Login
from shared.errors import AccountSuspended, Refusal, TooManyChallenges, TooManyCodes, TooManyMessages, TooManyPasswords
from shared.storage import accounts
from shared.storage.engine import commit
from tests.races.arena import (
    CODE,
    FEW,
    NOON,
    SOME_SEEDS,
    Arena,
    answer,
    attempt_at,
    caller,
    codes_to,
    log_in,
    messages_to,
    of,
    tally,
)


def suspending(person: Login, done: Event) -> Callable[[], None]:
    """Suspend the account of *person*, and set *done* once that is certain."""

    def suspend() -> None:
        commit(accounts.suspending(person.account_id, on=True))
        done.set()

    return suspend


def noting[Answer](done: Event, ask: Callable[[], Answer]) -> Callable[[], tuple[bool, Answer | Refusal]]:
    """Return *ask* so that its answer tells whether the account was suspended before it was asked."""

    def asked() -> tuple[bool, Answer | Refusal]:
        late = done.is_set()
        try:
            return late, ask()
        except Refusal as refusal:
            return late, refusal

    return asked


def test_of_sign_ins_at_the_moment_of_a_suspension_those_that_come_later_get_no_code_and_no_message_is_paid(
    arena: Arena,
):
    ann, done = arena.person(), Event()
    answers = arena.race(suspending(ann, done), *[noting(done, partial(log_in, ann))] * FEW)
    asked = of(tuple, answers)
    outcomes = [outcome for _, outcome in asked]
    assert set(tally(outcomes)) <= {Challenge, AccountSuspended, TooManyChallenges, TooManyMessages, TooManyPasswords}
    assert of(Challenge, [outcome for late, outcome in asked if late]) == []
    with_a_code = [one for one in of(Challenge, outcomes) if not one.shares]
    assert messages_to(arena, ann) == len(codes_to(ann)) == len(with_a_code)


@SOME_SEEDS
def test_a_code_whose_challenge_was_read_before_a_suspension_opens_nothing_after_it(arena: Arena):
    ann, done = arena.person(), Event()
    asked = [attempt_at(one) for one in arena.challenges(ann, FEW)]
    # Each has read the account already, as it was before: only the write can know.
    callers = [noting(done, partial(answer, lambda attempt=attempt: attempt, CODE)) for attempt in asked]
    outcomes = of(tuple, arena.race(suspending(ann, done), *callers))
    assert of(NewSession, [outcome for late, outcome in outcomes if late]) == []
    opened = of(NewSession, [outcome for _, outcome in outcomes])
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == len(opened)
    for admitted in opened:
        with pytest.raises(AccountSuspended):
            caller(admitted.token, now=NOON)
    with pytest.raises((AccountSuspended, TooManyCodes)):
        answer(partial(attempt_at, arena.challenge(ann)), CODE)
