"""The Security tab over HTTP: a user loses a phone and ends what was open on it."""

from tests.journeys.conftest import Stack
from tests.journeys.test_sign_in import Person


def test_a_user_finds_a_strange_session_and_ends_it_and_then_all(stack: Stack):
    person = Person(stack)
    strange = person.verify(*person.challenge()).json()["session"]["token"]
    mine = person.verify(*person.challenge()).json()["session"]["token"]
    headers = {"Authorization": f"Bearer {mine}"}
    listed = stack.call("GET", "/account/sessions", headers=headers).json()["sessions"]
    assert sorted(session["current"] for session in listed) == [False, True]
    other = next(session["id"] for session in listed if not session["current"])
    assert stack.call("DELETE", f"/account/sessions/{other}", headers=headers).status_code == 204
    assert person.me(strange).status_code == 401
    assert stack.call("DELETE", f"/account/sessions/{other}", headers=headers).json()["error"] == "not_found"
    assert stack.post("/account/logout-everywhere", headers=headers).status_code == 204
    assert person.me(mine).status_code == 401
