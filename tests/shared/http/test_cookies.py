"""The cookies of a browser: no script reads them, no other host gets them, no foreign page sends them."""

from datetime import timedelta

import pytest
from aws_lambda_powertools.shared.cookies import Cookie

from shared.http import cookies

A_DAY, A_YEAR = timedelta(days=1) // timedelta(seconds=1), timedelta(days=365) // timedelta(seconds=1)


@pytest.mark.parametrize(
    ("cookie", "name", "value", "seconds"),
    [
        (cookies.session("token-1"), "__Host-furtka-session", "token-1", A_DAY),
        (cookies.device("token-2"), "__Host-furtka-device", "token-2", A_YEAR),
        (cookies.no_session(), "__Host-furtka-session", "", 0),
    ],
)
def test_a_cookie_is_bound_to_this_host_and_kept_as_long_as_what_it_names(
    cookie: Cookie, name: str, value: str, seconds: int
):
    first, *rest = str(cookie).split("; ")
    assert first == f"{name}={value}"
    assert set(rest) == {"Path=/", f"Max-Age={seconds}", "Secure", "HttpOnly", "SameSite=Strict"}


def test_what_takes_a_session_back_has_the_name_of_the_sessions_cookie():
    assert cookies.no_session().name == cookies.session("x").name == cookies.SESSION
    assert cookies.device("x").name == cookies.DEVICE != cookies.SESSION
