"""Second factors on the deployed stack: the key that encrypts apps' secrets is used by those who may."""

from datetime import UTC, datetime, timedelta

import pyotp

from tests.e2e.people import Person

FACTORS = "/account/factors"
STEP = timedelta(seconds=30)


def test_an_app_is_enrolled_opens_the_door_and_is_removed(owner: Person):
    token = owner.opens_session()
    app = pyotp.parse_uri(owner.may(token, "POST", f"{FACTORS}/totp")["provisioning_uri"])
    now = datetime.now(UTC)
    enrolled = owner.may(token, "POST", f"{FACTORS}/totp/confirm", {"code": app.at(now)})
    assert (enrolled["totp"], enrolled["recovery_codes_left"]) == (True, 0)
    asked = owner.signs_in().body["challenge"]
    assert asked["channel"] == "totp"
    opened = owner.answers(asked["id"], app.at(now + STEP))
    assert opened.body["session"]["factors"] == ["password", "totp"]
    assert owner.may(opened.body["session"]["token"], "DELETE", f"{FACTORS}/totp") is None
    assert owner.signs_in().body["challenge"]["channel"] == "sms"
    assert owner.letter("An authenticator app was added")
    assert owner.letter("The authenticator app was removed")


def test_a_recovery_code_opens_the_door_once(owner: Person):
    code = owner.may(owner.opens_session(), "POST", f"{FACTORS}/recovery-codes")["recovery_codes"][0]
    assert owner.answers(owner.challenge(), code).status == 200
    assert owner.answers(owner.challenge(factor="recovery_code"), code).body["error"] == "wrong_code"
    assert "Codes left: 9" in owner.letter("A recovery code was used")


def test_codes_go_to_another_phone_and_then_to_none(owner: Person):
    token, another = owner.opens_session(), Person(owner.stack)
    asked = owner.may(token, "POST", f"{FACTORS}/sms", {"phone": another.phone})["challenge"]["id"]
    owner.may(token, "POST", f"{FACTORS}/sms/confirm", {"challenge_id": asked, "code": another.code()})
    assert owner.answers(owner.challenge(), another.code(2)).status == 200
    assert owner.may(token, "DELETE", f"{FACTORS}/sms") is None
    assert owner.signs_in().body["session"]["factors"] == ["password"]
    assert owner.letter("Codes by SMS were switched off")
