"""Which second factor a sign-in asks for, which others would do, and that none of its ways goes around them."""

import re
from datetime import timedelta

import pytest

from shared import policy
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, refuse
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, shown, signed_in, token_of, with_app, with_codes
from tests.support.pots import use_up
from tests.support.world import World

NEW_PASSWORD = "Tulip-Wagon-42"


@pytest.fixture
def app(world: World) -> str:
    """The secret of ann's app; she has a phone and recovery codes too."""
    token = signed_in(world)
    secret = with_app(world, token)
    with_codes(world, token)
    return secret


def _challenge(answer: Reply) -> dict[str, object]:
    assert answer.status == 200, answer
    return dict(answer.body["challenge"])


def _lose_messages(world: World) -> None:
    """The carrier takes no message for now."""

    def no_carrier(call: AwsCall, proceed: Proceed) -> Answer:
        return refuse("InternalError")(call, proceed) if call.service == "sns" else proceed()

    with intercepted(no_carrier):
        assert world.deliver()


def _link(world: World, page: str) -> str:
    """The token in the newest link to *page*."""
    found = [re.search(rf"/{page}#token=(\w+)", text) for _, _, text in world.mails]
    return next(link[1] for link in reversed(found) if link)


def test_who_has_an_app_is_asked_for_its_code_and_no_message_is_sent(world: World, app: str):
    heard = len(world.sms)
    answer = world.sign_in()
    assert _challenge(answer) == {
        "id": answer.body["challenge"]["id"],
        "channel": "totp",
        "factors": ["totp", "sms", "recovery_code"],
        "phone": "+48******200",
        "expires_at": f"{world.now + policy.CHALLENGE_LIFETIME:%Y-%m-%dT%H:%M:%SZ}",
        "resend_at": f"{world.now:%Y-%m-%dT%H:%M:%SZ}",
        "sms_delayed": False,
    }
    assert len(world.sms) == heard
    opened = world.verify(answer.body["challenge"]["id"], shown(world, app))
    assert opened.body["session"]["factors"] == ["password", "totp"]


def test_they_may_ask_for_a_message_all_the_same(world: World, app: str):
    heard = len(world.sms)
    challenge = _challenge(world.sign_in(factor="sms"))
    assert (challenge["channel"], len(world.sms)) == ("sms", heard + 1)
    opened = world.verify(str(challenge["id"]), world.code())
    assert opened.body["session"]["factors"] == ["password", "sms"]


def test_they_may_ask_for_a_recovery_code(world: World, app: str):
    heard = len(world.sms)
    assert _challenge(world.sign_in(factor="recovery_code"))["channel"] == "recovery_code"
    assert len(world.sms) == heard


@pytest.mark.parametrize("factor", ["recovery_code", "totp"])
def test_a_factor_that_they_do_not_have_falls_back_to_their_own(world: World, factor: str):
    challenge = _challenge(world.sign_in(factor=factor))
    assert (challenge["channel"], challenge["factors"]) == ("sms", ["sms"])
    assert world.verify(str(challenge["id"]), world.code()).status == 200


def test_no_message_goes_to_one_who_has_no_phone(world: World):
    bob = world.add("bob", phone=None)
    with_app(world, signed_in(world, bob))
    challenge = _challenge(world.sign_in(bob, factor="sms"))
    assert (challenge["channel"], challenge["phone"], challenge["resend_at"]) == ("totp", None, None)
    assert world.sms == []


@pytest.mark.parametrize("factor", ["", "SMS", "password", "email", 1, ["sms"]])
def test_what_is_no_factor_is_refused(world: World, factor: object):
    answer = world.sign_in(factor=factor)
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "body.factor")


def test_a_message_can_be_asked_for_later(world: World, app: str):
    challenge_id = world.challenge()
    heard = len(world.sms)
    assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).status == 200
    assert len(world.sms) == heard + 1
    assert world.verify(challenge_id, world.code()).body["session"]["factors"] == ["password", "sms"]


def test_a_message_asked_for_later_leaves_the_app_as_good_as_it_was(world: World, app: str):
    challenge_id = world.challenge()
    world.post("/verify-code/resend", {"challenge_id": challenge_id})
    proof = {"challenge_id": challenge_id, "code": shown(world, app), "factor": "totp"}
    assert world.post("/verify-code", proof).status == 200


def test_no_message_can_be_asked_for_without_a_phone(world: World):
    bob = world.add("bob", phone=None)
    with_app(world, signed_in(world, bob))
    answer = world.post("/verify-code/resend", {"challenge_id": world.challenge(bob)})
    assert (answer.status, answer.error) == (400, "factor_unavailable")
    assert world.sms == []


def test_a_carrier_in_trouble_is_told_until_it_should_be_over(world: World, app: str):
    assert _challenge(world.sign_in(factor="sms"))["sms_delayed"] is False
    _lose_messages(world)
    assert _challenge(world.sign_in(factor="sms"))["sms_delayed"] is True
    assert _challenge(world.sign_in())["sms_delayed"] is True
    world.wait(policy.CARRIER_TROUBLE_TOLD_FOR)
    assert _challenge(world.sign_in())["sms_delayed"] is False


def test_a_carrier_in_trouble_is_nothing_to_one_who_has_no_phone(world: World):
    bob = world.add("bob", phone=None)
    with_app(world, signed_in(world, bob))
    world.challenge()
    _lose_messages(world)
    assert _challenge(world.sign_in(bob))["sms_delayed"] is False


def test_app_and_recovery_codes_work_while_no_message_gets_through(world: World):
    token = signed_in(world)
    secret, (code, *_) = with_app(world, token), with_codes(world, token)
    challenge_id = world.challenge(factor="sms")
    _lose_messages(world)
    proof = {"challenge_id": challenge_id, "code": shown(world, secret), "factor": "totp"}
    assert world.post("/verify-code", proof).status == 200
    assert world.verify(world.challenge(factor="recovery_code"), code).status == 200


def test_app_and_recovery_codes_work_when_messages_are_used_up(world: World):
    (code, *_) = with_codes(world, signed_in(world))
    use_up(world, world.ann, "unknown-device", but=1)
    refused = world.sign_in()
    assert (refused.status, refused.error) == (429, "sms_limit_reached")
    confirmed = token_of(world.verify(world.challenge(factor="recovery_code"), code))
    secret = with_app(world, confirmed)
    assert world.verify(world.challenge(), shown(world, secret)).status == 200


def test_messages_that_are_used_up_leave_a_challenge_to_the_app(world: World, app: str):
    challenge_id = world.challenge()
    use_up(world, world.ann, "unknown-device", but=1)
    assert world.post("/verify-code/resend", {"challenge_id": challenge_id}).error == "sms_limit_reached"
    assert world.verify(challenge_id, shown(world, app)).status == 200


def test_a_password_alone_opens_nothing_from_a_known_device_either(world: World, app: str):
    device = world.verify(world.challenge(), shown(world, app)).body["device_token"]
    assert "session" not in world.sign_in(device_token=device).body


def test_a_link_to_set_a_new_password_does_not_go_around_the_second_factor(world: World, app: str):
    world.post("/password-reset", {"login": "ann"})
    reset = {"token": _link(world, "password-reset"), "password": NEW_PASSWORD}
    challenge = _challenge(world.post("/password-reset/confirm", reset))
    assert (challenge["channel"], challenge["factors"]) == ("totp", ["totp", "sms", "recovery_code"])
    assert world.verify(str(challenge["id"]), shown(world, app)).status == 200


def test_a_new_e_mail_address_does_not_go_around_the_second_factor(world: World, app: str):
    token = token_of(world.verify(world.challenge(), shown(world, app)))
    ask(world, token, "POST", "/account/email", {"email": "ann@example.org"})
    answer = world.post("/email/confirm", {"token": _link(world, "email")})
    assert (answer.status, answer.text) == (204, "")
    assert _challenge(world.sign_in())["factors"] == ["totp", "sms", "recovery_code"]


def test_a_new_password_does_not_go_around_the_second_factor(world: World, app: str):
    token = token_of(world.verify(world.challenge(), shown(world, app)))
    world.wait(SECOND)
    chosen = {"current_password": world.ann.password, "password": NEW_PASSWORD}
    assert ask(world, token, "POST", "/account/password", chosen).status == 200
    world.wait(SECOND)
    assert _challenge(world.sign_in(password=NEW_PASSWORD))["channel"] == "totp"


def test_a_challenge_for_an_app_lasts_until_its_password_gets_old(world: World, app: str):
    challenge_id = world.challenge()
    world.wait(policy.CHALLENGE_LIFETIME - SECOND)
    assert world.verify(challenge_id, "000000").status in (200, 401)
    world.wait(SECOND)
    answer = world.verify(challenge_id, shown(world, app))
    assert (answer.status, answer.error) == (410, "challenge_closed")


def test_a_sign_in_under_way_is_in_the_activity_with_what_was_asked_for(world: World, app: str):
    token = token_of(world.verify(world.challenge(), shown(world, app)))
    world.wait(timedelta(minutes=1))
    world.challenge(factor="recovery_code")
    query = {"event": "authn_login_challenge"}
    entries = ask(world, token, "GET", "/account/activity", query=query).body["entries"]
    assert [(entry["detail"], entry["outcome"]) for entry in entries[:2]] == [
        ("recovery_code", "started"),
        ("totp", "started"),
    ]
