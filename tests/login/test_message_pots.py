"""Codes by SMS: what an owner's sign-ins need nobody else can use up, delay or observe."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import devices
from shared.domain import identifiers
from shared.domain.origins import Origin
from shared.storage import engine
from tests.account.ip_lists import colleague
from tests.proofs import tables
from tests.support.events import Reply
from tests.support.factors import ask, signed_in, with_app, with_phone
from tests.support.pots import use_up
from tests.support.world import NOON, Person, World

HOUR = timedelta(hours=1)
RESET_PASSWORD = "Purple-Wagon-88"
HERE = Origin("198.51.100.7", "Check/1.0")
THIEF = {"address": "203.0.113.9"}


def reset(world: World) -> Reply:
    world.post("/password-reset", {"login": world.ann.login})
    link = world.link("reset")
    world.wait(timedelta(seconds=1))
    return world.post("/password-reset/confirm", {"token": link, "password": RESET_PASSWORD})


def confirmation(world: World, token: str) -> Reply:
    return ask(world, token, "POST", "/session/confirm", {"password": world.ann.password})


def many_sign_ins(world: World, **more: str) -> list[Reply]:
    """Sign in with the password alone, more often than codes may be sent, each time later than a repetition is."""
    answers = []
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR + 1):
        answers.append(world.sign_in(**more))
        world.wait(policy.RESEND_AFTER)
    return answers


# --- Other people -----------------------------------------------------------------------------------------


def _stranger(world: World) -> Person:
    return world.add("kate", phone=None)


@pytest.mark.parametrize("whose", [_stranger, lambda world: colleague(world, world.ann, "sub")])
def test_nobody_who_enrols_the_number_of_another_closes_its_owner_out(world: World, whose: Callable[[World], Person]):
    device = world.session()["device_token"]
    other = whose(world)
    for _ in range(3):
        token = signed_in(world, other)
        for _ in range(5):
            ask(world, token, "POST", "/account/factors/sms", {"phone": world.ann.phone})
        world.wait(HOUR + timedelta(seconds=1))
    assert world.sign_in().status == 200
    assert world.sign_in(device_token=device).status == 200
    assert reset(world).status == 200


def test_a_number_that_strangers_enrol_hears_of_them_three_times_a_day(world: World):
    strangers = [signed_in(world, world.add(f"stranger{place}", phone=None)) for place in range(4)]
    answers = [ask(world, token, "POST", "/account/factors/sms", {"phone": world.ann.phone}) for token in strangers]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert (answers[-1].error, answers[-1].retry_after) == ("sms_limit_reached", 12 * 3600)
    assert len(world.sms) == policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY
    world.wait(12 * HOUR)
    token = signed_in(world, world.add("tomorrow", phone=None))
    assert ask(world, token, "POST", "/account/factors/sms", {"phone": world.ann.phone}).status == 200


def test_the_time_to_wait_for_a_number_tells_nothing_of_its_owners_sign_ins(world: World):
    many_sign_ins(world)
    token = signed_in(world, world.add("kate", phone=None))
    answers = [
        ask(world, token, "POST", "/account/factors/sms", {"phone": world.ann.phone})
        for _ in range(policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY)
    ]
    assert [answer.status for answer in answers] == [200] * policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY


def test_users_who_share_a_number_have_pots_of_their_own(world: World):
    bob = world.add("bob")
    assert bob.phone == world.ann.phone
    use_up(world, world.ann, "unknown-device")
    assert world.sign_in().error == "sms_limit_reached"
    assert world.sign_in(bob).status == 200


def test_one_user_of_an_account_closes_no_sign_in_of_the_others(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "ENROLMENT_SMS_PER_ACCOUNT_AND_DAY", 2)
    token = signed_in(world, colleague(world, world.ann, "sub"))
    orders = [ask(world, token, "POST", "/account/factors/sms", {"phone": f"+4860010030{place}"}) for place in range(3)]
    assert [order.status for order in orders] == [200, 200, 429]
    assert orders[-1].error == "sms_limit_reached"
    assert world.sign_in().status == 200
    assert reset(world).status == 200


# --- A thief with the password ----------------------------------------------------------------------------


def test_sign_ins_from_unknown_devices_leave_a_known_one_a_reset_and_a_confirmation_their_codes(world: World):
    opened = world.session()
    answers = many_sign_ins(world, **THIEF)
    assert answers[-1].error == "sms_limit_reached"
    assert world.sign_in(device_token=opened["device_token"]).status == 200
    assert confirmation(world, opened["session"]["token"]).status == 200
    assert reset(world).status == 200


PURPOSES = ("unknown-device", "known-device", "confirmation", "reset", "phone")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_purpose_drains_another(world: World, purpose: str):
    opened = world.session()
    token = opened["session"]["token"]
    use_up(world, world.ann, purpose, but=1 if purpose == "unknown-device" else 0)
    answers = {
        "unknown-device": world.sign_in(**THIEF),
        "known-device": world.sign_in(device_token=opened["device_token"]),
        "confirmation": confirmation(world, token),
        "phone": ask(world, token, "POST", "/account/factors/sms", {"phone": world.ann.phone}),
        "reset": reset(world),
    }
    assert {name for name, answer in answers.items() if answer.status != 200} == {purpose}
    assert (answers[purpose].status, answers[purpose].error) == (429, "sms_limit_reached")


def test_a_number_gets_so_many_codes_for_one_purpose_in_any_hour(world: World):
    answers = many_sign_ins(world)
    assert [answer.status for answer in answers] == [200] * policy.SMS_PER_NUMBER_AND_HOUR + [429]
    assert len(world.sms) == policy.SMS_PER_NUMBER_AND_HOUR


# --- The same browser again -------------------------------------------------------------------------------


def test_a_sign_in_that_is_repeated_at_once_gets_no_second_message_and_the_code_answers_it(world: World):
    first = world.challenge()
    world.wait(policy.RESEND_AFTER - timedelta(seconds=1))
    again = world.sign_in()
    challenge = again.body["challenge"]
    assert challenge["id"] != first
    assert len(world.sms) == 1
    assert challenge["resend_at"] == f"{NOON + policy.RESEND_AFTER:%Y-%m-%dT%H:%M:%SZ}"
    assert challenge["expires_at"] == f"{NOON + policy.CODE_LIFETIME:%Y-%m-%dT%H:%M:%SZ}"
    assert world.verify(challenge["id"], world.code()).status == 200
    world.wait(policy.CHALLENGE_LIFETIME)
    assert [subject for _, subject, _ in world.mails] == ["A sign-in from a new device"]


@pytest.mark.parametrize("answered", [0, 1])
def test_an_answer_to_either_closes_both(world: World, answered: int):
    both = [world.challenge(), world.challenge()]
    code = world.code()
    assert world.verify(both[answered], code).status == 200
    for challenge_id in both:
        answer = world.verify(challenge_id, code)
        assert (answer.status, answer.error) == (410, "challenge_closed")


def test_they_share_their_attempts(world: World):
    both = [world.challenge(), world.challenge()]
    for place in range(policy.ATTEMPTS_PER_CHALLENGE):
        assert world.verify(both[place % 2], world.wrong_code()).status == 401
    assert {world.verify(challenge_id, world.code()).status for challenge_id in both} == {410}


@pytest.mark.parametrize("resent", [0, 1])
def test_a_resend_on_either_is_one_resend(world: World, resent: int):
    both = [world.challenge(), world.challenge()]
    old = world.code()
    world.wait(policy.RESEND_AFTER)
    assert world.post("/verify-code/resend", {"challenge_id": both[resent]}).status == 200
    assert world.post("/verify-code/resend", {"challenge_id": both[1 - resent]}).error == "resend_too_soon"
    assert len(world.sms) == 2
    assert world.verify(both[1 - resent], old).status == 401
    assert world.verify(both[1 - resent], world.code()).status == 200


ELSEWHERE = {
    "another network": {"address": "203.0.113.9"},
    "another browser": {"headers": {"User-Agent": "Opera/9"}},
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_somebody_elsewhere_gets_a_code_of_their_own(world: World, what: str):
    first = world.challenge()
    code = world.code()
    second = str(world.sign_in(**ELSEWHERE[what]).body["challenge"]["id"])
    assert len(world.sms) == 2
    assert world.verify(second, code).status == 401
    assert world.verify(first, code).status == 200


def test_after_the_time_of_a_resend_a_sign_in_gets_a_code_again(world: World):
    world.challenge()
    world.wait(policy.RESEND_AFTER)
    world.challenge()
    assert len(world.sms) == 2


def test_who_signed_in_and_out_gets_a_code_again_at_once(world: World):
    world.session()
    world.session()
    assert len(world.sms) == 2


def test_a_repeated_sign_in_is_let_in_although_the_pot_is_used_up(world: World):
    use_up(world, world.ann, "unknown-device", but=1)
    assert world.sign_in().status == 200
    assert world.sign_in().status == 200
    assert world.sign_in(**THIEF).error == "sms_limit_reached"


def test_a_repeated_confirmation_of_a_session_shares_its_code_and_that_of_a_sign_in_does_not(world: World):
    token = world.session()["session"]["token"]
    world.wait(policy.RESEND_AFTER)
    world.challenge()
    asked = [confirmation(world, token).body["challenge"]["id"] for _ in range(2)]
    assert len(world.sms) == 3
    assert world.verify(asked[1], world.code()).status == 200


# --- How many are open ------------------------------------------------------------------------------------


def test_unknown_devices_fill_no_table_and_leave_a_known_one_its_challenges(world: World):
    with_app(world, signed_in(world))
    device, remembering = devices.remembering(world.ann.user_id, HERE, now=world.now)
    engine.commit(*remembering)
    answers = [world.sign_in() for _ in range(3 * policy.CHALLENGES_AT_ONCE)]
    open_ones = [row for row in tables.rows("challenges") if not row["answered"]["BOOL"]]
    assert [answer.status for answer in answers].count(200) <= policy.CHALLENGES_AT_ONCE
    assert len(open_ones) <= policy.CHALLENGES_AT_ONCE
    assert (answers[-1].status, answers[-1].error) == (429, "too_many_challenges")
    assert 0 < answers[-1].retry_after <= policy.CHALLENGE_LIFETIME.total_seconds()
    assert world.sign_in(device_token=identifiers.write(device)).status == 200
    world.wait(policy.CHALLENGE_LIFETIME)
    assert world.sign_in().status == 200


def test_a_number_is_changed_and_its_new_pot_is_whole(world: World):
    token = signed_in(world)
    use_up(world, world.ann, "unknown-device", but=1)
    with_phone(world, token, "+48600100201")
    assert world.sign_in().status == 200
    assert [number for number, text in world.sms if world.code() in text] == ["+48600100201"]
