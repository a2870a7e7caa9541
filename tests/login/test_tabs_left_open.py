"""Tabs that go on asking with a session that is over: they are told 401, and nobody else has to wait for them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import policy
from tests.proofs.turns import bearer, id_of, newcomer
from tests.support.world import Person, World

type End = Callable[[World, Person, str], object]


def open_session(world: World, person: Person) -> str:
    return str(world.sign_in(person).body["session"]["token"])


def _end_one(world: World, person: Person, token: str) -> None:
    session_id = id_of(token)
    other = bearer(open_session(world, person))
    assert world.call("DELETE", f"/account/sessions/{session_id}", headers=other).status == 204


def _crowd_out(world: World, person: Person, _: str) -> None:
    device = world.sign_in(person).body["device_token"]
    for _ in range(policy.SESSIONS_AT_ONCE):
        world.wait(timedelta(seconds=1))
        world.sign_in(person, device_token=device)


ENDS: dict[str, End] = {
    "signed out": lambda world, _, token: world.post("/logout", headers=bearer(token)),
    "ended in the list": _end_one,
    "signed out everywhere": lambda world, _, token: world.post("/account/logout-everywhere", headers=bearer(token)),
    "confirmed, and under a new token": lambda world, person, token: world.post(
        "/session/confirm", {"password": person.password}, headers=bearer(token)
    ),
    "crowded out": _crowd_out,
    "idle": lambda world, *_: world.wait(policy.SESSION_IDLE),
    "over": lambda world, *_: world.wait(policy.SESSION_LIFETIME),
}


@pytest.mark.parametrize("how", ENDS)
def test_however_often_a_tab_asks_with_a_session_that_is_over_it_hears_so_and_counts_for_nobody(world: World, how: str):
    person = newcomer(world, phone=None)
    token = open_session(world, person)
    ENDS[how](world, person, token)
    answers = [world.me(token) for _ in range(policy.FREE_FORGERIES + 5)]
    assert {(answer.status, answer.error) for answer in answers} == {(401, "invalid_token")}
    colleague = open_session(world, newcomer(world, phone=None))
    world.post("/logout", headers=bearer(colleague))
    assert world.me(colleague).status == 401


def test_an_ended_session_is_in_no_list_and_cannot_be_ended_again(world: World):
    person = newcomer(world, phone=None)
    first, second = open_session(world, person), open_session(world, person)
    session_id = id_of(first)
    headers = bearer(second)
    ended = [world.call("DELETE", f"/account/sessions/{session_id}", headers=headers).status for _ in range(2)]
    assert ended == [204, 404]
    assert len(world.call("GET", "/account/sessions", headers=headers).body["sessions"]) == 1
