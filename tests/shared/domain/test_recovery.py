"""Recovery codes, as they are handed out and as people type them."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain.recovery import ALPHABET, PATTERN, RecoveryCodes, clean, written

CODE = "0123456789ABCDEFGHJKMNPQ"

codes = st.text(ALPHABET, min_size=policy.RECOVERY_CODE_CHARACTERS, max_size=policy.RECOVERY_CODE_CHARACTERS)


def test_a_code_holds_120_bits_of_chance():
    assert len(set(ALPHABET)) ** policy.RECOVERY_CODE_CHARACTERS == 2**120


def test_a_code_is_written_in_groups():
    assert written(CODE) == "0123-4567-89AB-CDEF-GHJK-MNPQ"


@given(codes)
def test_a_code_is_read_as_it_was_written(code: str):
    assert clean(written(code)) == clean(code) == code
    assert re.fullmatch(PATTERN, code)


@pytest.mark.parametrize(
    "typed",
    [
        "0123-4567-89ab-cdef-ghjk-mnpq",
        " 0123 4567 89AB CDEF GHJK MNPQ\n",
        "O123-4567-89AB-CDEF-GHJK-MNPQ",
        "oi23456789abcdefghjkmnpq",
        "0I23456789ABCDEFGHJKMNPQ",
        "0l23456789ABCDEFGHJKMNPQ",
        "0L23456789ABCDEFGHJKMNPQ",
        "0123\u20114567\u201189AB\u2011CDEF\u2011GHJK\u2011MNPQ",
        "０１２３4567\u00a089AB\u2009CDEF\u202fGHJK\u2007MNPQ",
    ],
)
def test_case_blanks_dashes_and_letters_that_look_like_digits_are_forgiven(typed: str):
    assert clean(typed) == CODE


@pytest.mark.parametrize("typed", ["U", "u", "ß", "ſ", "ı", "Ａ", "٣", ".", "_"])
def test_nothing_else_is(typed: str):
    assert not re.fullmatch(PATTERN, clean(typed + CODE[1:]))


@pytest.mark.parametrize("typed", ["", CODE[1:], CODE + "0", CODE + "\n0", f"{CODE} {CODE}"])
def test_a_code_has_its_length_and_no_other(typed: str):
    assert not re.fullmatch(PATTERN, clean(typed))


def test_a_list_knows_how_many_of_its_codes_are_left_and_shows_none():
    some = RecoveryCodes("u", frozenset({"digest-1", "digest-2"}), 10, datetime(2026, 11, 23, tzinfo=UTC))
    assert (some.left, some.of) == (2, 10)
    assert "digest" not in repr(some)
