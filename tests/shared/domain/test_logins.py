"""What can prove somebody beside his password, the factor asked for first at the head."""

from datetime import timedelta

import pytest

from shared.domain.logins import Login

PHONE = "+48600100200"


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
    assert login.factors == factors
