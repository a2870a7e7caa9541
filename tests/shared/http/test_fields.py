"""Fields that several requests share: every spelling of a right value is accepted, and no wrong value."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared import policy
from shared.http import fields
from shared.http.fields import AnyCode, ChallengeId, Code, Factor, Instant, LoginName, Password, Strict

LONGEST_LOGIN, LONGEST_PASSWORD = policy.MAX_LOGIN_CHARACTERS, policy.PASSWORD_MAX_CHARACTERS
RECOVERY_CODE = "0123456789ABCDEFGHJKMNPQ"
LIGATURE = "\ufdfa"
"""One character, of which NFKC makes eighteen."""


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: object) -> bool:
    with pytest.raises(ValidationError):
        read(kind, value)
    return True


def test_an_instant_is_written_in_utc_to_the_second():
    at = datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC)
    assert TypeAdapter(Instant).dump_python(at) == "2026-01-02T03:04:05Z"


def test_a_login_is_read_in_one_spelling_and_a_password_as_it_is():
    assert read(LoginName, " \uff21nn ") == "ann"
    assert read(Password, " \uff21nn ") == " \uff21nn "


@pytest.mark.parametrize(
    ("kind", "shortest", "longest"),
    [
        (LoginName, 1, LONGEST_LOGIN),
        (Password, 1, LONGEST_PASSWORD),
        (ChallengeId, 1, 64),
    ],
)
def test_a_text_has_as_many_characters_as_it_may_and_not_one_more_or_fewer(kind: Any, shortest: int, longest: int):
    for length in (shortest, longest):
        assert read(kind, "x" * length) == "x" * length
    assert refused(kind, "x" * (shortest - 1))
    assert refused(kind, "x" * (longest + 1))


def test_a_login_is_measured_as_it_was_typed_and_as_it_is_looked_up():
    assert read(LoginName, "ann".ljust(LONGEST_LOGIN)) == "ann"
    assert refused(LoginName, "ann".ljust(LONGEST_LOGIN + 1))
    assert refused(LoginName, "   ")
    fits = LONGEST_LOGIN // 18
    assert read(LoginName, LIGATURE * fits)
    assert refused(LoginName, LIGATURE * (fits + 1))


@pytest.mark.parametrize("kind", [Code, AnyCode])
@pytest.mark.parametrize("typed", ["123456", "123 456", "12-34-56", "\uff11\uff12\uff13456", "123\u00a0456\r\n"])
def test_a_code_is_read_however_it_was_pasted(kind: Any, typed: str):
    assert read(kind, typed) == "123456"


@pytest.mark.parametrize("kind", [Code, AnyCode])
@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345x", "O12345", "\u0661\u0662\u0663456", "123456.", 123456]
)
def test_what_is_no_code_is_refused(kind: Any, typed: object):
    assert refused(kind, typed)


def test_a_code_may_be_pasted_with_only_so_many_blanks():
    for kind, longest in ((Code, 32), (AnyCode, 64)):
        assert read(kind, "123456".ljust(longest)) == "123456"
        assert refused(kind, "123456".ljust(longest + 1))


@pytest.mark.parametrize(
    "typed",
    [RECOVERY_CODE, "0123-4567-89ab-cdef-ghjk-mnpq", "oi23 4567 89AB CDEF GHJK MNPQ", "Ol23456789abcdefghjkmnpq"],
)
def test_a_recovery_code_is_read_with_letters_for_the_digits_that_they_look_like(typed: str):
    assert read(AnyCode, typed) == RECOVERY_CODE
    assert refused(Code, typed)


@pytest.mark.parametrize(
    "typed", [RECOVERY_CODE[:-1], RECOVERY_CODE + "R", RECOVERY_CODE[:-1] + "U", RECOVERY_CODE[:-1] + "!"]
)
def test_what_is_no_recovery_code_is_refused(typed: str):
    assert refused(AnyCode, typed)


def test_a_factor_is_one_of_those_that_there_are():
    assert [read(Factor, name) for name in ("sms", "totp", "recovery_code")] == list(fields.FACTORS)
    assert refused(Factor, "email")


class Order(Strict):
    code: str = ""


def test_a_field_that_is_not_declared_is_refused_and_no_value_is_repeated():
    with pytest.raises(ValidationError) as failure:
        Order.model_validate({"code": ["canary-1"], "is_admin": "canary-2"})
    assert [error["type"] for error in failure.value.errors()] == ["string_type", "extra_forbidden"]
    assert "canary" not in str(failure.value)
