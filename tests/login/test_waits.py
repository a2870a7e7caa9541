"""Waits of one login: who causes them, who gets through, and when counts end."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from tests.proofs import tables
from tests.proofs.turns import NEW_PASSWORD, newcomer
from tests.support.events import Reply
from tests.support.world import Person, World

WRONG = "Wrong-Horse-7"
OWN = "198.51.100.7"
SECOND = timedelta(seconds=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Without a second factor, so that a right password opens a session."""
    return newcomer(world, phone=None)


def wrong(world: World, person: Person, address: str = OWN) -> Reply:
    return world.sign_in(person, password=WRONG, address=address)


def hold_up(world: World, person: Person) -> int:
    """Let strangers from many networks guess until nobody unknown may, and return how many guesses were judged."""
    answers = [wrong(world, person, f"192.0.2.{place}") for place in range(100)]
    assert answers[-1].status == 429
    return [answer.status for answer in answers].count(401)


def held_up_for_long(world: World, person: Person) -> None:
    """Strangers guess as often as they may, until the wait is the longest."""
    hold_up(world, person)
    for place in range(10):
        world.wait(timedelta(seconds=wrong(world, person, "192.0.2.254").retry_after))
        assert wrong(world, person, f"203.0.113.{place}").status == 401
    assert wrong(world, person, "192.0.2.254").retry_after == policy.LONGEST_WAIT_FROM_ANYWHERE.total_seconds()


def test_many_networks_get_no_more_guesses_at_one_login_than_it_has_free(world: World, bob: Person):
    assert hold_up(world, bob) == policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE


def test_however_long_strangers_guess_a_network_that_the_login_signed_in_from_gets_through(world: World, bob: Person):
    assert world.sign_in(bob, address=OWN).status == 200
    for _ in range(3):
        held_up_for_long(world, bob)
        assert world.sign_in(bob, address=OWN).status == 200
        world.wait(timedelta(days=2))


def test_a_known_device_gets_through_as_well(world: World, bob: Person):
    device = world.sign_in(bob, address=OWN).body["device_token"]
    held_up_for_long(world, bob)
    assert world.sign_in(bob, address="192.0.2.254", device_token=device).status == 200


def test_a_known_network_guesses_no_more_than_any_other(world: World, bob: Person):
    world.sign_in(bob, address=OWN)
    hold_up(world, bob)
    answers = [wrong(world, bob) for _ in range(policy.FREE_PASSWORD_ATTEMPTS + 3)]
    assert [answer.status for answer in answers] == [401] * policy.FREE_PASSWORD_ATTEMPTS + [429] * 3


def test_a_success_from_a_known_network_gives_strangers_no_new_guesses(world: World, bob: Person):
    world.sign_in(bob, address=OWN)
    hold_up(world, bob)
    assert world.sign_in(bob, address=OWN).status == 200
    answers = [wrong(world, bob, f"203.0.113.{place}") for place in range(20)]
    assert {answer.status for answer in answers} == {429}


def test_guesses_from_a_known_network_leave_strangers_fewer(world: World, bob: Person):
    world.sign_in(bob, address=OWN)
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        wrong(world, bob)
    assert hold_up(world, bob) == policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE - policy.FREE_PASSWORD_ATTEMPTS


# --- The clock --------------------------------------------------------------------------------------------


def guess_until_waiting(world: World, person: Person) -> int:
    """Guess from one address until it must wait, and return how many guesses were free."""
    for made in range(50):
        if wrong(world, person).status == 429:
            return made
    raise AssertionError("nothing limits them")


def test_a_day_after_the_last_try_guesses_are_free_again_though_the_row_is_still_there(world: World, bob: Person):
    for _ in range(policy.FREE_PASSWORD_ATTEMPTS):
        wrong(world, bob)
    for _ in range(8):
        world.wait(timedelta(seconds=wrong(world, bob).retry_after))
        wrong(world, bob)
    assert wrong(world, bob).retry_after == policy.LONGEST_WAIT.total_seconds()
    before = len(tables.rows("strikes"))
    world.wait(policy.ATTEMPTS_FORGOTTEN_AFTER - SECOND)
    assert wrong(world, bob).status == 401
    assert wrong(world, bob).status == 429
    world.wait(policy.ATTEMPTS_FORGOTTEN_AFTER)
    assert guess_until_waiting(world, bob) == policy.FREE_PASSWORD_ATTEMPTS
    assert len(tables.rows("strikes")) == before


def test_so_are_requests_for_links_and_unknown_tokens(world: World, bob: Person):
    def free(ask: Callable[[], Reply]) -> int:
        return next(made for made in range(50) if ask().status == 429)

    guesses = {
        "links": lambda: world.post("/password-reset", {"login": bob.login}),
        "forgeries": lambda: world.me(forged(world)),
    }
    first = {name: free(ask) for name, ask in guesses.items()}
    world.wait(policy.ATTEMPTS_FORGOTTEN_AFTER)
    assert {name: free(ask) for name, ask in guesses.items()} == first


def forged(world: World) -> str:
    return identifiers.write(randomness.token("session", world.ann.user_id))


# --- A new password ---------------------------------------------------------------------------------------


def test_a_completed_reset_lifts_the_waits_for_passwords(world: World, bob: Person):
    guess_until_waiting(world, bob)
    world.post("/password-reset", {"login": bob.login})
    body = {"token": world.link("reset"), "password": NEW_PASSWORD}
    assert world.post("/password-reset/confirm", body).status == 200
    world.wait(SECOND)
    assert world.sign_in(bob, password=NEW_PASSWORD, address=OWN).status == 200


def test_it_starts_them_anew_for_guesses_too(world: World, bob: Person):
    guess_until_waiting(world, bob)
    world.post("/password-reset", {"login": bob.login})
    world.post("/password-reset/confirm", {"token": world.link("reset"), "password": NEW_PASSWORD})
    assert guess_until_waiting(world, bob) == policy.FREE_PASSWORD_ATTEMPTS


def test_a_completed_reset_lifts_no_wait_for_codes(world: World):
    for place in range(policy.FREE_CODE_ATTEMPTS // policy.ATTEMPTS_PER_CHALLENGE):
        challenge_id = world.challenge(address=f"203.0.113.{place}")
        for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
            world.verify(challenge_id, world.wrong_code())
    world.post("/password-reset", {"login": world.ann.login})
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": NEW_PASSWORD})
    assert (answer.status, answer.error) == (429, "too_many_codes")
