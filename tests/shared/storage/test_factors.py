"""What lies in the factors table, and what may overwrite it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from shared import policy, settings
from shared.domain.recovery import RecoveryCodes
from shared.domain.totp import Authenticator, Enrolment
from shared.errors import Outrun, WrongCode
from shared.storage import factors
from shared.storage.engine import commit, fetch
from tests.support.calls import overheard
from tests.support.world import World

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN, BOB = "A" * 16, "B" * 16
WAITING = Enrolment(ANN, "blob-1", NOON + policy.ENROLMENT_LIFETIME)
NEWER = replace(WAITING, secret_blob="blob-2")
APP = Authenticator(ANN, "blob-1", last_step=100, since=NOON)
CODES = RecoveryCodes(ANN, frozenset({"digest-1", "digest-2"}), 2, NOON)


def app() -> Authenticator | None:
    return factors.of_user(ANN)[0]


def codes() -> RecoveryCodes | None:
    return factors.of_user(ANN)[1]


def waiting() -> Enrolment | None:
    (item,) = fetch(factors.enrolment_key(ANN))
    return factors.enrolment(item)


def enrol(enrolment: Enrolment = WAITING) -> None:
    commit(factors.enrolling(enrolment))


def confirm(enrolment: Enrolment = WAITING, *, step: int = 100) -> None:
    commit(*factors.confirming(enrolment, step=step, now=NOON))


# --- The app ----------------------------------------------------------------------------------------------


def test_who_has_no_factors_has_none(world: World):
    assert factors.of_user(ANN) == (None, None)
    assert waiting() is None


def test_an_app_that_waits_is_no_factor(world: World):
    enrol()
    assert waiting() == WAITING
    assert factors.of_user(ANN) == (None, None)


def test_an_app_that_showed_its_code_is_one_and_waits_no_longer(world: World):
    enrol()
    confirm()
    assert waiting() is None
    assert app() == APP


def test_the_step_that_confirmed_an_app_is_used_up(world: World):
    enrol()
    confirm()
    with pytest.raises(WrongCode):
        commit(factors.accepting_step(APP, step=100))


def test_the_newest_app_waits_and_the_one_before_it_can_no_longer_be_confirmed(world: World):
    enrol()
    enrol(NEWER)
    with pytest.raises(Outrun):
        confirm()
    assert (waiting(), app()) == (NEWER, None)
    confirm(NEWER)
    assert app() == replace(APP, secret_blob="blob-2")


def test_an_app_is_confirmed_once(world: World):
    enrol()
    confirm()
    with pytest.raises(Outrun):
        confirm(step=101)
    assert app() == APP


def test_a_new_app_takes_the_place_of_the_old_one(world: World):
    enrol()
    confirm()
    enrol(NEWER)
    assert app() == APP
    confirm(NEWER, step=7)
    assert app() == replace(APP, secret_blob="blob-2", last_step=7)


def test_an_app_that_nobody_confirmed_is_forgotten(world: World):
    enrol()
    key = {"user_id": {"S": ANN}, "kind": {"S": "totp-new"}}
    row = boto3.client("dynamodb").get_item(TableName=settings.FACTORS_TABLE, Key=key)["Item"]
    assert int(row["forget_at"]["N"]) == (WAITING.expires_at + policy.FORGET_AFTER).timestamp()


def test_a_step_is_accepted_once_and_steps_only_rise(world: World):
    enrol()
    confirm()
    commit(factors.accepting_step(APP, step=102))
    for step in (100, 101, 102):
        with pytest.raises(WrongCode):
            commit(factors.accepting_step(APP, step=step))
    commit(factors.accepting_step(APP, step=103))
    assert app() == replace(APP, last_step=103)


def test_a_step_of_an_app_that_was_replaced_meanwhile_is_refused(world: World):
    enrol()
    confirm()
    enrol(NEWER)
    confirm(NEWER, step=7)
    with pytest.raises(WrongCode):
        commit(factors.accepting_step(APP, step=101))
    assert app() == replace(APP, secret_blob="blob-2", last_step=7)


def test_an_app_that_was_taken_away_accepts_nothing_and_stays_away(world: World):
    enrol()
    confirm()
    commit(factors.making_codes(CODES))
    commit(factors.removing_totp(ANN))
    with pytest.raises(WrongCode):
        commit(factors.accepting_step(APP, step=101))
    assert factors.of_user(ANN) == (None, CODES)


# --- Recovery codes ---------------------------------------------------------------------------------------


def test_each_recovery_code_works_once_the_last_one_too(world: World):
    commit(factors.making_codes(CODES))
    for left, digest in [(1, "digest-1"), (0, "digest-2")]:
        commit(factors.using_code(ANN, digest))
        with pytest.raises(WrongCode):
            commit(factors.using_code(ANN, digest))
        found = codes()
        assert found
        assert (found.left, found.of, found.since) == (left, 2, NOON)
    assert codes() == replace(CODES, codes=frozenset())


@pytest.mark.parametrize("digest", ["digest-3", "digest", "digest-11", ""])
def test_a_code_that_is_not_on_the_list_is_wrong(world: World, digest: str):
    commit(factors.making_codes(CODES))
    with pytest.raises(WrongCode):
        commit(factors.using_code(ANN, digest))
    assert codes() == CODES


def test_where_there_is_no_list_every_code_is_wrong_and_none_is_begun(world: World):
    with pytest.raises(WrongCode):
        commit(factors.using_code(ANN, "digest-1"))
    assert codes() is None


def test_a_new_list_voids_the_one_before(world: World):
    commit(factors.making_codes(CODES))
    newer = RecoveryCodes(ANN, frozenset({"digest-3"}), 1, NOON + timedelta(days=1))
    commit(factors.making_codes(newer))
    with pytest.raises(WrongCode):
        commit(factors.using_code(ANN, "digest-1"))
    assert codes() == newer


def test_a_list_that_was_taken_away_is_gone(world: World):
    commit(factors.making_codes(CODES))
    commit(factors.removing_codes(ANN))
    with pytest.raises(WrongCode):
        commit(factors.using_code(ANN, "digest-1"))
    assert factors.of_user(ANN) == (None, None)


# --- Both -------------------------------------------------------------------------------------------------


def test_what_one_user_has_is_nobody_elses(world: World):
    enrol()
    confirm()
    commit(factors.making_codes(CODES))
    with pytest.raises(WrongCode):
        commit(factors.using_code(BOB, "digest-1"))
    assert factors.of_user(BOB) == (None, None)


def test_all_that_a_user_has_is_one_read(world: World):
    enrol()
    confirm()
    commit(factors.making_codes(CODES))
    with overheard() as calls:
        assert factors.of_user(ANN) == (APP, CODES)
    assert [call.operation for call in calls] == ["BatchGetItem"]


def test_a_proof_and_what_it_is_good_for_are_one_write(world: World):
    """All or none: a step that does not count any more takes everything else of its sign-in back."""
    enrol()
    confirm()
    commit(factors.making_codes(CODES))
    with pytest.raises(WrongCode):
        commit(factors.using_code(ANN, "digest-1"), factors.accepting_step(APP, step=100))
    assert factors.of_user(ANN) == (APP, CODES)
