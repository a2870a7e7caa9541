"""Codes as people type them, phones as strangers see them, and how long a challenge can be answered and how."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import policy
from shared.domain.challenges import (
    CONFIRMATION,
    LOGIN,
    NO_CODE,
    PHONE,
    RESET,
    Challenge,
    clean,
    code_expiry,
    masked,
)
from shared.errors import (
    ChallengeAnswered,
    ChallengeClosed,
    ChallengeEnding,
    ChallengeExpired,
    ChallengeSpent,
    FactorUnavailable,
    ResendTooSoon,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

OPEN = Challenge(
    challenge_id="c" * 38,
    purpose=LOGIN,
    login="ann",
    email="ann@example.com",
    phone="+48600100200",
    language="en",
    channel="totp",
    factors="totp sms",
    sealed_code=NO_CODE,
    created_at=NOON,
    expires_at=NOON + policy.CHALLENGE_LIFETIME,
    resend_at=NOON + policy.RESEND_AFTER,
    tries_left=1,
    answered=False,
    idle=policy.SESSION_IDLE,
    transport="bearer",
    device_known=True,
)


@pytest.mark.parametrize("typed", ["123 456", "123-456", " 123456\n", "１２３４５６", "123\u2009456", "1 2 3 4 5 6"])
def test_blanks_dashes_and_full_width_digits_are_forgiven(typed: str):
    assert clean(typed) == "123456"


@pytest.mark.parametrize("typed", ["123.456", "12345O", "١٢٣٤٥٦", "123_456", "#123456"])
def test_nothing_else_is(typed: str):
    assert clean(typed) == typed


@pytest.mark.parametrize(("phone", "shown"), [("+48600100200", "+48******200"), ("+12025550123", "+12******123")])
def test_a_phone_shows_its_country_and_last_three_digits(phone: str, shown: str):
    assert masked(phone) == shown


def test_a_code_never_outlives_its_challenge():
    late = NOON + policy.CHALLENGE_LIFETIME - timedelta(seconds=1)
    assert code_expiry(started_at=NOON, now=NOON) == NOON + policy.CODE_LIFETIME
    assert code_expiry(started_at=NOON, now=late) == NOON + policy.CHALLENGE_LIFETIME


def test_a_challenge_can_be_answered_until_its_time_is_over():
    OPEN.must_be_open(now=OPEN.expires_at - SECOND)
    with pytest.raises(ChallengeExpired):
        OPEN.must_be_open(now=OPEN.expires_at)


@pytest.mark.parametrize(
    ("facts", "refusal"), [({"answered": True}, ChallengeAnswered), ({"tries_left": 0}, ChallengeSpent)]
)
def test_a_challenge_that_is_over_says_why_and_looks_like_any_other(facts: dict[str, object], refusal: type[Exception]):
    with pytest.raises(refusal) as refused:
        replace(OPEN, **facts).must_be_open(now=NOON)
    assert (isinstance(refused.value, ChallengeClosed), refused.value.code) == (True, "challenge_closed")


@pytest.mark.parametrize("factor", ["", "password", "recovery_code", "s", "sms totp", "totp sms"])
def test_a_challenge_takes_its_own_factors_and_no_other(factor: str):
    for own in ("sms", "totp"):
        OPEN.must_take(own)
    with pytest.raises(FactorUnavailable):
        OPEN.must_take(factor)


def test_a_message_can_be_sent_again_after_a_while_and_that_is_told():
    with pytest.raises(ResendTooSoon) as refused:
        OPEN.must_allow_resend(now=NOON + SECOND)
    assert refused.value.retry_after == policy.RESEND_AFTER - SECOND
    OPEN.must_allow_resend(now=OPEN.resend_at)


def test_no_message_is_sent_again_whose_code_would_live_no_minute():
    late = OPEN.created_at + policy.CHALLENGE_LIFETIME - policy.SHORTEST_CODE_LIFETIME
    OPEN.must_allow_resend(now=late)
    with pytest.raises(ChallengeClosed) as refused:
        replace(OPEN, resend_at=late + SECOND * 9).must_allow_resend(now=late + SECOND)
    assert (type(refused.value), refused.value.code) == (ChallengeEnding, "challenge_closed")


@pytest.mark.parametrize(
    ("facts", "pot"),
    [
        ({"purpose": LOGIN, "device_known": False}, "unknown-device"),
        ({"purpose": LOGIN, "device_known": True}, "known-device"),
        ({"purpose": RESET, "device_known": True}, "reset"),
        ({"purpose": CONFIRMATION, "device_known": True}, "confirmation"),
        ({"purpose": PHONE, "device_known": True}, "phone"),
    ],
)
def test_each_purpose_and_a_known_device_has_a_pot_of_its_own(facts: dict[str, Any], pot: str):
    assert replace(OPEN, **facts).pot == pot


def test_no_message_is_sent_again_where_there_is_no_phone():
    with pytest.raises(FactorUnavailable):
        replace(OPEN, factors="totp recovery_code", phone=None).must_allow_resend(now=OPEN.resend_at)


def test_neither_a_phone_nor_an_address_nor_a_code_stands_in_a_repr():
    shown = repr(replace(OPEN, sealed_code="sealed!"))
    assert not [secret for secret in (OPEN.phone, OPEN.email, "sealed!") if str(secret) in shown]
