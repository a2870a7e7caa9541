"""Enrolment of phones is no pump of messages, and takes nothing from anybody's sign-ins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy, settings
from shared.auth import message_limits
from shared.sending import price_list
from tests.account.ip_lists import colleague
from tests.support.events import Reply
from tests.support.factors import SECOND, ask, factors_of, signed_in, with_phone
from tests.support.pots import use_up
from tests.support.world import Person, World

PATH = "/account/factors/sms"
NEW = "+48600100201"
DAY = timedelta(days=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody without a second factor."""
    return world.add("bob", phone=None)


def order(world: World, token: str, phone: str = NEW, **more: str) -> Reply:
    return ask(world, token, "POST", PATH, {"phone": phone}, **more)


def number(place: int) -> str:
    return f"+486001003{place:02}"


# --- Which numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", ["+881612345678", "+870773123456", "+883510000000094", "+979123456789"])
def test_a_number_of_no_country_gets_no_code(world: World, bob: Person, phone: str):
    refused = order(world, signed_in(world, bob), phone)
    assert (refused.status, refused.error) == (422, "not_mobile")
    assert [miss["path"] for miss in refused.body["errors"]] == ["body.phone"]
    assert world.sms == []


@pytest.mark.parametrize(
    "phone",
    [
        pytest.param("+447911123456", id="a country that is not on the list"),
        pytest.param("+33612345678", id="a country on the list that has no price"),
        pytest.param("+5351234567", id="neither on the list nor with a price"),
    ],
)
def test_a_number_of_a_country_that_is_not_enrolled_gets_no_code(world: World, bob: Person, phone: str):
    refused = order(world, signed_in(world, bob), phone)
    assert (refused.status, refused.error) == (422, "phone_country_not_allowed")
    assert [(miss["path"], miss["error"]) for miss in refused.body["errors"]] == [
        ("body.phone", "phone_country_not_allowed")
    ]
    assert world.sms == []


def test_a_number_of_a_country_on_the_list_gets_a_code(world: World, bob: Person):
    assert order(world, signed_in(world, bob), "+4915123456789").status == 200
    assert [to for to, _ in world.sms] == ["+4915123456789"]


def test_a_number_that_was_proved_gets_its_codes_whatever_is_closed_later(
    world: World, bob: Person, monkeypatch: pytest.MonkeyPatch
):
    token = signed_in(world, bob)
    with_phone(world, token, "+4915123456789")
    monkeypatch.setattr(settings, "ENROLMENT_COUNTRIES", "")
    monkeypatch.setattr(price_list, "table", lambda: "PL=1")
    assert order(world, token, "+4915123456789").status == 200
    assert world.sign_in(bob).status == 200
    assert [to for to, _ in world.sms] == ["+4915123456789"] * 3


# --- How many ---------------------------------------------------------------------------------------------


def test_a_user_waits_longer_and_longer_between_orders(world: World, bob: Person):
    for place in range(policy.FREE_ENROLMENTS):
        assert order(world, signed_in(world, bob), number(place)).status == 200
    waits = []
    for place in range(2):
        refused = order(world, signed_in(world, bob), number(place))
        assert (refused.status, refused.error) == (429, "sms_limit_reached")
        waits.append(refused.retry_after)
        world.wait(timedelta(seconds=waits[-1]))
        assert order(world, signed_in(world, bob), number(place)).status == 200
    assert waits == [policy.FIRST_ENROLMENT_WAIT.total_seconds(), 2 * policy.FIRST_ENROLMENT_WAIT.total_seconds()]


def test_a_user_tries_so_many_numbers_a_day(world: World, bob: Person):
    token = signed_in(world, bob)
    tried = []
    for place in range(policy.ENROLMENT_NUMBERS_PER_DAY + 1):
        answer = order(world, token, number(place))
        if answer.status == 429 and answer.retry_after <= policy.LONGEST_ENROLMENT_WAIT.total_seconds():
            world.wait(timedelta(seconds=answer.retry_after))
            token = signed_in(world, bob)
            answer = order(world, token, number(place))
        world.deliver()
        tried.append(answer)
    assert [answer.status for answer in tried] == [200] * policy.ENROLMENT_NUMBERS_PER_DAY + [429]
    assert tried[-1].retry_after > policy.LONGEST_ENROLMENT_WAIT.total_seconds()
    assert len({to for to, _ in world.sms}) == policy.ENROLMENT_NUMBERS_PER_DAY


def test_one_network_waits_however_many_its_users_are(world: World, monkeypatch: pytest.MonkeyPatch):
    few = replace(message_limits.ENROLMENTS_FROM_NETWORK, free=3)
    monkeypatch.setattr(message_limits, "ENROLMENTS_FROM_NETWORK", few)
    tokens = [signed_in(world, world.add(f"person{place}", phone=None)) for place in range(5)]
    answers = [order(world, token, number(place)) for place, token in enumerate(tokens)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert order(world, tokens[-1], number(9), address="203.0.113.9").status == 200


def test_one_session_sends_no_more_than_a_handful_of_messages(world: World, bob: Person):
    token = signed_in(world, bob)
    statuses = [order(world, token, f"+48600{place:06}").status for place in range(60)]
    assert statuses.count(200) == len(world.sms) == policy.FREE_ENROLMENTS


def test_resends_to_a_new_number_are_counted_with_its_orders(world: World, bob: Person):
    token = signed_in(world, bob)
    challenge_id = order(world, token).body["challenge"]["id"]
    answers = []
    for _ in range(policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY):
        world.wait(policy.RESEND_AFTER)
        answers.append(world.post("/verify-code/resend", {"challenge_id": challenge_id}).status)
    assert answers == [200, 200, 429]


def test_a_new_number_costs_ones_own_sign_ins_nothing(world: World):
    token = signed_in(world)
    for place in range(policy.FREE_ENROLMENTS):
        order(world, token, number(place))
    assert order(world, token, number(3)).status == 429
    assert world.sign_in().status == 200
    assert order(world, token, str(world.ann.phone)).status == 200


def test_ones_own_number_is_proved_again_whatever_strangers_did(world: World, bob: Person):
    token = signed_in(world, bob)
    for _ in range(policy.ENROLMENT_SMS_PER_NUMBER_AND_DAY):
        assert order(world, token, str(world.ann.phone)).status == 200
    assert order(world, signed_in(world), str(world.ann.phone)).status == 200


# --- Who has a number -------------------------------------------------------------------------------------


def test_so_many_users_of_an_account_have_one_number(world: World, bob: Person):
    with_phone(world, signed_in(world, bob), NEW)
    *others, late = [colleague(world, bob, f"sub{place}") for place in range(policy.NUMBER_HOLDERS)]
    for other in others:
        with_phone(world, signed_in(world, other), NEW)
    world.wait(DAY)
    last = signed_in(world, late)
    heard = len(world.sms)
    refused = order(world, last)
    assert (refused.status, refused.error) == (409, "phone_in_use")
    assert len(world.sms) == heard
    elsewhere = world.add("elsewhere", phone=None)
    assert order(world, signed_in(world, elsewhere)).status == 200


@pytest.mark.parametrize("how", ["dropped", "changed"])
def test_a_number_that_is_given_back_can_be_had_by_another(
    world: World, bob: Person, how: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    token = signed_in(world, bob)
    with_phone(world, token, NEW)
    other = signed_in(world, colleague(world, bob, "sub"))
    assert order(world, other).error == "phone_in_use"
    if how == "dropped":
        assert ask(world, token, "DELETE", PATH).status == 204
    else:
        with_phone(world, token, "+48600100209")
    with_phone(world, other, NEW)
    assert factors_of(world, other)["sms"]["phone"] == "+48******201"


def test_of_two_who_prove_the_last_free_place_one_gets_it(world: World, bob: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    tokens = [signed_in(world, bob), signed_in(world, colleague(world, bob, "sub"))]
    proofs = []
    for token in tokens:
        challenge_id = order(world, token).body["challenge"]["id"]
        proofs.append((token, {"challenge_id": challenge_id, "code": world.code()}))
    answers = [ask(world, token, "POST", f"{PATH}/confirm", proof) for token, proof in proofs]
    assert [answer.status for answer in answers] == [200, 409]
    assert answers[1].error == "phone_in_use"


def test_ones_own_number_is_no_second_holder(world: World, bob: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    token = signed_in(world, bob)
    with_phone(world, token, NEW)
    with_phone(world, token, NEW)
    world.wait(SECOND)
    use_up(world, replace(bob, phone=NEW), "unknown-device")
    assert world.sign_in(bob).error == "sms_limit_reached"
