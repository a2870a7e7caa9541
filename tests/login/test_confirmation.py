"""POST /session/confirm: what guards an account is changed only by one who has proved themselves just now."""

from datetime import timedelta

import pytest

from shared import policy
from shared.http.route_rules import RULES
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, shown, signed_in, token_of, with_app, with_codes
from tests.support.routes import HARMLESS, SENSITIVE
from tests.support.world import FROM_PANEL, PASSWORD, Person, World


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor."""
    return world.add("bob", phone=None)


def _confirm(world: World, token: str, *, address: str = "198.51.100.7", **more: object) -> Reply:
    return ask(world, token, "POST", "/session/confirm", {"password": PASSWORD, **more}, address=address)


def _refuses_stale(answer: Reply) -> None:
    assert (answer.status, answer.error) == (401, "insufficient_user_authentication")
    assert answer.headers["WWW-Authenticate"] == [
        'Bearer realm="furtka", error="insufficient_user_authentication", max_age=600'
    ]


def _is_fresh(world: World, token: str) -> bool:
    return ask(world, token, "POST", "/account/factors/totp").status == 200


def test_every_route_for_people_who_are_signed_in_is_known_as_sensitive_or_not():
    signed_in_only = {route for route, rule in RULES.items() if rule.session}
    assert signed_in_only == SENSITIVE.keys() | HARMLESS.keys()


def test_nothing_sensitive_is_changed_by_a_session_that_is_only_signed_in(world: World):
    token = signed_in(world)
    world.wait(policy.CONFIRMED_FOR)
    for line, body in SENSITIVE.items():
        _refuses_stale(ask(world, token, *line.split(), body))
    assert world.sign_in().body["challenge"]["factors"] == ["sms"]


def test_nothing_sensitive_is_changed_without_a_session(world: World):
    for line, body in SENSITIVE.items():
        answer = world.call(*line.split(), body)
        assert (answer.status, answer.error) == (401, "unauthorized")


def test_whoever_has_just_signed_in_need_not_confirm_it_to_the_second(world: World, bob: Person):
    token = signed_in(world, bob)
    until = f"{world.now + policy.CONFIRMED_FOR:%Y-%m-%dT%H:%M:%SZ}"
    world.wait(policy.CONFIRMED_FOR - SECOND)
    assert world.me(token).body["confirmed_until"] == until
    assert _is_fresh(world, token)
    world.wait(SECOND)
    assert not _is_fresh(world, token)


def test_use_does_not_keep_a_session_confirmed(world: World, bob: Person):
    token = signed_in(world, bob)
    for _ in range(5):
        world.wait(policy.CONFIRMED_FOR / 5)
        world.me(token)
    assert not _is_fresh(world, token)


def test_the_password_is_enough_where_there_is_nothing_else(world: World, bob: Person):
    stale = signed_in(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    answer = _confirm(world, stale)
    assert answer.body["session"]["factors"] == ["password"]
    assert _is_fresh(world, token_of(answer))


def test_the_session_that_was_confirmed_takes_the_place_of_the_other_at_once(world: World, bob: Person):
    stale, unconcerned = signed_in(world, bob), signed_in(world, bob)
    confirmed = token_of(_confirm(world, stale))
    assert [world.me(token).status for token in (stale, confirmed, unconcerned)] == [401, 200, 200]
    assert len(ask(world, confirmed, "GET", "/account/sessions").body["sessions"]) == 2


def test_a_session_that_was_confirmed_has_an_end_of_its_own(world: World, bob: Person):
    stale = signed_in(world, bob)
    world.wait(timedelta(minutes=59))
    opened = _confirm(world, stale).body["session"]
    assert opened["created_at"] == f"{world.now:%Y-%m-%dT%H:%M:%SZ}"
    assert opened["ends_at"] == f"{world.now + policy.SESSION_LIFETIME:%Y-%m-%dT%H:%M:%SZ}"
    token, lived = opened["token"], timedelta(0)
    while lived + timedelta(minutes=59) < policy.SESSION_LIFETIME:
        world.wait(timedelta(minutes=59))
        lived += timedelta(minutes=59)
        assert world.me(token).status == 200
    world.wait(policy.SESSION_LIFETIME - lived)
    assert world.me(token).status == 401


def test_where_there_is_a_second_factor_it_is_needed_as_well(world: World):
    stale = signed_in(world)
    world.wait(policy.CONFIRMED_FOR)
    challenge = _confirm(world, stale).body["challenge"]
    assert (challenge["channel"], challenge["factors"]) == ("sms", ["sms"])
    assert not _is_fresh(world, stale)
    opened = world.verify(challenge["id"], world.code())
    assert opened.body["session"]["factors"] == ["password", "sms"]
    assert opened.body["device_token"] is None
    confirmed = token_of(opened)
    assert [world.me(token).status for token in (stale, confirmed)] == [401, 200]
    assert _is_fresh(world, confirmed)


def test_the_session_goes_on_until_the_second_factor_is_proved(world: World):
    stale = signed_in(world)
    challenge_id = _confirm(world, stale).body["challenge"]["id"]
    assert world.verify(challenge_id, world.wrong_code()).status == 401
    assert world.me(stale).status == 200


def test_the_time_counts_from_the_password_and_not_from_the_code(world: World):
    stale = signed_in(world)
    given_at = world.now
    challenge_id, code = _confirm(world, stale).body["challenge"]["id"], world.code()
    world.wait(policy.CODE_LIFETIME - SECOND)
    token = token_of(world.verify(challenge_id, code))
    until = f"{given_at + policy.CONFIRMED_FOR:%Y-%m-%dT%H:%M:%SZ}"
    assert world.me(token).body["confirmed_until"] == until


def test_a_factor_may_be_chosen_as_at_sign_in(world: World):
    token = signed_in(world)
    secret, (code, *_) = with_app(world, token), with_codes(world, token)
    heard = len(world.sms)
    assert _confirm(world, token).body["challenge"]["channel"] == "totp"
    assert _confirm(world, token, factor="sms").body["challenge"]["channel"] == "sms"
    assert len(world.sms) == heard + 1
    challenge_id = _confirm(world, token, factor="recovery_code").body["challenge"]["id"]
    token = token_of(world.verify(challenge_id, code))
    assert world.me(token).body["session"]["factors"] == ["password", "recovery_code"]
    challenge_id = _confirm(world, token).body["challenge"]["id"]
    assert world.verify(challenge_id, shown(world, secret)).status == 200


def test_a_sign_in_elsewhere_confirms_no_session(world: World, bob: Person):
    mine = signed_in(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    other = signed_in(world, bob)
    assert [_is_fresh(world, token) for token in (mine, other)] == [False, True]


def test_a_session_that_ended_is_not_brought_back_by_confirming_it(world: World):
    token = signed_in(world)
    challenge_id = _confirm(world, token).body["challenge"]["id"]
    ask(world, token, "POST", "/logout")
    answer = world.verify(challenge_id, world.code())
    assert (answer.status, answer.error) == (410, "challenge_closed")
    assert _confirm(world, token).error == "invalid_token"


def test_a_session_is_confirmed_once_however_many_challenges_there_are(world: World):
    token = signed_in(world)
    first, second = (_confirm(world, token).body["challenge"]["id"] for _ in range(2))
    assert world.verify(second, world.code()).status == 200
    world.wait(policy.RESEND_AFTER)
    world.post("/verify-code/resend", {"challenge_id": first})
    assert world.verify(first, world.code()).status == 410


def test_a_wrong_password_confirms_nothing_and_ends_nothing(world: World, bob: Person):
    token = signed_in(world, bob)
    world.wait(policy.CONFIRMED_FOR)
    answer = _confirm(world, token, password="Wrong-Horse-7")
    assert (answer.status, answer.error) == (401, "invalid_credentials")
    assert (world.me(token).status, _is_fresh(world, token)) == (200, False)


def test_wrong_passwords_make_the_next_try_wait(world: World, bob: Person):
    token = signed_in(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert _confirm(world, token, password="Wrong-Horse-7").status == 401
    answer = _confirm(world, token)
    assert (answer.status, answer.error, answer.retry_after) == (429, "too_many_attempts", 30)
    assert world.me(token).status == 200
    world.wait(timedelta(seconds=30))
    assert _confirm(world, token).status == 200


def test_those_waits_are_one_for_all_addresses_and_sessions_of_the_user(world: World, bob: Person):
    stolen, mine = signed_in(world, bob), signed_in(world, bob)
    for place in range(policy.FREE_PASSWORD_ATTEMPTS):
        _confirm(world, stolen, password="Wrong-Horse-7", address=f"203.0.113.{place}")
    assert _confirm(world, mine).status == 429


def test_strangers_who_guess_at_sign_in_keep_nobody_from_confirming(world: World, bob: Person):
    token = signed_in(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        world.sign_in(bob, password="Wrong-Horse-7")
    assert world.sign_in(bob).status == 429
    assert _confirm(world, token).status == 200


def test_wrong_passwords_of_a_stolen_session_keep_nobody_from_signing_in(world: World, bob: Person):
    token = signed_in(world, bob)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        _confirm(world, token, password="Wrong-Horse-7")
    assert world.sign_in(bob).status == 200


def test_nobody_confirms_with_the_session_of_nobody(world: World):
    answer = world.post("/session/confirm", {"password": PASSWORD})
    assert (answer.status, answer.error) == (401, "unauthorized")


def test_confirming_mails_nobody_and_is_in_the_activity(world: World):
    token = signed_in(world)
    heard = len(world.mails)
    token = token_of(world.verify(_confirm(world, token).body["challenge"]["id"], world.code()))
    assert len(world.mails) == heard
    entries = ask(world, token, "GET", "/account/activity").body["entries"]
    assert ("authn_step_up", "password sms") in [(entry["event"], entry["detail"]) for entry in entries]
    assert [entry["event"] for entry in entries].count("authn_login_success") == 1


def test_a_browser_gets_another_cookie(world: World):
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    stale = _cookie(world.verify(challenge_id, world.code(), headers=FROM_PANEL))
    asked = world.post("/session/confirm", {"password": PASSWORD}, headers=FROM_PANEL | stale)
    assert "Set-Cookie" not in asked.headers
    opened = world.verify(asked.body["challenge"]["id"], world.code(), headers=FROM_PANEL)
    assert "token" not in opened.body["session"]
    fresh = _cookie(opened)
    assert world.call("GET", "/session", headers=stale).status == 401
    assert world.call("GET", "/session", headers=fresh).body["login"] == "ann"


def test_a_browser_without_a_second_factor_gets_another_cookie_at_once(world: World, bob: Person):
    stale = _cookie(world.sign_in(bob, transport="cookie", headers=FROM_PANEL))
    fresh = _cookie(world.post("/session/confirm", {"password": PASSWORD}, headers=FROM_PANEL | stale))
    assert world.call("GET", "/session", headers=stale).status == 401
    assert world.call("GET", "/session", headers=fresh).body["login"] == "bob"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}])
def test_a_foreign_page_confirms_nothing(world: World, headers: dict[str, str]):
    challenge_id = world.challenge(transport="cookie", headers=FROM_PANEL)
    cookie = _cookie(world.verify(challenge_id, world.code(), headers=FROM_PANEL))
    answer = world.post("/session/confirm", {"password": PASSWORD}, headers=headers | cookie)
    assert (answer.status, answer.error) == (403, "cross_site_request")
    asked = world.post("/session/confirm", {"password": PASSWORD}, headers=FROM_PANEL | cookie)
    assert world.verify(asked.body["challenge"]["id"], world.code(), headers=headers).status == 403


def _cookie(answer: Reply) -> dict[str, str]:
    """What the browser sends from then on."""
    return {"Cookie": answer.cookie("__Host-furtka-session").partition(";")[0]}
