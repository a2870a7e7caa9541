"""A login and a password: the right pair is let in, and all that is wrong looks the same and costs one hash."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.auth import credentials_check
from shared.crypto import password_hash
from shared.domain.logins import Login
from shared.errors import GivenPasswordOver, LoginDisabled, Refusal, UnknownLogin, WrongPassword
from tests.support.world import NOON, PASSWORD, PASSWORD_HASH

ANN = Login(
    login="ann",
    account_id="a" * 10,
    user_id="a" * 16,
    email="ann@example.com",
    phone=None,
    language="en",
    enabled=True,
    idle=timedelta(hours=1),
    password_hash=PASSWORD_HASH,
)
WRONG = "Wrong-Horse-7"
MOMENT = timedelta(microseconds=1)

REFUSED: dict[str, tuple[Login | None, str, type[Refusal]]] = {
    "unknown": (None, PASSWORD, UnknownLogin),
    "wrong": (ANN, WRONG, WrongPassword),
    "without a password yet": (replace(ANN, password_hash=None), PASSWORD, WrongPassword),
    "disabled": (replace(ANN, enabled=False), PASSWORD, LoginDisabled),
    "over": (replace(ANN, given_until=NOON), PASSWORD, GivenPasswordOver),
    "wrong and disabled": (replace(ANN, enabled=False), WRONG, WrongPassword),
    "wrong and over": (replace(ANN, given_until=NOON), WRONG, WrongPassword),
    "disabled and over": (replace(ANN, enabled=False, given_until=NOON), PASSWORD, LoginDisabled),
}


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The hash that each check was made against."""
    made: list[str | None] = []
    real = password_hash.is_password
    monkeypatch.setattr(password_hash, "is_password", lambda known, typed: made.append(known) or real(known, typed))
    return made


def refusal(found: Login | None, password: str, *, now: datetime = NOON) -> Refusal:
    with pytest.raises(Refusal) as refused:
        credentials_check.check(found, password, now=now)
    return refused.value


def test_the_right_password_of_an_enabled_login_is_let_in_after_one_hash(hashes: list[str | None]):
    assert credentials_check.check(ANN, PASSWORD, now=NOON) == ANN
    assert hashes == [PASSWORD_HASH]


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_is_wrong_is_refused_by_its_own_reason_after_one_hash(what: str, hashes: list[str | None]):
    found, password, reason = REFUSED[what]
    assert type(refusal(found, password)) is reason
    assert hashes == [found.password_hash if found else None]


def test_every_refusal_looks_like_a_wrong_password_from_outside():
    seen: set[Any] = {
        (one.code, one.message, one.retry_after) for one in (refusal(*REFUSED[what][:2]) for what in REFUSED)
    }
    assert seen == {(WrongPassword.code, WrongPassword.message, None)}


def test_a_given_password_works_until_its_time_and_not_from_then_on():
    given = replace(ANN, given_until=NOON)
    assert credentials_check.check(given, PASSWORD, now=NOON - MOMENT) == given
    for now in (NOON, NOON + MOMENT):
        assert type(refusal(given, PASSWORD, now=now)) is GivenPasswordOver
