"""Signing in, from the operator's command to the last request of a session, on the deployed stack."""

import re
import time

from tests.e2e import people
from tests.e2e.people import FROM_PANEL, Person, bearer

ANOTHER_PASSWORD = "Otworz-Brame-8"
NEW_DEVICE = "A sign-in from a new device"


def another_code(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_an_invitation_sets_the_first_password_once(guest: Person):
    assert guest.signs_in().status == 401
    assert guest.accepts_invitation().status == 204
    assert guest.accepts_invitation(ANOTHER_PASSWORD).status == 410
    assert guest.signs_in(ANOTHER_PASSWORD).status == 401
    assert guest.signs_in().status == 200


def test_a_weak_password_does_not_use_up_the_invitation(guest: Person):
    weak = guest.accepts_invitation("brama")
    assert (weak.status, weak.body["error"]) == (422, "weak_password")
    assert guest.accepts_invitation().status == 204


def test_password_and_code_open_a_session_that_holds_until_logout(owner: Person):
    session = bearer(owner.opens_session())
    me = owner.sends("GET", "/session", headers=session)
    assert (me.status, me.body["login"]) == (200, owner.login)
    assert owner.sends("POST", "/logout", headers=session).status == 204
    ended = owner.sends("GET", "/session", headers=session)
    assert (ended.status, ended.body["error"]) == (401, "invalid_token")


def test_a_wrong_password_costs_no_sms_and_looks_like_an_unknown_login(owner: Person):
    wrong = owner.signs_in(ANOTHER_PASSWORD)
    unknown = Person(owner.stack).signs_in(ANOTHER_PASSWORD)
    assert (wrong.status, wrong.body["error"]) == (401, "invalid_credentials")
    assert (unknown.status, unknown.text) == (wrong.status, wrong.text)
    assert owner.opens_session()
    assert len(owner.messages()) == 1


def test_a_wrong_code_opens_nothing_and_the_right_one_still_counts(owner: Person):
    challenge, code = owner.challenge(), owner.code()
    wrong = owner.answers(challenge, another_code(code))
    assert (wrong.status, wrong.body["error"]) == (401, "wrong_code")
    assert owner.answers(challenge, code).status == 200


def test_a_code_is_good_once(owner: Person):
    challenge, code = owner.challenge(), owner.code()
    assert owner.answers(challenge, code).status == 200
    again = owner.answers(challenge, code)
    assert (again.status, again.body["error"]) == (410, "challenge_closed")


def test_a_code_is_sent_again_after_the_wait_that_was_told_and_the_one_before_is_void(owner: Person):
    challenge, first = owner.challenge(), owner.code()
    too_soon = owner.asks_again(challenge)
    assert (too_soon.status, too_soon.body["error"]) == (429, "resend_too_soon")
    time.sleep(int(too_soon.headers["Retry-After"]))
    assert owner.asks_again(challenge).status == 200
    second = owner.code(2)
    assert second == first or owner.answers(challenge, first).status == 401
    assert owner.answers(challenge, second).status == 200


def test_only_a_device_that_is_new_is_told_of_by_e_mail(owner: Person):
    owner.opens_session()  # in the network of the invitation: expected
    opened = owner.answers(owner.challenge(), owner.code(2)).body
    assert "If it was not you" in owner.letter(NEW_DEVICE)
    challenge = owner.challenge(device_token=opened["device_token"])
    assert owner.answers(challenge, owner.code(3)).status == 200
    assert [subject for subject, _ in owner.letters()].count(NEW_DEVICE) == 1


def test_an_account_that_the_operator_switches_off_is_out_at_once(owner: Person):
    session = bearer(owner.opens_session())
    people.operate(owner, "disable")
    assert owner.sends("GET", "/session", headers=session).status == 401
    assert owner.signs_in().status == 401
    people.operate(owner, "enable")
    assert owner.signs_in().status == 200


def test_a_browser_gets_cookies_that_no_script_can_read(owner: Person):
    challenge = owner.challenge(transport="cookie", headers=FROM_PANEL)
    opened = owner.answers(challenge, owner.code(), FROM_PANEL)
    assert opened.status == 200
    cookies = opened.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    sent_back = {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}
    assert owner.sends("GET", "/session", headers=sent_back).status == 200
    assert owner.sends("POST", "/logout", headers=sent_back).status == 403
    assert owner.sends("POST", "/logout", headers=sent_back | FROM_PANEL).status == 204


def test_what_is_at_no_path_and_what_takes_no_such_method_is_refused_in_our_words(guest: Person):
    for path in ("/nowhere", "/account", "/login/no/such"):
        for headers in ({}, {"Authorization": "Bearer nonsense"}):
            nowhere = guest.sends("GET", path, headers=headers)
            assert (nowhere.status, nowhere.body["error"]) == (404, "not_found")
            assert nowhere.headers["Cache-Control"] == "no-store"
    wrong_method = guest.sends("DELETE", "/login")
    assert (wrong_method.status, wrong_method.headers["Allow"]) == (405, "POST")


def test_nothing_secret_is_in_any_log(owner: Person):
    challenge, code = owner.challenge(), owner.code()
    assert owner.answers(challenge, another_code(code)).status == 401
    token = owner.answers(challenge, code).body["session"]["token"]
    assert owner.sends("GET", "/session", headers=bearer(token)).status == 200
    logs = owner.stack.logs()
    assert f'"service":"{owner.stack.name}"' in logs
    for secret in (people.PASSWORD, token, code, owner.phone, owner.invitation()):
        assert not re.search(rf"\b{re.escape(secret.lstrip('+'))}\b", logs)
