"""Codes, however many come at once: one right answer counts, and no more wrong ones are judged than allowed."""

from functools import partial

from shared import policy, settings
from shared.auth.session_opening import NewSession
from shared.errors import ChallengeClosed, TooManyCodes, WrongCode
from shared.storage import challenges
from tests.races.arena import CODE, MANY, WRONG, Arena, answer, attempt_at, tally


def test_of_many_right_answers_exactly_one_opens_a_session(arena: Arena):
    ann = arena.person()
    challenge = arena.challenge(ann)
    answers = arena.race(*[partial(answer, arena.looks(challenge), CODE) for _ in range(MANY)])
    assert tally(answers) == {NewSession: 1, ChallengeClosed: MANY - 1}
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == 1
    assert arena.rows(settings.DEVICES_TABLE, ann.user_id) == 1


def test_of_many_wrong_answers_to_a_challenge_only_its_tries_are_judged(arena: Arena):
    ann = arena.person()
    challenge = arena.challenge(ann)
    answers = arena.race(*[partial(answer, arena.looks(challenge), WRONG) for _ in range(MANY)])
    allowed = policy.ATTEMPTS_PER_CHALLENGE
    assert tally(answers) == {WrongCode: allowed, ChallengeClosed: MANY - allowed}
    assert arena.count(settings.CHALLENGES_TABLE, challenges.code_row(challenge), "tries_left") == 0
    assert arena.count(settings.STRIKES_TABLE, f"code:{ann.user_id}", "failures") == allowed


def test_many_challenges_do_not_give_a_user_more_tries(arena: Arena):
    ann = arena.person()
    places = arena.challenges(ann, arena.crowd // policy.ATTEMPTS_PER_CHALLENGE) * policy.ATTEMPTS_PER_CHALLENGE
    answers = arena.race(*[partial(answer, arena.looks(challenge), WRONG) for challenge in places])
    allowed = policy.FREE_CODE_ATTEMPTS
    assert tally(answers) == {WrongCode: allowed, TooManyCodes: arena.crowd - allowed}
    assert arena.count(settings.STRIKES_TABLE, f"code:{ann.user_id}", "failures") == allowed


def test_a_right_answer_among_many_wrong_ones_changes_nothing_of_this(arena: Arena):
    ann = arena.person()
    challenge = arena.challenge(ann)
    answers = arena.race(
        partial(answer, lambda: attempt_at(challenge), CODE),
        *[partial(answer, arena.looks(challenge), WRONG) for _ in range(arena.crowd - 1)],
    )
    seen = tally(answers)
    assert seen[NewSession] <= 1
    assert seen[NewSession] + seen[WrongCode] <= policy.ATTEMPTS_PER_CHALLENGE
    assert set(seen) <= {NewSession, WrongCode, ChallengeClosed}
    assert arena.rows(settings.SESSIONS_TABLE, ann.user_id) == seen[NewSession]
