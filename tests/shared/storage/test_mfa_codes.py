"""The proved numbers table: of all codes for a number the newest counts, once, and a key is answered once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.domain.mfa_codes import Answered, MfaCode, backoff
from shared.errors import CodeExpired, CodeNotFound, Outrun, ResendTooSoon, TooManyCodes
from shared.storage import mfa_codes
from shared.storage.engine import commit
from shared.storage.mfa_codes import Guess
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND = timedelta(seconds=1)
BACKOFF = backoff(policy.CODE_DIGITS)
LATER = NOON + policy.MFA_RESEND_AFTER
NONE = MfaCode("account:number")
FIRST = NONE.with_code("code-1", "1.sealed-1", digits=6, lifetime=policy.CODE_LIFETIME, now=NOON)
SECOND_CODE = FIRST.with_code("code-2", "1.sealed-2", digits=6, lifetime=policy.CODE_LIFETIME, now=LATER)
KEY = Answered("account:number:key", "asked", "code-1", "salt", "1", 6, NOON, NOON + policy.CODE_LIFETIME)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def found() -> tuple[MfaCode | None, Answered | None]:
    number, answered, _ = mfa_codes.find_with(NONE.about, KEY.about)
    return number, answered


def send(before: MfaCode | None = None, after: MfaCode = FIRST) -> None:
    commit(mfa_codes.sending(before, after, now=NOON))


def guess(
    sealed: str, *, digits: int = 6, code_id: str | None = None, try_id: str = "try-1", now: datetime = NOON
) -> MfaCode:
    return mfa_codes.trying(NONE.about, Guess(lambda _: sealed, digits, try_id, code_id), BACKOFF, now=now)


# --- Codes ------------------------------------------------------------------------------------------------


def test_of_two_first_codes_one_is_sent():
    send()
    assert refusal(mfa_codes.sending(None, SECOND_CODE, now=NOON)) is ResendTooSoon


def test_of_two_newer_codes_one_is_sent():
    send()
    send(FIRST, SECOND_CODE)
    other = replace(SECOND_CODE, code_id="code-3")
    assert refusal(mfa_codes.sending(FIRST, other, now=LATER)) is ResendTooSoon
    assert found()[0] == SECOND_CODE


def test_a_try_that_is_counted_while_a_code_is_sent_is_not_forgotten():
    send()
    guess("1.wrong")
    send(FIRST, SECOND_CODE)
    assert found()[0] == replace(SECOND_CODE, failures=1, last_at=NOON)


def test_a_code_that_never_left_is_void_and_does_not_count_as_sent():
    send()
    send(FIRST, SECOND_CODE)
    commit(mfa_codes.voiding(FIRST, SECOND_CODE))
    assert found()[0] == replace(SECOND_CODE, sealed_code="", sent=FIRST.sent)
    with pytest.raises(CodeNotFound):
        guess("1.sealed-2")


def test_a_code_that_never_left_does_not_void_a_newer_one():
    send()
    voiding = mfa_codes.voiding(None, FIRST)
    send(FIRST, SECOND_CODE)
    assert refusal(voiding) is Outrun
    assert guess("1.sealed-2").is_proved


def test_a_code_that_was_sent_nowhere_is_not_voided():
    assert refusal(mfa_codes.voiding(None, FIRST)) is Outrun


# --- Tries ------------------------------------------------------------------------------------------------


def test_a_right_code_is_good_once():
    send()
    assert guess("1.sealed-1").is_proved
    with pytest.raises(CodeNotFound):
        guess("1.sealed-1", try_id="try-2")


def test_a_try_whose_answer_got_lost_is_answered_again_and_counted_once():
    send()
    for _ in range(2):
        assert guess("1.sealed-1").is_proved
    number, _ = found()
    assert number
    assert number.failures == 1


def test_a_try_at_another_code_than_the_newest_is_none():
    send()
    with pytest.raises(CodeNotFound):
        guess("1.sealed-1", code_id="code-2")
    assert found()[0] == FIRST
    assert guess("1.sealed-1", code_id="code-1").is_proved


def test_where_nothing_was_sent_no_try_is_taken():
    with pytest.raises(CodeNotFound):
        guess("1.sealed-1")
    assert found()[0] is None


def test_a_try_of_another_length_is_none():
    send()
    with pytest.raises(CodeNotFound):
        guess("1.sealed-1", digits=4)
    assert found()[0] == FIRST


def test_a_try_at_an_expired_code_is_none_and_tells_who_is_right_that_it_is_late():
    send()
    for sealed, code_id, refused in (
        ("1.sealed-1", None, CodeExpired),
        ("1.sealed-1", "code-1", CodeExpired),
        ("1.sealed-1", "code-2", CodeNotFound),
        ("1.wrong", None, CodeNotFound),
    ):
        with pytest.raises(refused):
            guess(sealed, code_id=code_id, now=FIRST.expires_at)
    assert found()[0] == FIRST
    assert guess("1.sealed-1", now=FIRST.expires_at - SECOND).is_proved


def test_tries_wait_even_with_the_right_code():
    send()
    for place in range(BACKOFF.free):
        assert not guess("1.wrong", try_id=f"wrong-{place}").is_proved
    with pytest.raises(TooManyCodes) as refused:
        guess("1.sealed-1")
    assert refused.value.retry_after == BACKOFF.wait_after(BACKOFF.free)


# --- Keys -------------------------------------------------------------------------------------------------


def test_a_key_is_answered_once():
    commit(mfa_codes.remembering(KEY))
    other = replace(KEY, code_id="code-2", made_at=NOON + policy.MFA_KEY_REMEMBERED_FOR - SECOND)
    assert refusal(mfa_codes.remembering(other)) is Outrun
    assert found()[1] == KEY


def test_a_key_may_be_used_for_something_else_a_day_later():
    commit(mfa_codes.remembering(KEY))
    later = replace(KEY, code_id="code-2", made_at=NOON + policy.MFA_KEY_REMEMBERED_FOR)
    commit(mfa_codes.remembering(later))
    assert found()[1] == later


def test_the_answer_that_never_left_is_forgotten_and_no_other():
    commit(mfa_codes.remembering(KEY))
    assert refusal(mfa_codes.forgetting(replace(KEY, code_id="code-2"))) is Outrun
    commit(mfa_codes.forgetting(KEY))
    assert found()[1] is None
