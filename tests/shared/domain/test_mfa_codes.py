"""The rules of SMS Authenticator: how often a code is sent and tried, and what forgives the attempts before it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain import mfa_codes
from shared.domain.mfa_codes import Answered, MfaCode, backoff
from shared.errors import (
    CodeEmpty,
    CodeMalformed,
    ContentWithoutCode,
    ResendTooSoon,
    TooManyMessages,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIFETIME = 5 * MINUTE
SIX = backoff(6)
FIRST = MfaCode("number").with_code("code-1", "sealed-1", digits=6, lifetime=LIFETIME, now=NOON)
PROVED = replace(FIRST, last_guess="sealed-1", failures=3, last_at=NOON + MINUTE)


def wait(code: MfaCode, reason: type[ResendTooSoon | TooManyMessages], *, now: datetime) -> timedelta:
    with pytest.raises(reason) as refused:
        code.must_allow_code(now=now)
    assert refused.value.retry_after
    return refused.value.retry_after


def sent(*ago: timedelta, now: datetime = NOON) -> MfaCode:
    """A number that got messages so long ago, the newest first."""
    return replace(FIRST, sent=tuple(now - one for one in ago))


def test_where_no_code_was_sent_none_is_proved_and_one_may_be_sent():
    assert not MfaCode("number").is_proved
    MfaCode("number").must_allow_code(now=NOON)
    assert MfaCode("number").wait(SIX, now=NOON) == timedelta(0)


def test_a_code_expires_to_the_moment():
    moments = [NOON + LIFETIME - SECOND, NOON + LIFETIME]
    assert [FIRST.has_expired(now=now) for now in moments] == [False, True]


def test_a_second_code_waits_half_a_minute():
    assert wait(FIRST, ResendTooSoon, now=NOON + SECOND) == policy.MFA_RESEND_AFTER - SECOND
    FIRST.must_allow_code(now=NOON + policy.MFA_RESEND_AFTER)


def test_a_number_gets_so_many_codes_in_any_hour():
    full = sent(*(place * 5 * MINUTE for place in range(1, policy.MFA_SMS_PER_NUMBER_AND_HOUR + 1)))
    assert wait(full, TooManyMessages, now=NOON) == HOUR - 25 * MINUTE
    assert wait(full, TooManyMessages, now=NOON + 35 * MINUTE - SECOND) == SECOND
    full.must_allow_code(now=NOON + 35 * MINUTE)


def test_a_number_gets_so_many_codes_in_any_day():
    full = sent(*(place * HOUR for place in range(1, policy.MFA_SMS_PER_NUMBER_AND_DAY + 1)))
    assert wait(full, TooManyMessages, now=NOON) == DAY - 15 * HOUR
    full.must_allow_code(now=NOON + 9 * HOUR)


def test_the_longer_of_both_waits_is_told():
    busy = sent(*(MINUTE * place for place in range(1, 16)))
    assert wait(busy, TooManyMessages, now=NOON) == DAY - 15 * MINUTE


def test_guesses_never_stop_a_code():
    replace(FIRST, failures=99, last_at=NOON + MINUTE).must_allow_code(now=NOON + MINUTE)


def test_a_new_code_voids_the_one_before_and_forgives_nothing():
    tried = replace(FIRST, last_guess="wrong", last_try="try-1", failures=2, last_at=NOON + MINUTE)
    newer = tried.with_code("code-2", "sealed-2", digits=6, lifetime=LIFETIME, now=NOON + HOUR)
    assert newer == MfaCode(
        "number", "code-2", "sealed-2", 6, "", "", NOON + HOUR + LIFETIME, 2, NOON + MINUTE, (NOON + HOUR, NOON)
    )


def test_only_as_many_instants_are_kept_as_matter():
    code = FIRST
    for place in range(policy.MFA_SMS_PER_NUMBER_AND_DAY):
        code = code.with_code("code", "sealed", digits=6, lifetime=LIFETIME, now=NOON + (place + 1) * MINUTE)
    assert len(code.sent) == policy.MFA_SMS_PER_NUMBER_AND_DAY
    assert NOON not in code.sent


FORGIVEN = {
    "proved": (PROVED, 0),
    "not proved": (replace(PROVED, last_guess="wrong"), 3),
}


@pytest.mark.parametrize("what", sorted(FORGIVEN))
def test_a_code_that_was_proved_forgives_the_attempts_before_it(what: str):
    before, failures = FORGIVEN[what]
    after = before.with_code("code-2", "sealed-2", digits=6, lifetime=LIFETIME, now=NOON + HOUR)
    assert after.failures == failures


def test_attempts_of_long_ago_are_forgotten():
    tried = replace(PROVED, last_guess="wrong")
    for wait, failures in ((policy.MFA_ATTEMPTS_REMEMBERED_FOR - SECOND, 3), (policy.MFA_ATTEMPTS_REMEMBERED_FOR, 0)):
        after = tried.with_code("code-2", "sealed-2", digits=6, lifetime=LIFETIME, now=tried.last_at + wait)
        assert after.failures == failures


def test_an_attempt_waits_after_those_that_are_free():
    tried = replace(FIRST, failures=SIX.free, last_at=NOON)
    assert replace(tried, failures=SIX.free - 1).wait(SIX, now=NOON) == timedelta(0)
    assert [tried.wait(SIX, now=NOON + passed) for passed in (SECOND, SIX.first, HOUR)] == [
        SIX.first - SECOND,
        timedelta(0),
        timedelta(0),
    ]


def test_a_key_gets_the_same_answer_for_a_day():
    answered = Answered("key", "asked", "code-1", "salt", "1", 6, NOON, NOON + LIFETIME)
    moments = [NOON, NOON + policy.MFA_KEY_REMEMBERED_FOR - SECOND, NOON + policy.MFA_KEY_REMEMBERED_FOR]
    assert [answered.holds(now=now) for now in moments] == [True, True, False]


def test_fewer_digits_have_fewer_free_attempts():
    assert [backoff(digits).free for digits in (4, 5, 6, 10)] == [
        3,
        5,
        policy.FREE_CODE_ATTEMPTS,
        policy.FREE_CODE_ATTEMPTS,
    ]


@pytest.mark.parametrize(("digits", "free"), [(4, 2), (5, 3), (6, 5), (10, 5)])
def test_where_it_is_strict_half_the_attempts_are_free(digits: int, free: int):
    assert backoff(digits, strict=True) == replace(backoff(digits), free=free)


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "１２３４５６"])
def test_a_code_is_read_as_people_type_it(typed: str):
    assert mfa_codes.read_code(typed) == "123456"


@pytest.mark.parametrize("typed", ["123", "12345678901", "12a4", "+1234"])
def test_what_is_no_code_is_refused(typed: str):
    fewest, most = policy.MFA_CODE_DIGITS
    assert [mfa_codes.read_code("1" * digits) for digits in (fewest, most)] == ["1" * fewest, "1" * most]
    with pytest.raises(CodeMalformed):
        mfa_codes.read_code(typed)


@pytest.mark.parametrize("typed", ["", " ", "--"])
def test_where_no_digit_was_typed_there_is_no_code(typed: str):
    with pytest.raises(CodeEmpty):
        mfa_codes.read_code(typed)


def test_the_code_stands_wherever_the_text_has_a_place_for_it():
    mfa_codes.must_have_placeholder("[%code%]")
    assert mfa_codes.fill_in("[%code%], [%code%]", "1234") == "1234, 1234"
    with pytest.raises(ContentWithoutCode):
        mfa_codes.must_have_placeholder("code")
