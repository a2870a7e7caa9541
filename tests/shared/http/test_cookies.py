"""The cookies of a browser: no script reads them, no other host gets them, no foreign page sends them."""

from datetime import timedelta

import pytest
from aws_lambda_powertools.shared.cookies import Cookie

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.http import cookies

MINE = identifiers.Token("device", "a" * identifiers.RECORD_CHARACTERS, "b" * identifiers.SECRET_CHARACTERS)
A_DAY, A_YEAR = timedelta(days=1) // timedelta(seconds=1), timedelta(days=365) // timedelta(seconds=1)


@pytest.mark.parametrize(
    ("cookie", "name", "value", "seconds"),
    [
        (cookies.session("token-1"), "__Host-furtka-session", "token-1", A_DAY),
        (cookies.device(MINE), "__Host-furtka-device", identifiers.write(MINE), A_YEAR),
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
    assert cookies.device(MINE).name == cookies.DEVICE != cookies.SESSION


def test_the_devices_cookie_has_a_token_for_each_user_who_signed_in_here():
    theirs = randomness.token("device", randomness.user_id(randomness.account_id()))
    value = cookies.device(MINE, theirs).value
    assert cookies.devices_in(value) == [MINE, theirs]
    assert cookies.devices_in(identifiers.write(MINE)) == [MINE]
    assert cookies.devices_in(f"{value}.{identifiers.write(MINE)}") == [MINE, theirs]


@pytest.mark.parametrize("value", ["", ".", "x", f"{'x' * 5000}.", "." * 5000, f"{identifiers.write(MINE)}x"])
def test_what_is_no_token_in_the_devices_cookie_is_none(value: str):
    assert cookies.devices_in(value) == []


def test_a_browser_keeps_the_tokens_of_the_last_users_and_no_more():
    kept: list[identifiers.Token] = []
    for _ in range(policy.DEVICES_OF_A_BROWSER + 1):
        new = randomness.token("device", randomness.user_id(randomness.account_id()))
        kept = cookies.devices_after(kept, new.user_id, new)
        assert kept[0] == new
    assert len(kept) == policy.DEVICES_OF_A_BROWSER
    again = cookies.devices_after(kept, kept[-1].user_id, None)
    assert again == [kept[-1], *kept[:-1]]
    assert cookies.devices_after(kept, MINE.user_id, None) == []
