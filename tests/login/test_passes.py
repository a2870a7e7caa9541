"""One-use passes by e-mail: the owner gets through the waits that strangers cause, and guessers gain nothing."""

from datetime import timedelta

import pytest

from shared import policy
from tests.proofs import tables
from tests.proofs.turns import newcomer
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.world import FROM_PANEL, Person, World

WRONG = "Wrong-Horse-7"
OWN = "198.51.100.7"
SECOND = timedelta(seconds=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Strangers have guessed at his password until every unknown device has to wait; he has no second factor."""
    bob = newcomer(world, phone=None)
    for place in range(policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE):
        assert world.sign_in(bob, password=WRONG, address=f"192.0.2.{place}").status == 401
    assert world.sign_in(bob, address=OWN).status == 429
    return bob


def ask(world: World, login: str, address: str = OWN) -> Reply:
    return world.post("/login/pass", {"login": login}, address=address)


def a_pass(world: World, person: Person) -> str:
    assert ask(world, person.login).status == 204
    return world.link("pass")


def enter(world: World, person: Person, shown: str, **more: str) -> Reply:
    return world.sign_in(person, address=OWN, **{"pass": shown}, **more)


def test_the_owner_asks_for_a_pass_and_gets_in_with_it(world: World, bob: Person):
    shown = a_pass(world, bob)
    address, subject, text = world.mails[-1]
    assert (address, subject) == (bob.email, "Your pass to sign in")
    assert f"https://panel.example.com/sign-in#token={shown}" in text
    assert enter(world, bob, shown).status == 200


def test_a_pass_is_good_for_one_attempt_right_or_wrong(world: World, bob: Person):
    shown = a_pass(world, bob)
    answers = [enter(world, bob, shown, password=WRONG), enter(world, bob, shown)]
    assert [answer.status for answer in answers] == [401, 429]


def test_a_pass_is_good_for_half_an_hour_to_the_second(world: World, bob: Person):
    early, late = a_pass(world, bob), a_pass(world, bob)
    world.wait(policy.PASS_LIFETIME - SECOND)
    for place in range(30):
        world.sign_in(bob, password=WRONG, address=f"203.0.113.{place}")
    assert enter(world, bob, early).status == 200
    for place in range(30):
        world.sign_in(bob, password=WRONG, address=f"203.0.113.{place}")
    world.wait(SECOND)
    assert world.sign_in(bob, address="192.0.2.254").status == 429
    assert world.sign_in(bob, address="192.0.2.254", **{"pass": late}).status == 429


def test_a_pass_of_another_login_or_none_at_all_lets_nobody_through(world: World, bob: Person):
    for shown in (a_pass(world, world.ann), "garbage", "furtka_pass_" + "0" * 77):
        assert enter(world, bob, shown).status == 429


def test_a_pass_lets_through_from_a_place_where_too_many_failed(world: World, bob: Person):
    for number in range(policy.FREE_FAILURES_FROM_NETWORK):
        world.sign_in(login=f"target-{number}", password=WRONG, address=OWN)
    ann = world.ann
    assert world.sign_in(ann, address=OWN).status == 429
    assert enter(world, ann, a_pass(world, ann)).status == 200


def test_attempts_with_passes_are_counted_by_themselves(world: World, bob: Person):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        assert enter(world, bob, a_pass(world, bob), password=WRONG).status == 401
        world.wait(policy.FIRST_RESET_WAIT * 4)
    shown = [a_pass(world, bob) for _ in range(1)]
    assert enter(world, bob, shown[0]).status == 200


def test_nobodys_mailbox_is_flooded_with_passes(world: World, bob: Person):
    most = policy.MAILS_FROM_STRANGERS_AN_HOUR
    sent = [ask(world, bob.login, f"203.0.113.{place}").status for place in range(20)]
    assert sent == [204] * most + [429] * (20 - most)
    refused = ask(world, bob.login)
    assert (refused.error, refused.retry_after) == ("too_many_resets", 3600)
    assert len([mail for mail in world.mails if mail[1] == "Your pass to sign in"]) == most


def test_one_network_asks_a_few_times_and_then_waits_alone(world: World, bob: Person):
    assert [ask(world, bob.login).status for _ in range(policy.FREE_PASSES)] == [204] * policy.FREE_PASSES
    assert ask(world, bob.login).retry_after == policy.FIRST_RESET_WAIT.total_seconds()
    assert ask(world, bob.login, "203.0.113.9").status == 204


def test_strangers_who_ask_for_passes_do_not_use_up_those_of_a_known_device_or_network(world: World):
    eve = newcomer(world, phone=None)
    device = world.sign_in(eve, address="192.0.2.200").body["device_token"]
    for place in range(policy.MAILS_FROM_STRANGERS_AN_HOUR):
        assert ask(world, eve.login, f"203.0.113.{place}").status == 204
    assert ask(world, eve.login).status == 429
    assert ask(world, eve.login, "192.0.2.200").status == 204
    cookie = FROM_PANEL | {"Cookie": f"__Host-furtka-device={device}"}
    assert world.post("/login/pass", {"login": eve.login}, address=OWN, headers=cookie).status == 204


def test_passes_and_resets_do_not_use_up_each_other(world: World, bob: Person):
    for place in range(policy.MAILS_FROM_STRANGERS_AN_HOUR):
        ask(world, bob.login, f"203.0.113.{place}")
    assert world.post("/password-reset", {"login": bob.login}, address=OWN).status == 204


def test_one_address_asks_for_so_many_in_an_hour(world: World):
    sent = [ask(world, f"nobody-{number}").status for number in range(policy.RESETS_FROM_ADDRESS_AND_HOUR + 1)]
    assert sent == [204] * policy.RESETS_FROM_ADDRESS_AND_HOUR + [429]


def test_an_unknown_login_looks_and_costs_the_same_and_nothing_is_sent(world: World):
    people = (newcomer(world).login, newcomer(world, enabled=False).login, "nobody")
    seen = []
    for login in people:
        with overheard() as made:
            answer = ask(world, login)
        seen.append((answer, [str(call) for call in made]))
    assert seen[0] == seen[1] == seen[2]
    assert len(world.mails) == 1
    assert "nobody" not in str(tables.rows("strikes"))


def test_a_sub_user_without_an_address_of_their_own_is_helped_by_the_owner(world: World):
    clerk = newcomer(world, owner=False, own_email=False, email="owner@example.com")
    a_pass(world, clerk)
    assert world.mails[-1][0] == "owner@example.com"
