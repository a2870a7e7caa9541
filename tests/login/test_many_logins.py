"""Guesses at many logins from one place: they slow down, and people who signed in from there before do not wait."""

from datetime import timedelta
from itertools import count

import pytest

from shared import policy
from tests.proofs import tables
from tests.proofs.turns import newcomer
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

WRONG = "Wrong-Horse-7"
OFFICE, ELSEWHERE = "198.51.100.77", "203.0.113.77"
FREE = policy.FREE_FAILURES_FROM_NETWORK

logins = count(1)


def guess(world: World, address: str = OFFICE, **more: str) -> Reply:
    """Try one password for a login that was not tried before."""
    return world.sign_in(login=f"target-{next(logins)}", password=WRONG, address=address, **more)


def spray(world: World, address: str = OFFICE, tries: int = FREE) -> None:
    for _ in range(tries):
        assert guess(world, address).status == 401


def is_told_to_wait(answer: Reply) -> bool:
    return (answer.status, answer.error) == (429, "too_many_attempts") and answer.retry_after > 0


@pytest.fixture
def bob(world: World) -> Person:
    """Without a second factor, so that a right password opens a session."""
    return newcomer(world, phone=None)


def test_one_password_cannot_be_tried_for_many_logins_from_one_address(world: World):
    answers = [guess(world) for _ in range(150)]
    assert [answer.status for answer in answers] == [401] * FREE + [429] * (150 - FREE)
    assert all(is_told_to_wait(answer) for answer in answers[FREE:])
    assert guess(world, ELSEWHERE).status == 401


def test_waits_grow_from_half_a_minute_to_a_quarter_of_an_hour(world: World):
    spray(world)
    waits = []
    for _ in range(8):
        waits.append(guess(world).retry_after)
        world.wait(timedelta(seconds=waits[-1]))
        assert guess(world).status == 401
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_day_later_all_failures_are_forgotten(world: World):
    spray(world)
    world.wait(policy.ATTEMPTS_FORGOTTEN_AFTER)
    spray(world)
    assert is_told_to_wait(guess(world))


def test_failures_are_forgotten_one_by_one_and_not_only_after_a_quiet_day(world: World):
    """Three an hour, for two days: never more than 30 within any day."""
    for _ in range(48):
        for _ in range(FREE // 24):
            assert guess(world).status == 401
        world.wait(timedelta(hours=1))


def test_while_the_place_waits_a_right_password_is_not_told_from_a_wrong_one(world: World, bob: Person):
    spray(world)
    right, wrong = world.sign_in(bob, address=OFFICE), world.sign_in(bob, password=WRONG, address=OFFICE)
    assert right == wrong == guess(world)
    assert is_told_to_wait(right)
    assert world.sign_in(bob, address=ELSEWHERE).status == 200


def test_a_known_device_is_let_in_from_a_place_that_has_to_wait(world: World, bob: Person):
    device = world.sign_in(bob, address=ELSEWHERE).body["device_token"]
    spray(world)
    assert world.sign_in(bob, address=OFFICE, device_token=device).status == 200


def test_who_signed_in_from_there_lately_is_let_in(world: World, bob: Person):
    assert world.sign_in(bob, address=OFFICE).status == 200
    world.wait(policy.NETWORK_REMEMBERED_FOR - timedelta(minutes=1))
    spray(world)
    assert world.sign_in(bob, address=OFFICE).status == 200


def test_with_a_second_factor_the_network_is_known_once_the_code_was_right(world: World):
    ann = world.ann
    world.sign_in(ann, address=OFFICE)
    spray(world)
    assert is_told_to_wait(world.sign_in(ann, address=OFFICE))
    world.wait(policy.LONGEST_WAIT_FROM_ANYWHERE)
    world.verify(world.challenge(ann, address=OFFICE), world.code(), address=OFFICE)
    guess(world)
    assert is_told_to_wait(guess(world))
    assert world.sign_in(ann, address=OFFICE).status == 200


def test_a_network_that_was_not_used_for_a_quarter_is_unknown_again(world: World, bob: Person):
    world.sign_in(bob, address=OFFICE)
    world.wait(policy.NETWORK_REMEMBERED_FOR)
    spray(world)
    assert is_told_to_wait(world.sign_in(bob, address=OFFICE))


def test_a_network_of_one_login_is_none_of_another(world: World, bob: Person):
    world.sign_in(bob, address=OFFICE)
    spray(world)
    assert is_told_to_wait(world.sign_in(newcomer(world, phone=None), address=OFFICE))


def test_a_network_that_a_stranger_signed_in_from_is_unknown_once_it_was_reported(world: World):
    ann = world.ann
    world.verify(world.challenge(ann, address=OFFICE), world.code(), address=OFFICE)
    world.wait(timedelta(minutes=1))
    assert world.post("/not-me", {"token": world.link("notme")}).status == 204
    spray(world)
    assert is_told_to_wait(world.sign_in(ann, address=OFFICE))


def test_a_success_takes_back_the_failures_of_its_own_login_and_no_others(world: World, bob: Person):
    spray(world, tries=FREE - 2)
    for _ in range(2):
        assert world.sign_in(bob, password=WRONG, address=OFFICE).status == 401
    assert is_told_to_wait(guess(world))
    world.wait(policy.FIRST_WAIT)
    assert world.sign_in(bob, address=OFFICE).status == 200
    spray(world, tries=2)
    assert is_told_to_wait(guess(world))


def test_a_login_of_ones_own_buys_no_further_guesses(world: World, bob: Person):
    """A right password now and then, as an attacker with an account has it, forgives nothing."""
    for _ in range(FREE):
        assert guess(world).status == 401
        world.sign_in(bob, address=OFFICE, password=PASSWORD)
    assert is_told_to_wait(guess(world))


def test_failures_of_a_known_device_or_of_who_is_signed_in_do_not_count(world: World, bob: Person):
    opened = world.sign_in(bob, address=OFFICE).body
    headers = {"Authorization": f"Bearer {opened['session']['token']}"}
    for _ in range(3):
        world.sign_in(bob, password=WRONG, device_token=opened["device_token"], address=OFFICE)
        world.post("/session/confirm", {"password": WRONG}, headers=headers, address=OFFICE)
    spray(world)


def test_addresses_of_one_ipv6_network_count_together(world: World):
    for place in range(FREE):
        assert guess(world, f"2001:db8:1:2::{place:x}").status == 401
    assert is_told_to_wait(guess(world, "2001:db8:1:2:ffff::1"))
    assert guess(world, "2001:db8:1:3::1").status == 401


def test_so_do_networks_of_one_ipv6_site(world: World):
    answers = [guess(world, f"2001:db8:1:{network:x}::1") for network in range(policy.FREE_FAILURES_FROM_SITE + 20)]
    assert [answer.status for answer in answers].count(401) == policy.FREE_FAILURES_FROM_SITE
    assert is_told_to_wait(answers[-1])
    assert guess(world, "2001:db8:2:1::1").status == 401


def test_a_place_with_very_many_failures_keeps_a_row_of_bounded_size(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "FAILURES_SHARED_OUT", 10)
    spray(world)
    assert is_told_to_wait(guess(world))
    (row,) = [row for row in tables.rows("strikes") if "failed-from" in row["about"]["S"]]
    assert len([name for name in row if name.startswith("share_")]) == 10 + 1


def test_wrong_passwords_at_breaking_the_glass_count_too(world: World):
    for _ in range(FREE):
        body = {"login": f"target-{next(logins)}", "password": WRONG, "recovery_code": "0" * 24}
        assert world.post("/ip-lists/break-glass", body, address=OFFICE).status == 401
    assert is_told_to_wait(guess(world))
    assert is_told_to_wait(world.post("/ip-lists/break-glass", body, address=OFFICE))


def test_no_row_shows_a_login_that_was_tried(world: World):
    spray(world, tries=3)
    assert "target" not in str(tables.rows("strikes"))
