"""How many sessions one person may have at once: where one more is opened, the oldest ends."""

from datetime import timedelta

import pytest

from shared import policy
from shared.domain.origins import Origin
from tests.support.calls import overheard
from tests.support.factors import SECOND, ask, signed_in, token_of
from tests.support.sessions import open_session
from tests.support.world import PASSWORD, Person, World

MOST = policy.SESSIONS_AT_ONCE


@pytest.fixture
def bob(world: World) -> Person:
    """Somebody who needs one request for a session."""
    return world.add("bob", phone=None)


def _opened(world: World, person: Person, number: int) -> list[str]:
    """The tokens of so many sessions, a second between them, the oldest first."""
    return [_admitted(world, person) for _ in range(number)]


def _admitted(world: World, person: Person) -> str:
    """What a sign-in comes to, without its password, which takes long to check on purpose."""
    world.wait(SECOND)
    return open_session(
        person.user_id,
        login=person.login,
        transport="bearer",
        origin=Origin("198.51.100.7", "Check/1.0"),
        now=world.now,
    )


def _one_more(world: World, person: Person) -> str:
    world.wait(SECOND)
    return signed_in(world, person)


def _living(world: World, tokens: list[str]) -> list[str]:
    return [token for token in tokens if world.me(token).status == 200]


def _listed(world: World, token: str) -> int:
    return len(ask(world, token, "GET", "/account/sessions").body["sessions"])


def test_where_one_more_is_opened_the_oldest_ends_and_stays_ended(world: World, bob: Person):
    tokens = _opened(world, bob, MOST)
    assert _living(world, tokens) == tokens
    assert _listed(world, tokens[0]) == MOST
    newest = _one_more(world, bob)
    assert _listed(world, newest) == MOST
    answer = world.me(tokens[0])
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert _living(world, tokens) == tokens[1:]
    ask(world, newest, "POST", "/logout")
    assert world.me(tokens[0]).status == 401


def test_sessions_that_were_logged_out_of_do_not_count(world: World, bob: Person):
    first, *others = _opened(world, bob, MOST)
    ask(world, others[3], "POST", "/logout")
    newest = _one_more(world, bob)
    assert world.me(first).status == 200
    assert _listed(world, newest) == MOST
    _one_more(world, bob)
    assert (world.me(first).status, world.me(others[0]).status) == (401, 200)


def test_sessions_that_ended_for_want_of_use_do_not_count(world: World, bob: Person):
    mine, *_ = _opened(world, bob, MOST)
    world.wait(policy.SESSION_IDLE - timedelta(minutes=5))
    assert world.me(mine).status == 200
    world.wait(timedelta(minutes=10))
    fresh = _opened(world, bob, 3)
    assert _living(world, [mine, *fresh]) == [mine, *fresh]
    assert _listed(world, mine) == 4


def test_confirming_a_session_takes_no_place_of_another(world: World, bob: Person):
    first, *others, last = _opened(world, bob, MOST)
    for _ in range(2):
        world.wait(SECOND)
        last = token_of(ask(world, last, "POST", "/session/confirm", {"password": PASSWORD}))
    assert world.me(first).status == 200
    assert _listed(world, last) == len([first, *others, last]) == MOST


def test_the_sessions_of_others_take_no_place_of_mine(world: World, bob: Person):
    mine = signed_in(world, bob)
    mallory = world.add("mallory", phone=None)
    assert signed_in(world, mallory)
    _opened(world, mallory, MOST // 4)
    assert (world.me(mine).status, _listed(world, mine)) == (200, 1)


def test_they_are_only_counted_for_one_who_may_have_to_go(world: World, bob: Person):
    first, *_ = _opened(world, bob, MOST - 1)
    world.wait(policy.REQUEST_LASTS)
    last = _admitted(world, bob)
    for token, reads in ((last, ["BatchGetItem"]), (first, ["BatchGetItem", "Query"])):
        with overheard() as calls:
            assert world.me(token).status == 200
        assert [call.operation for call in calls] == reads
