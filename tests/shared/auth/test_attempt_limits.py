"""Limits on attempts: some are free, then waits double, and each counter counts what it is for and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from itertools import count
from typing import NamedTuple

import pytest

from shared import policy
from shared.auth import attempt_limits
from shared.auth.attempt_limits import ApiPasswordAttempts, PasswordAttempts
from shared.crypto import randomness
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.errors import (
    CodesLocked,
    Outrun,
    TooMany,
    TooManyCodes,
    TooManyEndings,
    TooManyForgeries,
    TooManyNames,
    TooManyNewPasswords,
    TooManyPasswords,
)
from shared.storage import engine
from shared.storage.attempts import AttemptItem, LastAttempt, NewlyLocked
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ANN = randomness.user_id(randomness.account_id())
BOB = randomness.user_id(account_of(ANN))
EVE = randomness.user_id(randomness.account_id())
PHONE, OTHER_PHONE = "+48600100201", "+48600100202"
HERE, THERE = Origin("198.51.100.7", "Check/1.0"), Origin("203.0.113.9", "Check/1.0")
LAPTOP, TABLET = (Device(ANN, randomness.record_id(ANN), "sealed", "Firefox", NOON, NOON) for _ in range(2))

STRANGER = PasswordAttempts("ann", HERE)
KNOWN = PasswordAttempts("ann", HERE, LAPTOP)
SIGNED_IN = PasswordAttempts("ann", HERE, signed_in=True)
INSIDE, OUTSIDE = ApiPasswordAttempts("ann", HERE, admitted=True), ApiPasswordAttempts("ann", HERE)
PASSWORDS = {
    "a stranger": STRANGER,
    "a known device": KNOWN,
    "who is signed in": SIGNED_IN,
    "a program": INSIDE,
    "a program that is not on the list": OUTSIDE,
}

type Recording = Callable[[], Sequence[Write]]

numbers = count(1)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def elsewhere() -> Origin:
    """An address that nothing came from before."""
    return Origin(str(ip_address("10.0.0.0") + next(numbers)), "Check/1.0")


def password(attempts: PasswordAttempts) -> list[Write]:
    return attempts.recording(now=NOON)


def code(user_id: str = ANN) -> list[Write]:
    return [attempt_limits.recording_code_attempt(user_id, now=NOON)]


def free(recording: Recording) -> int:
    """Make attempts until one has to wait, and return how many did not."""
    for made in range(2 * policy.FREE_NAMES):
        if not is_free(recording):
            return made
    raise AssertionError("nothing limits them")


def is_free(recording: Recording) -> bool:
    try:
        commit(*recording())
    except TooMany:
        return False
    return True


def refused(recording: Recording) -> tuple[type[TooMany], timedelta | None]:
    """Return why the attempt is refused, and how long it has to wait."""
    with pytest.raises(TooMany) as refusal:
        commit(*recording())
    return type(refusal.value), refusal.value.retry_after


def let_all_have(failures: int) -> None:
    """Let every counter have so many failures."""
    for row in tables.rows("strikes"):
        commit(engine.change(AttemptItem(row["about"]["S"]), [AttemptItem.failures.set(failures)]))


class Limit(NamedTuple):
    """What is counted, how many attempts are free, and what the next ones get to hear."""

    recording: Recording
    free: int
    refusal: type[TooMany]
    first: timedelta = policy.FIRST_WAIT
    longest: timedelta = policy.LONGEST_WAIT


FROM_ANYWHERE = policy.LONGEST_WAIT_FROM_ANYWHERE

LIMITS = {
    "passwords from an address": Limit(lambda: password(STRANGER), policy.FREE_PASSWORD_ATTEMPTS, TooManyPasswords),
    "passwords from anywhere": Limit(
        lambda: password(replace(STRANGER, origin=elsewhere())),
        policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE,
        TooManyPasswords,
        longest=FROM_ANYWHERE,
    ),
    "passwords of a known device": Limit(
        lambda: password(replace(KNOWN, origin=elsewhere())), policy.FREE_PASSWORD_ATTEMPTS, TooManyPasswords
    ),
    "passwords of a session": Limit(
        lambda: password(replace(SIGNED_IN, origin=elsewhere())), policy.FREE_PASSWORD_ATTEMPTS, TooManyPasswords
    ),
    "API passwords from an address": Limit(
        lambda: password(OUTSIDE), policy.FREE_API_PASSWORD_ATTEMPTS, TooManyPasswords
    ),
    "API passwords from anywhere": Limit(
        lambda: password(replace(OUTSIDE, origin=elsewhere())),
        policy.FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE,
        TooManyPasswords,
        longest=FROM_ANYWHERE,
    ),
    "API passwords from the list": Limit(
        lambda: password(replace(INSIDE, origin=elsewhere())),
        policy.FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE,
        TooManyPasswords,
        longest=FROM_ANYWHERE,
    ),
    "new passwords": Limit(
        lambda: [attempt_limits.recording_new_password(ANN, now=NOON)], policy.FREE_NEW_PASSWORDS, TooManyNewPasswords
    ),
    "unknown tokens": Limit(
        lambda: [attempt_limits.recording_forgery(HERE, now=NOON)],
        policy.FREE_FORGERIES,
        TooManyForgeries,
        longest=FROM_ANYWHERE,
    ),
    "logins of sub-users": Limit(
        lambda: [attempt_limits.recording_login_choice(account_of(ANN), now=NOON)], policy.FREE_NAMES, TooManyNames
    ),
    "codes": Limit(code, policy.FREE_CODE_ATTEMPTS, TooManyCodes),
}


@pytest.mark.parametrize("what", sorted(LIMITS))
def test_so_many_are_free_and_then_the_first_wait_begins(what: str):
    limit = LIMITS[what]
    assert free(limit.recording) == limit.free
    assert refused(limit.recording) == (limit.refusal, limit.first)


@pytest.mark.parametrize("what", sorted(LIMITS))
def test_waits_grow_to_the_longest_and_no_further(what: str):
    limit = LIMITS[what]
    commit(*limit.recording())
    let_all_have(limit.free + 20)
    assert refused(limit.recording) == (limit.refusal, limit.longest)


def test_ends_of_all_other_sessions_are_so_many_in_an_hour():
    def end() -> list[Write]:
        return [attempt_limits.recording_end_of_others(ANN, now=NOON)]

    assert free(end) == policy.ENDINGS_OF_OTHERS_AN_HOUR
    assert refused(end) == (TooManyEndings, timedelta(hours=1))


GIVEN_BACK: dict[str, tuple[Recording, Recording]] = {
    "logins of sub-users": (
        lambda: [attempt_limits.recording_login_choice(account_of(ANN), now=NOON)],
        lambda: [attempt_limits.giving_back_login_choice(account_of(ANN), now=NOON)],
    ),
}


@pytest.mark.parametrize("what", GIVEN_BACK)
def test_what_is_given_back_is_one_and_never_one_that_was_not_recorded(what: str):
    recording, giving_back = GIVEN_BACK[what]
    commit(*giving_back())
    commit(*recording())
    assert [row["failures"]["N"] for row in tables.rows("strikes")] == ["1"]
    commit(*recording())
    commit(*giving_back())
    assert [row["failures"]["N"] for row in tables.rows("strikes")] == ["1"]


# --- What is counted apart --------------------------------------------------------------------------------


def test_strangers_do_not_make_a_known_device_or_who_is_signed_in_wait():
    free(lambda: password(STRANGER))
    free(lambda: password(replace(STRANGER, origin=elsewhere())))
    assert free(lambda: password(KNOWN)) == free(lambda: password(SIGNED_IN)) == policy.FREE_PASSWORD_ATTEMPTS


@pytest.mark.parametrize("attempts", [KNOWN, SIGNED_IN])
def test_neither_do_these_make_each_other_or_strangers_wait(attempts: PasswordAttempts):
    free(lambda: password(attempts))
    for other in {STRANGER, KNOWN, SIGNED_IN, replace(KNOWN, device=TABLET), OUTSIDE, INSIDE} - {attempts}:
        assert is_free(lambda other=other: password(other))


def test_a_session_counts_as_one_on_a_known_device_as_well():
    free(lambda: password(SIGNED_IN))
    assert not is_free(lambda: password(replace(SIGNED_IN, device=LAPTOP)))


def test_programs_and_people_do_not_make_each_other_wait():
    free(lambda: password(STRANGER))
    assert is_free(lambda: password(OUTSIDE))
    free(lambda: password(replace(OUTSIDE, origin=elsewhere())))
    assert is_free(lambda: password(replace(STRANGER, origin=THERE)))


def test_programs_that_are_not_on_the_list_do_not_make_those_wait_that_are():
    free(lambda: password(replace(OUTSIDE, origin=elsewhere())))
    assert not is_free(lambda: password(replace(OUTSIDE, origin=elsewhere())))
    assert is_free(lambda: password(replace(INSIDE, origin=elsewhere())))


@pytest.mark.parametrize("attempts", PASSWORDS.values(), ids=PASSWORDS)
def test_another_login_need_not_wait_and_no_row_shows_what_was_typed(attempts: PasswordAttempts):
    free(lambda: password(replace(attempts, login="ann@example.com")))
    assert is_free(lambda: password(replace(attempts, login="bob@example.com")))
    assert "example" not in str(tables.rows("strikes"))


@pytest.mark.parametrize("attempts", [STRANGER, INSIDE, OUTSIDE])
def test_another_address_need_not_wait_but_another_of_the_same_network_does(attempts: PasswordAttempts):
    near, too, far = (Origin(f"2001:db8::{place}", "Check/1.0") for place in ("1", "2", "1:0:0:0:1"))
    free(lambda: password(replace(attempts, origin=near)))
    assert not is_free(lambda: password(replace(attempts, origin=too)))
    assert is_free(lambda: password(replace(attempts, origin=far)))


def test_what_one_does_does_not_make_others_wait():
    for limit in LIMITS.values():
        free(limit.recording)
    assert is_free(lambda: code(BOB))
    assert is_free(lambda: [attempt_limits.recording_forgery(THERE, now=NOON)])
    assert is_free(lambda: [attempt_limits.recording_login_choice(account_of(EVE), now=NOON)])


@pytest.mark.parametrize("attempts", PASSWORDS.values(), ids=PASSWORDS)
def test_a_right_password_sets_its_own_counters_to_zero_and_no_other(attempts: PasswordAttempts):
    others = [other for other in PASSWORDS.values() if other != attempts]
    for other in others:
        commit(*password(replace(other, origin=THERE, login="bob")))
    before = tables.rows("strikes")
    commit(*password(attempts))
    commit(*attempts.resetting(now=NOON))
    assert [row for row in tables.rows("strikes") if row["failures"] != {"N": "0"}] == before


# --- Codes ------------------------------------------------------------------------------------------------


def test_who_must_wait_before_a_code_is_told_so_without_an_attempt():
    for _ in range(policy.FREE_CODE_ATTEMPTS - 1):
        commit(*code())
    commit(attempt_limits.checking_code_attempts(ANN, now=NOON))
    commit(*code())
    assert refusal(attempt_limits.checking_code_attempts(ANN, now=NOON)) is TooManyCodes
    commit(attempt_limits.checking_code_attempts(ANN, now=NOON + policy.FIRST_WAIT))
    commit(attempt_limits.checking_code_attempts(BOB, now=NOON))


def test_a_right_code_sets_the_counter_to_zero():
    free(code)
    commit(attempt_limits.resetting_code_attempts(BOB, now=NOON))
    assert not is_free(code)
    commit(attempt_limits.resetting_code_attempts(ANN, now=NOON))
    assert free(code) == policy.FREE_CODE_ATTEMPTS


def test_the_last_attempt_is_counted_as_such_and_locks_codes():
    commit(*code())
    late = NOON + policy.LONGEST_WAIT
    let_all_have(policy.MAX_CODE_ATTEMPTS - 2)
    assert refusal(attempt_limits.recording_last_code_attempt(ANN, now=late)) is TooManyCodes
    commit(attempt_limits.recording_code_attempt(ANN, now=late))
    late += policy.LONGEST_WAIT
    assert refusal(attempt_limits.recording_code_attempt(ANN, now=late)) is LastAttempt
    assert refusal(attempt_limits.noting_lock(ANN)) is Outrun
    commit(attempt_limits.recording_last_code_attempt(ANN, now=late))
    assert refusal(attempt_limits.checking_code_attempts(ANN, now=late + timedelta(days=99))) is NewlyLocked


def test_a_lock_is_noted_once_for_its_user_and_keeps_nobody_else_out():
    commit(*code())
    let_all_have(policy.MAX_CODE_ATTEMPTS)
    commit(attempt_limits.noting_lock(ANN))
    assert refusal(attempt_limits.noting_lock(ANN)) is Outrun
    for write in (attempt_limits.checking_code_attempts, attempt_limits.recording_code_attempt):
        assert refusal(write(ANN, now=NOON)) is CodesLocked
        commit(write(BOB, now=NOON))


# --- What is told at most so often ------------------------------------------------------------------------


def told(*, later: timedelta = timedelta(0)) -> list[Write]:
    row, *_ = engine.fetch(attempt_limits.glass_refusal_key(ANN))
    return attempt_limits.telling_of_glass_refusal(ANN, row, now=NOON + later)


def test_a_refusal_where_lists_are_turned_off_is_told_once_in_its_time():
    every = policy.GLASS_REFUSAL_TOLD_EVERY
    commit(*told())
    assert told(later=every - timedelta(seconds=1)) == []
    for later in (every, 2 * every, timedelta(days=9)):
        commit(*told(later=later))
        assert told(later=later) == []
    assert len(tables.rows("strikes")) == 1


def test_of_two_who_read_that_nobody_was_told_one_tells():
    one, other = told(), told()
    commit(*one)
    assert refusal(*other) is attempt_limits.ToldBefore


def test_codes_are_taken_until_they_wait_or_are_locked():
    def takes(later: timedelta = timedelta(0)) -> bool:
        row, *_ = engine.fetch(attempt_limits.code_attempts_key(ANN))
        return attempt_limits.takes_codes(row, now=NOON + later)

    assert takes()
    free(code)
    assert [takes(policy.FIRST_WAIT - timedelta(seconds=1)), takes(policy.FIRST_WAIT)] == [False, True]
    let_all_have(policy.MAX_CODE_ATTEMPTS)
    assert not takes(timedelta(days=400))
