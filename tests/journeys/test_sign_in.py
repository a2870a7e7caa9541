"""A whole sign-in over HTTP, against the stack of this machine, in both transports."""

import re

import pytest

from tests.journeys.client import Stack
from tests.journeys.people import PASSWORD, Person

BAD = [("{", 400), ("[]", 422), ('{"login": 1, "password": 2}', 422), ("{}", 422)]


def test_the_demo_account_signs_in_as_the_readme_says(stack: Stack):
    played = stack.furtka("demo", "--url", stack.url)
    assert played.returncode == 0, played.stderr
    assert "Signed in, recognised, signed out." in played.stdout
    assert stack.demo["password"] not in played.stdout


def test_a_program_signs_in_is_recognised_and_signs_out(person: Person):
    opened = person.verify(*person.challenge()).json()
    token = opened["session"]["token"]
    assert person.me(token).json()["login"] == person.login
    headers = {"Authorization": f"Bearer {token}"}
    assert person.stack.post("/logout", headers=headers).status_code == 204
    assert person.me(token).status_code == 401


def test_a_browser_signs_in_is_recognised_and_signs_out(person: Person):
    stack, page = person.stack, {"Origin": person.stack.url}
    before = len(stack.outbox())
    body = {"login": person.login, "password": PASSWORD, "transport": "cookie"}
    challenge = stack.post("/login", body, headers=page).json()["challenge"]
    answer = {"challenge_id": challenge["id"], "code": stack.code(person.phone, after=before)}
    opened = stack.post("/verify-code", answer, headers=page)
    cookies = re.findall(r"(__Host-furtka-[a-z]+=[^;,]+)", opened.headers["Set-Cookie"])
    assert len(cookies) == 2
    assert "token" not in opened.text
    mine = {"Cookie": "; ".join(cookies)}
    stack.http.cookies.clear()
    assert stack.call("GET", "/session", headers=mine).json()["login"] == person.login
    assert stack.post("/logout", headers=mine).status_code == 403
    assert stack.post("/logout", headers=mine | page).status_code == 204
    assert stack.call("GET", "/session", headers=mine).status_code == 401


def test_an_account_without_a_phone_is_in_with_its_password(stack: Stack):
    opened = Person(stack, phone=False).login_with().json()
    assert opened["session"]["factors"] == ["password"]


def test_a_wrong_code_is_refused_and_the_right_one_is_good_once(person: Person):
    challenge_id, code = person.challenge()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert person.verify(challenge_id, wrong).json()["error"] == "wrong_code"
    assert person.verify(challenge_id, code).status_code == 200
    assert person.verify(challenge_id, code).status_code == 410


def test_an_expired_code_is_refused(person: Person):
    challenge_id, code = person.challenge()
    person.stack.wait(300)
    refused = person.verify(challenge_id, code)
    assert (refused.status_code, refused.json()["error"]) == (410, "challenge_closed")


def test_a_resent_code_replaces_the_old_one(person: Person):
    stack = person.stack
    challenge_id, old = person.challenge()
    too_soon = stack.post("/verify-code/resend", {"challenge_id": challenge_id})
    assert (too_soon.status_code, too_soon.json()["error"]) == (429, "resend_too_soon")
    assert 0 < int(too_soon.headers["Retry-After"]) <= 30
    stack.wait(30)
    before = len(stack.outbox())
    assert stack.post("/verify-code/resend", {"challenge_id": challenge_id}).status_code == 200
    new = stack.code(person.phone, after=before)
    if new != old:
        assert person.verify(challenge_id, old).status_code == 401
    assert person.verify(challenge_id, new).status_code == 200


def test_too_many_wrong_codes_close_the_challenge(person: Person):
    challenge_id, code = person.challenge()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert [person.verify(challenge_id, wrong).status_code for _ in range(6)] == [401] * 5 + [410]
    assert person.verify(challenge_id, code).status_code == 410


def test_too_many_wrong_passwords_wait(person: Person):
    assert [person.login_with("Wrong-Horse-7").status_code for _ in range(6)] == [401] * 5 + [429]
    assert 0 < int(person.login_with().headers["Retry-After"]) <= 30
    person.stack.wait(30)
    assert person.login_with().status_code == 200


def test_an_unknown_login_looks_like_a_wrong_password(person: Person):
    wrong = person.login_with("Wrong-Horse-7")
    unknown = person.stack.post("/login", {"login": "nobody", "password": PASSWORD})
    assert (unknown.status_code, unknown.text) == (wrong.status_code, wrong.text)


def test_a_disabled_account_looks_like_a_wrong_password_and_comes_back(person: Person):
    stack = person.stack
    token = person.verify(*person.challenge()).json()["session"]["token"]
    assert stack.furtka("accounts", "disable", "--url", stack.url, "--login", person.login).returncode == 0
    assert person.me(token).status_code == 401
    assert person.login_with().json()["error"] == "invalid_credentials"
    assert stack.furtka("accounts", "enable", "--url", stack.url, "--login", person.login).returncode == 0
    assert person.login_with().status_code == 200


def test_an_invitation_works_once(person: Person):
    again = person.accept("Another-Good-1")
    assert (again.status_code, again.json()["error"]) == (410, "link_closed")


@pytest.mark.parametrize(("body", "status"), BAD)
@pytest.mark.parametrize("path", ["/login", "/verify-code", "/verify-code/resend", "/invitations/accept"])
def test_bad_input_is_refused_in_our_shape(stack: Stack, path: str, body: str, status: int):
    answer = stack.http.post(stack.url + path, data=body, headers={"Content-Type": "application/json"}, timeout=120)
    assert answer.status_code == status
    assert {"error", "message"} <= set(answer.json())


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/nothing/here", "/account", "/api", "/api/nothing"])
def test_an_unknown_path_is_refused_in_our_shape_whatever_headers_are_sent(stack: Stack, method: str, path: str):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "no key=value pair"}):
        answer = stack.http.request(method, stack.url + path, headers=headers, timeout=120)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/login", "/api/login", "/api/login/"])
def test_the_api_is_at_the_root_and_below_api(person: Person, path: str):
    answer = person.stack.post(path, {"login": person.login, "password": PASSWORD})
    assert (answer.status_code, set(answer.json()) >= {"challenge"}) == (200, True)


def test_a_session_ends_when_it_is_idle(person: Person):
    token = person.verify(*person.challenge()).json()["session"]["token"]
    assert person.me(token).status_code == 200
    person.stack.wait(3600)
    assert person.me(token).status_code == 401


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("create", "--login", "x", "--email", "x@example.com", "--phone", "+48327201201"), "mobile number"),
        (("create", "--login", "demo", "--email", "x@example.com"), "already exists"),
        (("disable", "--login", "nobody"), "there is no login nobody"),
    ],
)
def test_an_operators_mistake_gets_one_clear_line(stack: Stack, command: tuple[str, ...], says: str):
    failed = stack.furtka("accounts", *command, "--url", stack.url)
    assert failed.returncode == 2
    assert says in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
