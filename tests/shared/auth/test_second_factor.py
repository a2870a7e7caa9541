"""Second factors: one table has every kind, and says which a user has and which is asked for first.

How a challenge is asked, answered and closed is promised in tests/verify_code and tests/login.
"""

from datetime import timedelta

import pytest

from shared.auth import second_factor
from shared.domain.challenges import FACTORS
from shared.domain.logins import Login
from shared.domain.users import User
from tests.support.world import NOON

PHONE = "+48600100200"


def names_of(holder: Login | User) -> list[str]:
    return [factor.name for factor in second_factor.of(holder)]


def test_the_table_has_a_row_for_every_name_and_no_other():
    assert second_factor.FACTORS.keys() == set(FACTORS)


@pytest.mark.parametrize(
    ("phone", "has_totp", "has_recovery_codes", "factors"),
    [
        (None, False, False, []),
        (None, False, True, []),
        (None, True, False, ["totp"]),
        (None, True, True, ["totp", "recovery_code"]),
        (PHONE, False, False, ["sms"]),
        (PHONE, False, True, ["sms", "recovery_code"]),
        (PHONE, True, False, ["totp", "sms"]),
        (PHONE, True, True, ["totp", "sms", "recovery_code"]),
    ],
)
def test_an_app_comes_before_a_message_and_recovery_codes_stand_in_for_either(
    phone: str | None, has_totp: bool, has_recovery_codes: bool, factors: list[str]
):
    login = Login(
        login="ann",
        account_id="a" * 10,
        user_id="a" * 16,
        email="ann@example.com",
        phone=phone,
        language="en",
        enabled=True,
        idle=timedelta(hours=1),
        has_totp=has_totp,
        has_recovery_codes=has_recovery_codes,
    )
    assert names_of(login) == factors


@pytest.mark.parametrize(
    ("phone", "has_totp", "factors"),
    [(None, False, []), (None, True, ["totp"]), (PHONE, False, ["sms"]), (PHONE, True, ["totp", "sms"])],
)
def test_a_user_has_the_factors_of_the_login(phone: str | None, has_totp: bool, factors: list[str]):
    assert names_of(User("a" * 10, "a" * 16, "ann", True, NOON, phone=phone, has_totp=has_totp)) == factors


@pytest.mark.parametrize("factor", second_factor.FACTORS.values(), ids=second_factor.FACTORS.keys())
def test_the_fields_that_say_it_is_off_are_those_that_said_it_was_on(factor: second_factor.Factor):
    login = Login("ann", "a" * 10, "a" * 16, "", None, "en", enabled=True, idle=timedelta(hours=1))
    assert not factor.is_on(login)
    assert factor.off == {name: getattr(login, name) for name in factor.off}
