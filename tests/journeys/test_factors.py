"""Second factors over HTTP: switched on, changed, used in place of one another, and switched off."""

import time
from datetime import timedelta

import pytest

from tests.journeys.client import ARRIVES_WITHIN, Stack
from tests.journeys.people import CONFIRMED_FOR, Person

FACTORS = "/account/factors"
NEW_PHONE = "+48698765432"
MINUTE = timedelta(minutes=1)


def new_phone(person: Person, token: str, phone: str) -> dict[str, str]:
    """The challenge for *phone*, and the code that was sent there."""
    before = len(person.stack.outbox())
    asked = person.gets(token, "POST", f"{FACTORS}/sms", {"phone": f"{phone[:3]} {phone[3:6]}-{phone[6:]}"})
    assert "SIM card" in asked["risk_notice"]
    return {"challenge_id": asked["challenge"]["id"], "code": person.stack.code(phone, after=before)}


@pytest.fixture
def owner(newcomer: Person) -> Person:
    """Somebody with an authenticator app and nothing else."""
    newcomer.adds_app(newcomer.sign_in())
    return newcomer


def test_codes_by_sms_are_switched_on_and_from_then_on_a_password_is_not_enough(newcomer: Person):
    elsewhere, here = newcomer.sign_in(), newcomer.sign_in()
    proof = new_phone(newcomer, here, newcomer.phone)
    assert newcomer.gets(here, "GET", FACTORS)["sms"] is None
    told = newcomer.gets(here, "POST", f"{FACTORS}/sms/confirm", proof)
    assert told["sms"]["phone"] == newcomer.phone[:3] + "******" + newcomer.phone[-3:]
    assert newcomer.is_in(here)
    assert not newcomer.is_in(elsewhere)
    asked = newcomer.login_with().json()
    assert (asked["challenge"]["channel"], "session" in asked) == ("sms", False)
    assert newcomer.mail("Codes by SMS were switched on")


def test_a_new_number_takes_the_place_of_the_old_one_once_it_is_proved(person: Person):
    token = person.sign_in()
    landline = person.asks(token, "POST", f"{FACTORS}/sms", {"phone": "+48327201201"})
    assert (landline.status_code, landline.json()["error"]) == (422, "not_mobile")
    proof = new_phone(person, token, NEW_PHONE)
    assert person.verify(*person.challenge()).ok, "until then the old number counts"
    assert person.asks(token, "POST", f"{FACTORS}/sms/confirm", proof).ok
    assert person.mail("Your codes go to another phone")
    old, person.phone = person.phone, NEW_PHONE
    before = len(person.stack.outbox())
    assert person.is_in(person.sign_in())
    assert person.stack.sent("sms", old, after=before, about="code to") == []


def test_sms_is_switched_off_by_password_and_code_given_just_now(person: Person):
    token = person.sign_in()
    person.stack.let(CONFIRMED_FOR)
    refused = person.asks(token, "DELETE", f"{FACTORS}/sms")
    assert (refused.status_code, refused.json()["error"]) == (401, "insufficient_user_authentication")
    assert 'error="insufficient_user_authentication", max_age=600' in refused.headers["WWW-Authenticate"]
    confirmed = person.confirm(token)
    assert not person.is_in(token)
    assert person.asks(confirmed, "DELETE", f"{FACTORS}/sms").status_code == 204
    assert person.mail("Codes by SMS were switched off")
    assert person.login_with().json()["session"]["factors"] == ["password"]


def test_an_app_reads_its_secret_from_the_address_in_the_qr_code_and_opens_the_door(newcomer: Person):
    token = newcomer.sign_in()
    elsewhere = newcomer.sign_in()
    made = newcomer.gets(token, "POST", f"{FACTORS}/totp")
    assert made["qr_svg"].startswith("<svg ")
    assert f"secret={made['secret']}&" in made["provisioning_uri"]
    assert newcomer.login_with().json()["session"], "until its first code the app counts for nothing"
    newcomer.adds_app(token)
    assert not newcomer.is_in(elsewhere)
    assert newcomer.mail("An authenticator app was added")
    asked = newcomer.login_with().json()["challenge"]
    assert (asked["channel"], asked["factors"], asked["phone"]) == ("totp", ["totp"], None)
    opened = newcomer.verify(asked["id"], newcomer.app_code()).json()
    assert opened["session"]["factors"] == ["password", "totp"]


def test_a_code_of_the_app_is_taken_once_and_never_one_from_before_it(owner: Person):
    stack, then = owner.stack, owner.stack.now
    code = owner.app_code(then)
    assert owner.verify(owner.login_with().json()["challenge"]["id"], code).ok
    challenge = owner.login_with().json()["challenge"]["id"]
    for used in (code, owner.app_code(then - timedelta(seconds=30))):
        assert owner.verify(challenge, used).json()["error"] == "wrong_code"
    stack.let(MINUTE)
    assert owner.verify(challenge, owner.app_code()).ok


def test_an_app_that_was_never_proved_is_forgotten(newcomer: Person):
    token = newcomer.sign_in(device_token=newcomer.device)
    newcomer.gets(token, "POST", f"{FACTORS}/totp")
    newcomer.stack.let(15 * MINUTE)
    late = newcomer.asks(newcomer.confirm(token), "POST", f"{FACTORS}/totp/confirm", {"code": "123456"})
    assert (late.status_code, late.json()["error"]) == (410, "enrolment_closed")


def test_a_recovery_code_stands_in_for_a_lost_phone_once(person: Person):
    made = person.gets(person.sign_in(), "POST", f"{FACTORS}/recovery-codes")["recovery_codes"]
    assert len(set(made)) == 10
    assert person.mail("New recovery codes were made")
    asked = person.login_with().json()["challenge"]
    assert asked["factors"] == ["sms", "recovery_code"]
    opened = person.verify(asked["id"], made[3].lower()).json()["session"]
    assert opened["factors"] == ["password", "recovery_code"]
    assert "Codes left: 9" in person.mail("A recovery code was used")
    assert person.gets(opened["token"], "GET", FACTORS)["recovery_codes_left"] == 9
    again = person.verify(person.login_with(factor="recovery_code").json()["challenge"]["id"], made[3])
    assert (again.status_code, again.json()["error"]) == (401, "wrong_code")


def test_recovery_codes_go_with_the_last_factor_that_they_stand_in_for(owner: Person):
    token = owner.sign_in()
    owner.gets(token, "POST", f"{FACTORS}/recovery-codes")
    owner.gets(token, "DELETE", f"{FACTORS}/totp")
    assert owner.gets(token, "GET", FACTORS) == {"sms": None, "totp": False, "recovery_codes_left": 0}
    refused = owner.asks(token, "POST", f"{FACTORS}/recovery-codes")
    assert (refused.status_code, refused.json()["error"]) == (409, "factor_needed")
    assert owner.mail("The authenticator app was removed")


def test_whoever_has_several_factors_chooses_at_the_door(person: Person):
    person.adds_app(person.sign_in())
    assert person.login_with().json()["challenge"]["channel"] == "totp"
    before = len(person.stack.outbox())
    asked = person.login_with(factor="sms").json()["challenge"]
    assert (asked["channel"], asked["factors"]) == ("sms", ["totp", "sms"])
    assert person.verify(asked["id"], person.stack.code(person.phone, after=before)).ok
    asked = person.login_with(factor="sms").json()["challenge"]
    assert person.verify(asked["id"], person.app_code(), factor="totp").ok


def test_a_carrier_that_is_down_is_told_of_and_other_factors_still_open_the_door(stack: Stack, person: Person):
    token = person.sign_in()
    person.adds_app(token)
    codes = person.gets(token, "POST", f"{FACTORS}/recovery-codes")["recovery_codes"]
    stack.carrier_is("down")
    try:
        lost = person.login_with(factor="sms").json()["challenge"]
        assert not lost["sms_delayed"], "nobody knows yet"
        told = soon_told(person)
        assert person.verify(lost["id"], person.app_code(), factor="totp").ok
        assert person.verify(told["id"], codes[0]).ok
    finally:
        stack.carrier_is("up")
    stack.let(5 * MINUTE)
    assert not person.login_with().json()["challenge"]["sms_delayed"]


def soon_told(person: Person) -> dict[str, str]:
    """The first challenge that tells of the carrier's trouble; one that asks for the app costs no message."""
    give_up = time.monotonic() + ARRIVES_WITHIN
    while not (challenge := person.login_with().json()["challenge"])["sms_delayed"]:
        assert time.monotonic() < give_up, "nobody was told"
        time.sleep(0.05)
    return dict(challenge)
