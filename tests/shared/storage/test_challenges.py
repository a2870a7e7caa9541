"""The challenges table: each try is paid for, one answer counts, and whoever comes second learns why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.domain.challenges import LOGIN, Challenge
from shared.errors import ChallengeAnswered, ChallengeClosed, ChallengeSpent, Outrun, ResendTooSoon
from shared.storage import challenges
from shared.storage.engine import Write, commit
from shared.storage.message_budgets import SharedIsOver
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

FIRST = Challenge(
    challenge_id="challenge-1",
    purpose=LOGIN,
    login="ann",
    email="ann@example.com",
    phone="+48600100200",
    language="en",
    channel="sms",
    factors="sms",
    sealed_code="sealed-1",
    created_at=NOON,
    expires_at=NOON + policy.CODE_LIFETIME,
    resend_at=NOON + policy.RESEND_AFTER,
    tries_left=2,
    answered=False,
    idle=timedelta(hours=1),
    transport="token",
    device_known=False,
)
NEWER = replace(FIRST, sealed_code="sealed-2", resend_at=NOON + 2 * policy.RESEND_AFTER)


@pytest.fixture(autouse=True)
def _added(world: World) -> None:
    commit(challenges.adding(FIRST))


def found() -> Challenge | None:
    return challenges.find_with(FIRST.challenge_id)[0]


def test_a_challenge_is_read_as_it_was_written_and_added_once():
    assert found() == FIRST
    assert refusal(challenges.adding(NEWER)) is Outrun


def test_a_challenge_has_so_many_tries_and_no_more():
    for left in (1, 0):
        commit(challenges.recording_attempt(FIRST))
        assert found() == replace(FIRST, tries_left=left)
    assert refusal(challenges.recording_attempt(FIRST)) is ChallengeSpent


def test_of_two_right_answers_one_comes_first():
    commit(challenges.answering(FIRST))
    assert found() == replace(FIRST, answered=True)
    assert refusal(challenges.answering(FIRST)) is ChallengeAnswered


def test_an_answered_challenge_takes_no_try_and_sends_no_code():
    commit(challenges.answering(FIRST))
    assert refusal(challenges.recording_attempt(FIRST)) is ChallengeAnswered
    assert refusal(challenges.resending(FIRST, NEWER)) is ChallengeAnswered


def test_a_spent_challenge_sends_no_code():
    for _ in range(FIRST.tries_left):
        commit(challenges.recording_attempt(FIRST))
    assert refusal(challenges.resending(FIRST, NEWER)) is ChallengeSpent


def test_a_right_answer_to_the_last_try_still_counts():
    for _ in range(FIRST.tries_left):
        commit(challenges.recording_attempt(FIRST))
    commit(challenges.answering(FIRST))


def test_a_newer_code_voids_the_answer_to_the_one_before():
    commit(challenges.resending(FIRST, NEWER))
    assert found() == NEWER
    assert refusal(challenges.answering(FIRST)) is ChallengeClosed
    commit(challenges.answering(NEWER))


def test_of_two_who_ask_for_a_newer_code_one_comes_first():
    commit(challenges.resending(FIRST, NEWER))
    assert refusal(challenges.resending(FIRST, replace(NEWER, sealed_code="sealed-3"))) is ResendTooSoon


def test_a_code_that_never_left_lets_the_next_be_asked_for_at_once_unless_there_is_a_newer_one():
    commit(challenges.allowing_resend(FIRST, at=NOON))
    assert found() == replace(FIRST, resend_at=NOON)
    commit(challenges.resending(FIRST, NEWER))
    assert refusal(challenges.allowing_resend(FIRST, at=NOON)) is Outrun


# --- One code for two ------------------------------------------------------------------------------------

SECOND_ONE = replace(FIRST, challenge_id="challenge-3", shares=challenges.code_row(FIRST), transport="cookie")


def test_a_table_holds_no_id_of_a_challenge():
    (row,) = tables.rows("challenges")
    assert FIRST.challenge_id not in str(row)
    assert row["challenge_id"]["S"] == challenges.code_row(FIRST)


def test_a_challenge_that_shares_a_code_has_the_others_attempts_and_is_closed_with_it():
    commit(challenges.sharing(SECOND_ONE, now=NOON), challenges.adding(SECOND_ONE))
    commit(challenges.recording_attempt(FIRST))
    assert challenges.find_with(SECOND_ONE.challenge_id)[0] == replace(SECOND_ONE, tries_left=1)
    commit(challenges.resending(SECOND_ONE, replace(NEWER, challenge_id="challenge-3")))
    assert found() == replace(NEWER, tries_left=1)
    second, _ = challenges.find_with(SECOND_ONE.challenge_id)
    assert second
    commit(challenges.answering(second))
    assert refusal(challenges.recording_attempt(NEWER)) is ChallengeAnswered


OVER: dict[str, Callable[[], Write]] = {
    "answered": lambda: challenges.answering(FIRST),
    "sent anew to end sooner": lambda: challenges.resending(FIRST, replace(NEWER, expires_at=NOON)),
}


@pytest.mark.parametrize("what", OVER)
def test_a_code_is_shared_only_while_its_challenge_is_open(what: str):
    commit(OVER[what]())
    assert refusal(challenges.sharing(SECOND_ONE, now=NOON)) is SharedIsOver


@pytest.mark.parametrize("facts", [{"phone": "+48600100201"}, {"credentials_at": NOON}, {"shares": "nothing"}])
def test_a_code_is_shared_only_with_the_same_number_and_credentials(facts: dict[str, Any]):
    assert refusal(challenges.sharing(replace(SECOND_ONE, **facts), now=NOON)) is SharedIsOver


def test_a_challenge_whose_other_is_gone_is_gone():
    commit(challenges.adding(replace(SECOND_ONE, shares="nothing")))
    assert challenges.find_with(SECOND_ONE.challenge_id)[0] is None


GONE = replace(FIRST, challenge_id="challenge-2")
ON_NOTHING: dict[str, tuple[Write, Any]] = {
    "paying": (challenges.recording_attempt(GONE), ChallengeClosed),
    "answering": (challenges.answering(GONE), ChallengeClosed),
    "resending": (challenges.resending(GONE, GONE), ChallengeClosed),
    "allowing a resend": (challenges.allowing_resend(GONE, at=NOON), Outrun),
}


@pytest.mark.parametrize("what", sorted(ON_NOTHING))
def test_a_challenge_that_is_gone_is_not_brought_back(what: str):
    write, refused = ON_NOTHING[what]
    assert refusal(write) is refused
