"""The Authorization header: what it shows is read whole, or nothing is."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.auth import authorization_header
from shared.auth.authorization_header import Basic
from shared.domain.logins import canonical

LOGINS = st.text(min_size=1, max_size=40).filter(lambda text: ":" not in text and canonical(text))
PASSWORDS = st.text(min_size=1, max_size=policy.PASSWORD_MAX_CHARACTERS)


@given(login=LOGINS, password=PASSWORDS)
def test_a_login_and_a_password_are_read_as_they_were_written(login: str, password: str):
    written = b64encode(f"{login}:{password}".encode()).decode()
    for scheme in ("Basic", "basic", "BASIC"):
        assert authorization_header.is_basic(f"{scheme} {written}")
        assert authorization_header.basic(f"{scheme} {written}") == Basic(canonical(login), password)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("password", ["Malmö7-straße-ÆØÅ", "Correct-Horse-7", "zażółć" * 3, "ó"])
def test_a_password_is_read_in_utf_8_and_in_latin_1(password: str, encoding: str):
    sent = f"ann:{password}".encode(encoding, errors="ignore")
    shown = authorization_header.basic(f"Basic {b64encode(sent).decode()}")
    assert shown == Basic("ann", sent.partition(b":")[2].decode(encoding))


@given(header=st.text() | st.binary().map(lambda raw: f"Basic {b64encode(raw).decode()}"))
def test_no_header_breaks_the_reading(header: str):
    shown = authorization_header.basic(header)
    assert shown is None or (0 < len(shown.login) <= policy.MAX_LOGIN_CHARACTERS and shown.password)
    assert authorization_header.bearer(header) == authorization_header.bearer(header).strip()


@pytest.mark.parametrize("header", ["", "Basic", "Basics YTpi", "Bearer YTpi", "BasicYTpi"])
def test_only_the_scheme_basic_is_basic(header: str):
    assert authorization_header.is_basic(header) is (header == "Basic")


def test_a_password_is_not_in_what_is_printed():
    assert "secret" not in repr(Basic("ann", "secret"))
