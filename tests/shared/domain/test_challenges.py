"""Codes as people type them, and phones as strangers see them."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain.challenges import clean, code_expiry, masked

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


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
