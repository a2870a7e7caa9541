"""Resends, however many come at once: one message a cool-down, and never more than the number may get."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from shared import policy
from shared.auth.factors.base import Attempt
from shared.domain.challenges import Challenge
from shared.errors import Refusal, ResendTooSoon, TooManyMessages
from tests.races.arena import MANY, NOON, Arena, codes_to, log_in, of, tally
from verify_code.flow import resend_code

ROUNDS = 6


def test_of_many_resends_one_sends_a_code(arena: Arena):
    ann = arena.person()
    challenge = arena.challenge(ann)
    answers = resends(arena, challenge, MANY, now=challenge.resend_at)
    assert tally(answers) == {Challenge: 1, ResendTooSoon: MANY - 1}
    assert len(codes_to(ann)) == 1


def test_resends_in_every_cool_down_end_at_what_a_number_may_get_in_an_hour(arena: Arena):
    ann = arena.person()
    challenge = log_in(ann)
    for now in (NOON + policy.RESEND_AFTER * (1 + place) for place in range(ROUNDS)):
        answers = resends(arena, challenge, arena.crowd // ROUNDS, now=now)
        challenge = (of(Challenge, answers) or [challenge])[0]
        assert set(tally(answers)) <= {Challenge, ResendTooSoon, TooManyMessages}
    assert len(codes_to(ann)) == policy.SMS_PER_NUMBER_AND_HOUR


def resends(arena: Arena, challenge: Challenge, callers: int, *, now: datetime) -> list[Challenge | Refusal]:
    looks = [arena.looks(challenge) for _ in range(callers)]
    return arena.race(*[partial(resend, look, now=now) for look in looks])


def resend(look: Callable[[], Attempt], *, now: datetime) -> Challenge:
    """POST /verify-code/resend, as its door does it."""
    return resend_code(look().challenge, now=now)
