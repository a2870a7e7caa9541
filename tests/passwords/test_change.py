"""POST /account/password: a new password, chosen by one who knows the present one."""

import re
import unicodedata
from datetime import timedelta
from hashlib import sha1

import pytest

from furtka import accounts
from shared import policy, settings
from shared.auth import breached_passwords
from shared.crypto import password_hash
from shared.storage import engine, logins, password_history, users
from tests.passwords.conftest import CHEAP
from tests.support.events import Reply
from tests.support.world import FROM_PANEL, PASSWORD, Person, World

NEW = "Trzy-Sowy-4-Razy"
LETTERS = "Zażółć-gęślą-1"
SECOND = timedelta(seconds=1)


def _token(world: World, person: Person, **more: str) -> str:
    """Of a session that was opened just now, with the person's password alone."""
    return str(world.sign_in(person, **more).body["session"]["token"])


def _change(world: World, token: str, new: str = NEW, current: str = PASSWORD, **more: str) -> Reply:
    body = {"current_password": current, "password": new}
    return world.post("/account/password", body, headers={"Authorization": f"Bearer {token}"}, **more)


def _reasons(answer: Reply) -> list[str]:
    """Why a password is refused."""
    assert (answer.status, answer.error) == (422, "weak_password"), answer
    assert {miss["path"] for miss in answer.body["errors"]} == {"body.password"}
    return [miss["error"] for miss in answer.body["errors"]]


def _decide(world: World, token: str, **choices: object) -> None:
    """What the owner of an account wants of the passwords in it."""
    usual = {
        "password_profile": "smsapi",
        "password_change": "off",
        "password_change_days": 30,
        "longest_idle_minutes": 1440,
    }
    headers = {"Authorization": f"Bearer {token}"}
    assert world.call("PUT", "/account/policy", usual | choices, headers=headers).status == 200


def test_the_new_password_opens_and_the_old_one_does_not(world: World, bob: Person):
    assert _change(world, _token(world, bob)).status == 200
    world.wait(SECOND)
    assert world.sign_in(bob, password=NEW).status == 200
    answer = world.sign_in(bob)
    assert (answer.status, answer.error) == (401, "invalid_credentials")


def test_the_second_factor_is_asked_for_as_ever_after_a_change(world: World, cat: Person):
    _change(world, world.session(cat)["session"]["token"])
    world.wait(SECOND)
    assert world.sign_in(cat, password=NEW).body["challenge"]["factors"] == ["sms"]


# --- Who may ----------------------------------------------------------------------------------------------


def test_only_a_session_that_was_proved_just_now_changes_a_password(world: World, bob: Person):
    token = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    answer = _change(world, token)
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert 'error="insufficient_user_authentication", max_age=600' in answer.headers["WWW-Authenticate"][0]
    confirmed = world.post("/session/confirm", {"password": PASSWORD}, headers={"Authorization": f"Bearer {token}"})
    assert _change(world, confirmed.body["session"]["token"]).status == 200


def test_until_its_last_second_a_proof_is_fresh(world: World, bob: Person):
    token = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR - SECOND)
    assert _change(world, token).status == 200


def test_nobody_changes_a_password_without_a_session(world: World):
    body = {"current_password": PASSWORD, "password": NEW}
    assert world.post("/account/password", body).error == "unauthorized"
    assert _change(world, "garbage").error == "invalid_token"


def test_who_does_not_know_the_present_password_changes_nothing(world: World, bob: Person):
    token = _token(world, bob)
    answer = _change(world, token, current="Wrong-Horse-7")
    assert (answer.status, answer.error) == (401, "invalid_credentials")
    assert world.me(token).status == 200
    assert world.sign_in(bob).status == 200


def test_wrong_present_passwords_make_even_the_right_one_wait(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _change(world, token, current="Wrong-Horse-7").status == 401
    answer = _change(world, token, address="203.0.113.9")
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_attempts", 30)
    world.wait(policy.FIRST_WAIT)
    assert _change(world, token).status == 200


def test_the_waits_are_those_of_one_who_is_signed_in_and_nobody_elses(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        world.sign_in(bob, password="Wrong-Horse-7")
    assert world.sign_in(bob).status == 429
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _change(world, token, current="Wrong-Horse-7").status == 401
    assert _change(world, token).status == 429
    assert world.sign_in(bob, address="203.0.113.9").status == 200


def test_the_right_password_forgives_the_wrong_ones_before_it_also_beside_a_weak_choice(world: World, bob: Person):
    token = _token(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS - 1):
        _change(world, token, current="Wrong-Horse-7")
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 1):
        assert _reasons(_change(world, token, "Ab-3456")) == ["too_short"]
    assert _change(world, token, current="Wrong-Horse-7").status == 401
    assert _change(world, token).status == 200


# --- Which passwords are taken ----------------------------------------------------------------------------


@pytest.fixture
def employee(world: World) -> str:
    """The token of Jan Kowalski, who owns the account of a company."""
    who = {"login": "jan.kowalski", "email": "jan@poczta.example", "phone": None, "language": "en"}
    accounts.create(**who, company="Wędlinex Sp. z o.o.", now=world.now)  # type: ignore[arg-type]
    world.post("/invitations/accept", {"token": world.link("invitation"), "password": PASSWORD})
    world.wait(SECOND)
    return _token(world, Person("jan.kowalski", "", "", None))


def test_each_rule_that_a_password_misses_is_told(world: World, employee: str):
    reasons = {
        "Ab-3456": ["too_short"],
        "ab-34567": ["no_capital"],
        "Ab-cdefg": ["no_digit"],
        "słoń": ["too_short", "no_capital", "no_digit"],
        "Kowalski-17": ["contains_known_word"],
        "JanKowalski-17": ["contains_known_word"],
        "My-Poczta-17": ["contains_known_word"],
        "Wedlinex-17": ["contains_known_word"],
        "Furtka-Open-17": ["contains_known_word"],
        "Baseball1": ["too_common"],
        "123456": ["too_short", "no_capital", "too_common"],
        "Password1": ["contains_known_word", "too_common"],
        PASSWORD: ["used_before"],
    }
    for password, missed in reasons.items():
        answer = _change(world, employee, password)
        assert _reasons(answer) == missed, password
        assert password not in answer.text
    assert _change(world, employee).status == 200


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_is_the_same_however_a_keyboard_encodes_it(world: World, bob: Person, form: str):
    first = _change(world, _token(world, bob), LETTERS).body["session"]["token"]
    same = unicodedata.normalize(form, LETTERS)
    assert _reasons(_change(world, first, same, LETTERS)) == ["used_before"]
    second = _change(world, first, NEW, same).body["session"]["token"]
    assert _reasons(_change(world, second, same, NEW)) == ["used_before"]


def test_the_last_24_passwords_do_not_come_back_and_the_one_before_them_does(world: World, bob: Person):
    oldest, next_to_it, *_, newest = _past_of(bob, 24)
    token = _token(world, bob)
    for password in (oldest, next_to_it, newest):
        assert _reasons(_change(world, token, password)) == ["used_before"]
    later = _change(world, token).body["session"]["token"]
    for password in (PASSWORD, next_to_it, newest):
        assert _reasons(_change(world, later, password, NEW)) == ["used_before"]
    assert _change(world, later, oldest, NEW).status == 200


def test_a_session_cannot_have_slow_hashes_made_without_end(world: World, bob: Person, monkeypatch: pytest.MonkeyPatch):
    token, past = _token(world, bob), _past_of(bob, policy.PASSWORDS_REMEMBERED)
    made: list[str] = []
    real = password_hash.is_password
    monkeypatch.setattr(password_hash, "is_password", lambda *known: made.append("hash") or real(*known))
    answers = [_change(world, token, past[-1]) for _ in range(3 * policy.FREE_NEW_PASSWORDS)]
    refused = answers[policy.FREE_NEW_PASSWORDS]
    assert (refused.status, refused.error, refused.retry_after) == (429, "too_many_attempts", 30)
    assert {answer.status for answer in answers} == {422, 429}
    assert len(made) <= policy.FREE_NEW_PASSWORDS * (policy.PASSWORDS_REMEMBERED + 3)


def _past_of(person: Person, number: int) -> list[str]:
    """So many passwords that they had, oldest first, written down as they would be one by one."""
    had = [f"Owl-{place}-Flies" for place in range(number)]
    known: list[str] = []
    for password in had:
        hashed = CHEAP.hash(password)
        engine.commit(password_history.remembering(person.user_id, known, replaced=hashed))
        known = [hashed, *known]
    return had


def _breached(password: str) -> bytes:
    """The list's answer to a question about *password*."""
    return f"{sha1(password.encode(), usedforsecurity=False).hexdigest().upper()[5:]}:17\r\n".encode()


def test_breached_passwords_are_refused_where_the_list_is_switched_on(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    monkeypatch.setattr(breached_passwords, "_query", lambda first: not asked.append(first) and _breached(NEW))
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "https://range.example.com")
    token = _token(world, bob)
    assert _reasons(_change(world, token)) == ["breached"]
    assert asked == [sha1(NEW.encode(), usedforsecurity=False).hexdigest().upper()[:5]]
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS_URL", "")
    assert _change(world, token).status == 200
    assert len(asked) == 1


def test_the_profile_nist_asks_for_length_in_place_of_capitals_and_digits(world: World, bob: Person):
    token = _token(world, bob)
    assert _reasons(_change(world, token, "four wide rivers")) == ["no_capital", "no_digit"]
    _decide(world, token, password_profile="nist")
    assert _reasons(_change(world, token, "4 wide-Rivers")) == ["too_short"]
    assert _change(world, token, "four wide rivers").status == 200


def test_the_profile_nist_takes_shorter_ones_beside_a_second_factor(world: World, cat: Person):
    token = world.session(cat)["session"]["token"]
    _decide(world, token, password_profile="nist")
    assert _reasons(_change(world, token, "rivers4")) == ["too_short"]
    assert _change(world, token, "rivers 4").status == 200


def test_a_password_counts_as_typed_up_to_256_characters(world: World, bob: Person):
    longest = " Ż1" + "x" * (policy.PASSWORD_MAX_CHARACTERS - 4) + " "
    token = _token(world, bob)
    refused = _change(world, token, longest + "x")
    assert (refused.status, refused.body["errors"][0]["path"]) == (422, "body.password")
    assert _change(world, token, longest).status == 200
    world.wait(SECOND)
    for other in (longest[:-1], longest[1:], longest[:-1] + "x", longest.lower()):
        assert world.sign_in(bob, password=other).status == 401
    assert world.sign_in(bob, password=longest).status == 200


# --- What it does -----------------------------------------------------------------------------------------


def test_other_sessions_end_and_this_one_goes_on_under_a_new_token(world: World, bob: Person):
    other, mine = _token(world, bob), _token(world, bob)
    world.wait(SECOND)
    session = _change(world, mine).body["session"]
    assert [world.me(token).status for token in (other, mine, session["token"])] == [401, 401, 200]
    listed = world.call("GET", "/account/sessions", headers={"Authorization": f"Bearer {session['token']}"})
    assert [one["current"] for one in listed.body["sessions"]] == [True]


def test_what_goes_on_is_proved_as_far_as_it_was_and_no_further(world: World, cat: Person):
    opened = world.session(cat)["session"]
    before = world.me(opened["token"]).body
    world.wait(timedelta(minutes=9))
    after = world.me(_change(world, opened["token"]).body["session"]["token"]).body
    assert after["confirmed_until"] == before["confirmed_until"]
    assert after["session"]["factors"] == ["password", "sms"]
    assert after["session"]["idle_seconds"] == before["session"]["idle_seconds"]


def test_a_sign_in_that_was_under_way_with_the_old_password_comes_to_nothing(world: World, cat: Person):
    token = world.session(cat)["session"]["token"]
    pending, code = world.challenge(cat), world.code()
    world.wait(SECOND)
    assert _change(world, token).status == 200
    assert world.verify(pending, code).status == 410


def test_a_change_leaves_other_users_alone(world: World, bob: Person):
    mallory = _token(world, world.add("mallory", phone=None))
    world.wait(SECOND)
    _change(world, _token(world, bob))
    assert world.me(mallory).status == 200


def test_a_device_that_is_known_stays_known(world: World, bob: Person):
    opened = world.sign_in(bob).body
    _change(world, opened["session"]["token"])
    world.wait(SECOND)
    heard = len(world.mails)
    assert world.sign_in(bob, password=NEW, device_token=opened["device_token"]).body["device_token"] is None
    assert len(world.mails) == heard


def test_a_browser_goes_on_under_a_new_cookie(world: World, bob: Person):
    old = world.sign_in(bob, transport="cookie", headers=FROM_PANEL).cookie("__Host-furtka-session")
    headers = {"Cookie": old.partition(";")[0]}
    body = {"current_password": PASSWORD, "password": NEW}
    assert world.post("/account/password", body, headers=headers).error == "cross_site_request"
    answer = world.post("/account/password", body, headers=headers | FROM_PANEL)
    assert set(answer.body) == {"session"}
    assert "token" not in answer.body["session"]
    new = answer.cookie("__Host-furtka-session")
    assert {"Path=/", "HttpOnly", "Secure", "SameSite=Strict"} <= set(new.split("; "))
    assert world.call("GET", "/session", headers=headers).status == 401
    assert world.call("GET", "/session", headers={"Cookie": new.partition(";")[0]}).status == 200


def test_the_owner_is_told_by_mail_and_the_mail_has_no_link(world: World, bob: Person):
    token = _token(world, bob)
    heard = len(world.mails)
    _change(world, token, address="203.0.113.5")
    ((address, subject, text),) = world.mails[heard:]
    assert (address, subject) == ("bob@example.com", "Your password was changed")
    assert "203.0.113.5" in text
    assert not re.search("https?://|furtka_", text)


def test_a_refused_change_is_not_told(world: World, bob: Person):
    token = _token(world, bob)
    heard = len(world.mails)
    _change(world, token, "weak")
    _change(world, token, current="Wrong-Horse-7")
    assert len(world.mails) == heard


def test_it_is_in_the_activity_log_without_the_password(world: World, bob: Person):
    old = _token(world, bob)
    world.wait(SECOND)
    token = _change(world, old, address="203.0.113.5").body["session"]["token"]
    answer = world.call("GET", "/account/activity", headers={"Authorization": f"Bearer {token}"})
    newest, *_ = answer.body["entries"]
    assert (newest["event"], newest["actor"], newest["address"]) == ("authn_password_change", "bob", "203.0.113.5")
    assert NEW not in answer.text


def test_an_overdue_password_can_be_changed_when_nothing_else_can(world: World, bob: Person):
    _decide(world, _token(world, bob), password_change="force")
    world.wait(policy.PASSWORD_CHANGED_EVERY)
    stale = _token(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    confirmed = world.post("/session/confirm", {"password": PASSWORD}, headers={"Authorization": f"Bearer {stale}"})
    token = confirmed.body["session"]["token"]
    assert world.me(token).body["must_change_password"] is True
    headers = {"Authorization": f"Bearer {token}"}
    assert world.call("GET", "/account/sessions", headers=headers).error == "password_change_required"
    free = _change(world, token).body["session"]["token"]
    assert world.me(free).body["must_change_password"] is False
    assert world.call("GET", "/account/sessions", headers={"Authorization": f"Bearer {free}"}).status == 200


# --- Meanwhile --------------------------------------------------------------------------------------------


def test_a_session_that_is_ended_meanwhile_changes_nothing(world: World, bob: Person, monkeypatch: pytest.MonkeyPatch):
    def slowly(password: str) -> str:
        engine.commit(users.ending_everything(bob.user_id, now=world.now))
        return CHEAP.hash(password)

    monkeypatch.setattr(password_hash, "hash_password", slowly)
    answer = _change(world, _token(world, bob))
    assert (answer.status, answer.error) == (401, "invalid_token")
    world.wait(SECOND)
    assert world.sign_in(bob).status == 200


def test_whose_login_is_gone_is_signed_in_no_more(world: World, bob: Person):
    token = _token(world, bob)
    engine.commit(engine.remove(logins.LoginItem("bob")))
    answer = _change(world, token)
    assert (answer.status, answer.error) == (401, "invalid_token")


@pytest.mark.parametrize("body", [{}, {"password": NEW}, {"current_password": PASSWORD, "password": ""}])
def test_a_change_names_what_is_missing(world: World, bob: Person, body: dict[str, str]):
    headers = {"Authorization": f"Bearer {_token(world, bob)}"}
    answer = world.post("/account/password", body, headers=headers)
    assert (answer.status, answer.error) == (422, "invalid_request")
