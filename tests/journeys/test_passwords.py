"""Passwords over HTTP: changed, forgotten, taken away from a thief, and overdue."""

import re
from datetime import timedelta

import pytest
import requests

from tests.journeys.client import Stack
from tests.journeys.people import CONFIRMED_FOR, NEW_PASSWORD, Person

FORCED = {
    "password_profile": "smsapi",
    "password_change": "force",
    "password_change_days": 30,
    "longest_idle_minutes": 1440,
}
OVERDUE = timedelta(days=30, minutes=1)
NEW_DEVICE = "A sign-in from a new device"


def change(person: Person, token: str, new: str) -> requests.Response:
    return person.asks(token, "POST", "/account/password", {"current_password": person.password, "password": new})


def reasons(refused: requests.Response) -> list[str]:
    assert (refused.status_code, refused.json()["error"]) == (422, "weak_password")
    return [miss["error"] for miss in refused.json()["errors"]]


def forget(person: Person) -> str:
    """The token of the link that comes to whoever forgot their password."""
    before = len(person.stack.outbox())
    assert person.stack.post("/password-reset", {"login": person.login}).status_code == 204
    return person.link_for("reset", after=before)


def reset(person: Person, link: str, password: str = NEW_PASSWORD, **more: str) -> requests.Response:
    return person.stack.post("/password-reset/confirm", {"token": link, "password": password, **more})


# --- Changed by its owner -----------------------------------------------------------------------------------


def test_a_change_ends_the_other_sessions_and_voids_a_sign_in_that_is_under_way(person: Person):
    elsewhere, here = person.sign_in(), person.sign_in()
    half, code = person.challenge()
    changed = change(person, here, NEW_PASSWORD)
    assert changed.status_code == 200
    assert [person.is_in(token) for token in (elsewhere, here)] == [False, False]
    assert person.is_in(changed.json()["session"]["token"]), "it goes on under a new token"
    assert person.verify(half, code).json()["error"] == "challenge_closed"
    assert person.login_with().json()["error"] == "invalid_credentials"
    person.password = NEW_PASSWORD
    assert person.is_in(person.sign_in())
    assert person.mail("Your password was changed")


def test_a_password_is_refused_for_reasons_that_can_be_acted_on(newcomer: Person):
    token = newcomer.sign_in()
    assert reasons(change(newcomer, token, "sowy")) == ["too_short", "no_capital", "no_digit"]
    assert reasons(change(newcomer, token, f"A1-{newcomer.login}")) == ["contains_known_word"]
    assert "too_common" in reasons(change(newcomer, token, "Password1"))
    assert reasons(change(newcomer, token, newcomer.password)) == ["used_before"]
    token = change(newcomer, token, NEW_PASSWORD).json()["session"]["token"]
    first, newcomer.password = newcomer.password, NEW_PASSWORD
    assert reasons(change(newcomer, token, first)) == ["used_before"]


def test_whoever_finds_an_open_session_can_not_change_the_password(newcomer: Person):
    token = newcomer.sign_in()
    newcomer.password = "Piec-Wron-6-Razy"
    refused = change(newcomer, token, NEW_PASSWORD)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_credentials")
    newcomer.stack.let(CONFIRMED_FOR)
    refused = change(newcomer, token, NEW_PASSWORD)
    assert (refused.status_code, refused.json()["error"]) == (401, "insufficient_user_authentication")


# --- Forgotten ----------------------------------------------------------------------------------------------


def test_a_link_sets_a_new_password_and_then_the_second_factor_is_asked_for(person: Person):
    before = person.sign_in()
    link = forget(person)
    assert person.is_in(before), "asking for a link changes nothing"
    assert reasons(reset(person, link, "sowy")), "a weak password does not use up the link"
    sent = len(person.stack.outbox())
    asked = reset(person, link)
    assert "session" not in asked.json()
    person.password = NEW_PASSWORD
    assert person.is_in(person.go_on(asked, after=sent))
    assert not person.is_in(before)
    assert person.mail("A new password was set")
    again = reset(person, link, "Szesc-Kaczek-7-Razy")
    assert (again.status_code, again.json()["error"]) == (410, "link_closed")


def test_a_link_goes_round_no_authenticator_app(newcomer: Person):
    newcomer.adds_app(newcomer.sign_in())
    asked = reset(newcomer, forget(newcomer))
    assert asked.json()["challenge"]["factors"] == ["totp"]
    assert newcomer.is_in(newcomer.go_on(asked, after=0))


def test_a_link_is_good_for_half_an_hour_and_one_more_is_not_sent_for_ever(newcomer: Person):
    link = forget(newcomer)
    newcomer.stack.let(timedelta(minutes=30))
    assert reset(newcomer, link).json()["error"] == "link_closed"
    wanted = [newcomer.stack.post("/password-reset", {"login": newcomer.login}) for _ in range(3)]
    assert [answer.status_code for answer in wanted] == [204, 204, 429]
    assert 0 < int(wanted[-1].headers["Retry-After"]) <= 300


def test_nobody_learns_whether_there_is_such_a_login(newcomer: Person):
    before = len(newcomer.stack.outbox())
    unknown = newcomer.stack.post("/password-reset", {"login": f"un{newcomer.login}"})
    known = newcomer.stack.post("/password-reset", {"login": newcomer.login})
    assert (unknown.status_code, unknown.text) == (known.status_code, known.text)
    assert unknown.headers.keys() == known.headers.keys()
    assert newcomer.link_for("reset", after=before)
    assert len(newcomer.stack.outbox()) == before + 1


# --- Stolen -------------------------------------------------------------------------------------------------


def test_it_was_not_me_ends_everything_and_begins_anew(person: Person):
    person.sign_in()  # in the network of the invitation: expected
    stolen = person.sign_in()
    half, code = person.challenge()
    link = person.link_for("notme")
    assert person.stack.post("/not-me", {"token": link}).status_code == 204
    assert not person.is_in(stolen)
    assert person.verify(half, code).json()["error"] == "challenge_closed"
    assert person.login_with().json()["error"] == "invalid_credentials", "the thief knows the password"
    assert person.mail("All devices were signed out")
    assert person.stack.post("/not-me", {"token": link}).json()["error"] == "link_closed"
    new = person.link_for("reset")
    assert reasons(reset(person, new, person.password)) == ["used_before"]
    sent = len(person.stack.outbox())
    assert person.is_in(person.go_on(reset(person, new), after=sent))


def test_a_device_that_is_known_is_no_news(newcomer: Person):
    newcomer.sign_in()  # in the network of the invitation: expected
    before = len(newcomer.stack.outbox())
    newcomer.sign_in(device_token=newcomer.device)
    newcomer.sign_in()
    assert newcomer.mail(NEW_DEVICE, after=before)
    assert len(newcomer.stack.sent("email", newcomer.email, after=before)) == 1


# --- Overdue ------------------------------------------------------------------------------------------------


@pytest.fixture
def overdue(newcomer: Person) -> Person:
    """Somebody whose account insists on a new password, and whose own has got old."""
    newcomer.gets(newcomer.sign_in(), "PUT", "/account/policy", FORCED)
    newcomer.stack.let(OVERDUE)
    return newcomer


def test_an_overdue_password_opens_a_session_that_can_do_nothing_but_change_it(overdue: Person):
    token = overdue.sign_in(device_token=overdue.device)
    me = overdue.me(token).json()
    assert me["must_change_password"]
    assert me["password_due_at"] <= f"{overdue.stack.now:%Y-%m-%dT%H:%M:%SZ}"
    for method, path in (("GET", "/account/sessions"), ("GET", "/account/activity"), ("POST", "/account/factors/totp")):
        refused = overdue.asks(token, method, path)
        assert (refused.status_code, refused.json()["error"]) == (403, "password_change_required")
    free = change(overdue, token, NEW_PASSWORD).json()["session"]["token"]
    assert not overdue.me(free).json()["must_change_password"]
    assert overdue.gets(free, "GET", "/account/sessions")["sessions"]


def test_a_link_is_another_way_to_a_new_password_for_whoever_is_overdue(overdue: Person):
    token = overdue.go_on(reset(overdue, forget(overdue)), after=0)
    assert not overdue.me(token).json()["must_change_password"]


def test_whoever_is_overdue_hears_of_it_before_they_come(stack: Stack, overdue: Person):
    stack.fire("Daily")
    told = overdue.mail("Time for a new password")
    assert "can do nothing but set a new password" in told
    assert not re.search("https?://", told), "a mail that asks for a password carries no link"
