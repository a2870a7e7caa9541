"""Codes by SMS, switched on, over to another number, and off: each number is proved before it counts."""

from datetime import timedelta

import pytest

from shared import policy
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, factors_of, signed_in, with_app, with_phone
from tests.support.tokens import given
from tests.support.world import Person, World

PATH = "/account/factors/sms"
NEW = "+48600100201"
OLD = "+48600100200"


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor."""
    return world.add("bob", phone=None)


def _order(world: World, token: str, phone: str = NEW) -> Reply:
    return ask(world, token, "POST", PATH, {"phone": phone})


def _asked(world: World, token: str, phone: str = NEW) -> str:
    """The id of the challenge whose code went to *phone*."""
    return str(_order(world, token, phone).body["challenge"]["id"])


def _prove(world: World, token: str, challenge_id: str, code: str) -> Reply:
    return ask(world, token, "POST", f"{PATH}/confirm", {"challenge_id": challenge_id, "code": code})


def _resend(world: World, challenge_id: str) -> Reply:
    return world.post("/verify-code/resend", {"challenge_id": challenge_id})


def test_a_code_goes_to_the_number_itself_and_nothing_is_on_before_it_comes_back(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge = _order(world, token).body["challenge"]
    assert challenge == {
        "id": challenge["id"],
        "channel": "sms",
        "factors": ["sms"],
        "phone": "+48******201",
        "expires_at": f"{world.now + policy.CODE_LIFETIME:%Y-%m-%dT%H:%M:%SZ}",
        "resend_at": f"{world.now + policy.RESEND_AFTER:%Y-%m-%dT%H:%M:%SZ}",
        "sms_delayed": False,
    }
    assert [number for number, _ in world.sms] == [NEW]
    assert factors_of(world, token)["sms"] is None
    assert "session" in world.sign_in(bob).body


def test_the_code_switches_sms_on_and_every_sign_in_needs_one_from_then_on(world: World, bob: Person):
    token = signed_in(world, bob)
    answer = _prove(world, token, _asked(world, token), world.code())
    assert (answer.status, answer.body) == (200, factors_of(world, token))
    assert answer.body["sms"]["phone"] == "+48******201"
    world.wait(SECOND)
    assert world.sign_in(bob).body["challenge"]["factors"] == ["sms"]
    assert world.sms[-1][0] == NEW


def test_the_session_that_switched_sms_on_has_proved_it(world: World, bob: Person):
    token = signed_in(world, bob)
    with_phone(world, token, NEW)
    assert world.me(token).body["session"]["factors"] == ["password", "sms"]


def test_whoever_uses_sms_is_told_what_it_does_not_protect_from(world: World, bob: Person):
    token = signed_in(world, bob)
    asked = _order(world, token)
    proved = _prove(world, token, asked.body["challenge"]["id"], world.code())
    notices = {
        asked.body["risk_notice"],
        proved.body["sms"]["risk_notice"],
        factors_of(world, token)["sms"]["risk_notice"],
    }
    assert len(notices) == 1
    assert "SIM card" in notices.pop()


@pytest.mark.parametrize("typed", ["  +48 600 100 201 ", "+48(600)100-201", "0048 600 100 201", "0048600100201"])
def test_a_number_is_one_number_however_it_is_typed(world: World, bob: Person, typed: str):
    token = signed_in(world, bob)
    assert _order(world, token, typed).body["challenge"]["phone"] == "+48******201"
    assert world.sms[-1][0] == NEW


@pytest.mark.parametrize("typed", [" ", "+48 22 123 45 67", "+4860010020", "112", "600100201"])
def test_what_cannot_get_an_sms_is_refused_and_costs_nothing(world: World, bob: Person, typed: str):
    answer = _order(world, signed_in(world, bob), typed)
    assert (answer.status, answer.error) == (422, "not_mobile")
    assert [(miss["path"], miss["error"]) for miss in answer.body["errors"]] == [("body.phone", "not_mobile")]
    assert "22 123" not in answer.text
    assert world.sms == []


@pytest.mark.parametrize("typed", ["", "+48600100201" + " " * policy.MAX_PHONE_CHARACTERS, 48600100201, None])
def test_what_is_no_text_of_a_number_is_refused(world: World, bob: Person, typed: str):
    answer = _order(world, signed_in(world, bob), typed)
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert [miss["path"] for miss in answer.body["errors"]] == ["body.phone"]


def test_a_wrong_code_switches_nothing_on_and_does_not_spoil_the_right_one(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id = _asked(world, token)
    answer = _prove(world, token, challenge_id, world.wrong_code())
    assert (answer.status, answer.error) == (401, "wrong_code")
    assert factors_of(world, token)["sms"] is None
    assert _prove(world, token, challenge_id, world.code()).status == 200


def test_a_code_proves_a_number_once(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id, code = _asked(world, token), world.code()
    _prove(world, token, challenge_id, code)
    answer = _prove(world, token, challenge_id, code)
    assert (answer.status, answer.error) == (410, "challenge_closed")


def test_a_code_that_comes_too_late_proves_nothing(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id, code = _asked(world, token), world.code()
    world.wait(policy.CODE_LIFETIME)
    answer = _prove(world, token, challenge_id, code)
    assert (answer.status, answer.error) == (410, "challenge_closed")
    assert factors_of(world, token)["sms"] is None


def test_the_code_for_one_number_does_not_prove_another(world: World, bob: Person):
    token = signed_in(world, bob)
    _asked(world, token)
    code = world.code()
    challenge_id = _asked(world, token, "+48600100209")
    if world.code() != code:
        assert _prove(world, token, challenge_id, code).status == 401


def test_nobody_proves_a_number_for_somebody_else_or_uses_up_their_tries(world: World, bob: Person):
    token = signed_in(world, bob)
    mallory = signed_in(world, world.add("mallory", phone=None))
    challenge_id = _asked(world, token)
    for code in [world.code()] * (policy.ATTEMPTS_PER_CHALLENGE + 1):
        answer = _prove(world, mallory, challenge_id, code)
        assert (answer.status, answer.error) == (401, "wrong_code")
    assert factors_of(world, mallory)["sms"] is None
    assert _prove(world, token, challenge_id, world.code()).status == 200


def test_a_code_to_sign_in_proves_no_number(world: World):
    token = signed_in(world)
    challenge_id = world.challenge()
    answer = _prove(world, token, challenge_id, world.code())
    assert (answer.status, answer.error) == (401, "wrong_code")
    assert world.verify(challenge_id, world.code()).status == 200


def test_a_code_to_confirm_a_session_proves_no_number(world: World):
    token = signed_in(world)
    again = ask(world, token, "POST", "/session/confirm", {"password": world.ann.password})
    assert _prove(world, token, again.body["challenge"]["id"], world.code()).error == "wrong_code"


def test_a_code_that_proves_a_number_opens_no_session(world: World):
    token = signed_in(world)
    challenge_id = _asked(world, token)
    answer = world.verify(challenge_id, world.code())
    assert (answer.status, answer.error) == (401, "wrong_code")
    assert _prove(world, token, challenge_id, world.code()).status == 200


@pytest.mark.parametrize("challenge_id", ["../../etc", "0" * 38, "x"])
def test_a_made_up_challenge_looks_like_a_wrong_code(world: World, bob: Person, challenge_id: str):
    token = signed_in(world, bob)
    real = _prove(world, token, _asked(world, token), world.wrong_code())
    made_up = _prove(world, token, challenge_id, "123456")
    assert (made_up.status, made_up.text, made_up.headers) == (real.status, real.text, real.headers)


def test_a_code_that_does_not_arrive_is_sent_anew_and_the_old_one_is_void(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id, old = _asked(world, token), world.code()
    assert _resend(world, challenge_id).error == "resend_too_soon"
    world.wait(policy.RESEND_AFTER)
    assert _resend(world, challenge_id).status == 200
    assert [number for number, _ in world.sms] == [NEW, NEW]
    if world.code() != old:
        assert _prove(world, token, challenge_id, old).status == 401
    assert _prove(world, token, challenge_id, world.code()).status == 200


def test_five_wrong_codes_close_a_challenge_even_for_the_right_one(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id = _asked(world, token)
    for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
        assert _prove(world, token, challenge_id, world.wrong_code()).status == 401
    assert _prove(world, token, challenge_id, world.code()).status == 410


def test_wrong_codes_count_together_with_those_of_sign_ins(world: World):
    token = signed_in(world)
    challenges = [(_asked(world, token), world.wrong_code()) for _ in range(policy.FREE_CODE_ATTEMPTS // 5)]
    for challenge_id, wrong in challenges:
        for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
            assert _prove(world, token, challenge_id, wrong).status == 401
    for refused in (_order(world, token), world.sign_in()):
        assert (refused.status, refused.error, refused.retry_after) == (429, "too_many_codes", 30)


def test_a_number_that_is_changed_is_proved_before_it_counts(world: World):
    token = signed_in(world)
    challenge_id = _asked(world, token)
    code = world.code()
    world.challenge()
    assert [number for number, _ in world.sms][-2:] == [NEW, OLD]
    assert _prove(world, token, challenge_id, code).body["sms"]["phone"] == "+48******201"
    world.wait(SECOND)
    world.challenge()
    assert [number for number, text in world.sms if world.code() in text] == [NEW]


def test_to_change_a_number_a_code_of_the_old_one_is_needed_as_well(world: World):
    stale = signed_in(world)
    world.wait(policy.CONFIRMED_FOR)
    assert _order(world, stale).error == "insufficient_user_authentication"
    again = ask(world, stale, "POST", "/session/confirm", {"password": world.ann.password}).body["challenge"]
    assert world.sms[-1][0] == OLD
    token = world.verify(again["id"], world.code()).body["session"]["token"]
    with_phone(world, token, NEW)
    assert factors_of(world, token)["sms"]["phone"] == "+48******201"


def test_a_code_that_was_asked_for_before_a_change_proves_nothing_after_it(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id, code = _asked(world, token), world.code()
    world.wait(SECOND)
    with_app(world, token)
    answer = _prove(world, token, challenge_id, code)
    assert (answer.status, answer.error) == (410, "challenge_closed")
    assert factors_of(world, token)["sms"] is None


def test_sms_switched_off_asks_for_no_code_any_more(world: World):
    token = signed_in(world)
    answer = ask(world, token, "DELETE", PATH)
    assert (answer.status, answer.text) == (204, "")
    assert factors_of(world, token) == {"sms": None, "totp": False, "recovery_codes_left": 0}
    world.wait(SECOND)
    assert "session" in world.sign_in().body


def test_switching_sms_off_needs_a_code_given_just_now(world: World):
    stale = signed_in(world)
    world.wait(policy.CONFIRMED_FOR)
    assert ask(world, stale, "DELETE", PATH).error == "insufficient_user_authentication"
    assert world.sign_in().body["challenge"]["factors"] == ["sms"]


def test_what_is_off_cannot_be_switched_off(world: World, bob: Person):
    answer = ask(world, signed_in(world, bob), "DELETE", PATH)
    assert (answer.status, answer.error) == (404, "not_found")


def test_a_message_tells_the_time_that_the_code_has_left(world: World, bob: Person):
    _asked(world, signed_in(world, bob))
    assert f"valid {policy.CODE_LIFETIME // timedelta(minutes=1)} min" in world.sms[-1][1]


PASTED = {
    "plain": "+48 512 000 301",
    "no-break spaces": "+48\u00a0512\u00a0000\u00a0301",
    "narrow no-break spaces": "+48\u202f512\u202f000\u202f301",
    "an embedding around": "\u202a+48 512 000 301\u202c",
    "an isolate around": "\u2068+48 512 000 301\u2069",
    "a zero-width space behind": "+48 512 000 301\u200b",
    "dashes of a book": "+48 512\u2011000\u2013301",
    "full-width digits": "\uff0b\uff14\uff18 512 000 301",
    "a link": "tel:+48512000301",
}


@pytest.mark.parametrize("typed", PASTED.values(), ids=PASTED.keys())
def test_every_door_takes_a_number_as_it_looks(world: World, typed: str):
    assert _doors(world, typed) == {"factor": True, "message": True, "code": True, "contact": True}


@pytest.mark.parametrize("typed", ["+48 512 ABC 301", "+48512000301 ext 5", "+48 512 000 301\u20e3x"])
def test_no_door_takes_a_number_with_letters(world: World, typed: str):
    assert _doors(world, typed) == {"factor": False, "message": False, "code": False, "contact": False}


def _doors(world: World, typed: str) -> dict[str, bool]:
    """Whether each of the doors that numbers come in by takes *typed* for a number."""
    token = given(world)
    headers = {"Authorization": f"Bearer {token}"}
    message = {"to": typed, "message": "Hello", "format": "json"}
    checked = world.post("/mfa/codes/verifications", {"phone_number": typed, "code": "123456"}, headers=headers)
    return {
        "factor": ask(world, signed_in(world), "POST", "/account/factors/sms", {"phone": typed}).status == 200,
        "message": world.post("/sms.do", message, headers=headers).body.get("error") != 13,
        "code": checked.status == 404,
        "contact": world.post("/contacts", {"phone_number": typed}, headers=headers).status == 201,
    }
