"""Codes of an authenticator app: right for its moment, and each of them once."""

import hmac
from base64 import b32decode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain.totp import Authenticator, Enrolment, matching_step, provisioning_uri

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEPS = range(-policy.TOTP_TOLERANCE, policy.TOTP_TOLERANCE + 1)

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The RFC's own: the digits from 1 to 0, twice."""

VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
"""RFC 6238, appendix B, SHA-1: (seconds since 1970, code). The RFC shows eight digits, we take the last six."""

TWINS = [(61331809, 61331811, "768734"), (62075368, 62075369, "235522")]
"""(step, later step, the code that this secret has for both)"""

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def code_of(step: int) -> str:
    """RFC 4226, 5.3, written down once more."""
    mac = hmac.digest(b32decode(SECRET), step.to_bytes(8), "sha1")
    place = mac[-1] & 0xF
    number = int.from_bytes(mac[place : place + 4]) & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def step_at(instant: datetime) -> int:
    return int(instant.timestamp()) // 30


def at(step: int) -> datetime:
    return datetime.fromtimestamp(step * 30, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str):
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code[-6:], after=0, now=now) == seconds // 30


@pytest.mark.parametrize("away", STEPS)
def test_a_clock_may_be_wrong_by_one_step_either_way(away: int):
    step = step_at(NOON) + away
    assert matching_step(SECRET, code_of(step), after=0, now=NOON) == step


@pytest.mark.parametrize("away", [STEPS[0] - 1, STEPS[-1] + 1])
def test_a_clock_that_is_wrong_by_more_has_no_right_code(away: int):
    assert matching_step(SECRET, code_of(step_at(NOON) + away), after=0, now=NOON) is None


@pytest.mark.parametrize("away", STEPS)
def test_a_step_is_accepted_once_and_none_before_it_any_more(away: int):
    used = step_at(NOON) + away
    for later in STEPS:
        step = step_at(NOON) + later
        accepted = matching_step(SECRET, code_of(step), after=used, now=NOON)
        assert accepted == (step if step > used else None)


@given(instants, st.integers(-3, 3), st.integers(-3, 3))
def test_the_step_is_the_newest_of_those_around_now_that_has_the_code_and_is_not_used_up(
    now: datetime, device: int, used: int
):
    present, code = step_at(now), code_of(step_at(now) + device)
    right = [present + away for away in STEPS if code_of(present + away) == code and away > used]
    assert matching_step(SECRET, code, after=present + used, now=now) == max(right, default=None)


@given(instants, st.lists(st.tuples(st.integers(0, 60), st.integers(-90, 90)), max_size=30))
def test_whatever_clocks_do_no_step_is_accepted_twice_and_none_is_gone_back_to(
    now: datetime, tries: list[tuple[int, int]]
):
    accepted = [0]
    for wait, wrong_by in tries:
        now += timedelta(seconds=wait)
        code = code_of(step_at(now + timedelta(seconds=wrong_by)))
        step = matching_step(SECRET, code, after=accepted[-1], now=now)
        if step is not None:
            assert abs(step - step_at(now)) <= policy.TOTP_TOLERANCE
            accepted.append(step)
    assert accepted == sorted(set(accepted))


def test_an_app_with_the_right_time_is_right_once_every_step():
    last = 0
    for now in (NOON + place * policy.TOTP_STEP for place in range(1000)):
        step = matching_step(SECRET, code_of(step_at(now)), after=last, now=now)
        assert step == step_at(now) > last
        last = step


@pytest.mark.parametrize(("step", "later", "code"), TWINS)
def test_a_code_that_two_steps_share_is_used_up_for_both(step: int, later: int, code: str):
    assert code_of(step) == code_of(later) == code
    used = matching_step(SECRET, code, after=0, now=at(step + 1))
    assert used == later
    for present in (step, step + 1, later, later + 1):
        assert matching_step(SECRET, code, after=used, now=at(present)) is None


@pytest.mark.parametrize("code", ["", "0", "00000", "0000000", "ż", "\ud800", "１２３４５６", "1e5", "+00001"])
def test_what_is_no_code_is_wrong(code: str):
    assert matching_step(SECRET, code, after=0, now=NOON) is None


def test_a_code_is_worth_nothing_for_another_secret():
    other = SECRET[::-1]
    assert matching_step(other, code_of(step_at(NOON)), after=0, now=NOON) is None


def test_apps_are_told_all_that_they_must_know():
    uri = urlsplit(provisioning_uri(SECRET, login="ann@example.com"))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Furtka:ann%40example.com")
    assert parse_qs(uri.query) == {
        "secret": [SECRET],
        "issuer": ["Furtka"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=policy.MAX_LOGIN_CHARACTERS))
def test_an_app_reads_the_secret_and_the_login_whatever_the_login_is(login: str):
    app = pyotp.parse_uri(provisioning_uri(SECRET, login=login))
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, app.issuer, app.digits, app.interval, app.digest().name) == (SECRET, "Furtka", 6, 30, "sha1")
    assert app.name
    shown = login.replace(":", " ")  # which the format does not allow in a name
    assert shown.startswith(app.name)
    assert app.name == shown or len(login.encode()) > policy.MAX_LOGIN_CHARACTERS


def test_an_enrolment_is_open_until_its_time_is_over():
    enrolment = Enrolment("u", "blob", NOON + policy.ENROLMENT_LIFETIME)
    assert enrolment.is_open(now=NOON + policy.ENROLMENT_LIFETIME - timedelta(microseconds=1))
    assert not enrolment.is_open(now=NOON + policy.ENROLMENT_LIFETIME)


def test_not_even_the_encrypted_secret_stands_in_a_repr():
    assert "blob" not in repr([Enrolment("u", "blob!", NOON), Authenticator("u", "blob!", 1, NOON)]).replace(
        "_blob", ""
    )
