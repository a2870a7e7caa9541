"""The passwords that a user had before: remembered up to a number, and never lost to a race."""

import pytest

from shared import policy
from shared.errors import Outrun
from shared.storage import password_history
from shared.storage.engine import commit, fetch
from tests.support.world import World

BOB, EVE = "A" * 10 + "000001", "A" * 10 + "000002"
FULL = [f"hash-{number}" for number in range(policy.PASSWORDS_REMEMBERED)]


def history(user_id: str = BOB) -> list[str]:
    return password_history.before(*fetch(password_history.key(user_id)))


def remember(*hashes: str) -> None:
    """One change after the other, oldest first."""
    for replaced in hashes:
        commit(password_history.remembering(BOB, history(), replaced=replaced))


def test_of_whom_nothing_is_remembered_there_is_nothing(world: World):
    assert history() == []


def test_the_newest_comes_first(world: World):
    remember("one", "two", "three")
    assert history() == ["three", "two", "one"]


def test_each_user_has_a_history_of_their_own(world: World):
    remember("one")
    assert history(EVE) == []


def test_the_oldest_is_forgotten_when_there_are_too_many(world: World):
    remember(*reversed(FULL))
    assert history() == FULL
    remember("newest")
    assert history() == ["newest", *FULL[:-1]]


def test_twenty_four_are_remembered():
    assert policy.PASSWORDS_REMEMBERED >= 24


@pytest.mark.parametrize("known", [[], ["one"], FULL], ids=["none", "one", "all there can be"])
def test_of_two_changes_that_rest_on_the_same_history_one_wins(world: World, known: list[str]):
    remember(*reversed(known))
    first = password_history.remembering(BOB, known, replaced="first")
    second = password_history.remembering(BOB, known, replaced="second")
    commit(first)
    with pytest.raises(Outrun):
        commit(second)
    assert history() == ["first", *known][: policy.PASSWORDS_REMEMBERED]


@pytest.mark.parametrize("known", [["two"], ["one", "two"], ["two", "one", "zero"], ["one"], []])
def test_a_change_that_rests_on_another_history_is_outrun(world: World, known: list[str]):
    remember("one", "two")
    with pytest.raises(Outrun):
        commit(password_history.remembering(BOB, known, replaced="three"))
    assert history() == ["two", "one"]


def test_a_history_that_is_gone_is_another_history(world: World):
    with pytest.raises(Outrun):
        commit(password_history.remembering(BOB, ["one"], replaced="two"))
    assert history() == []


@pytest.mark.parametrize("known", [[], ["one"], FULL], ids=["none", "one", "all there can be"])
def test_where_no_password_is_replaced_the_history_stays_as_it_is(world: World, known: list[str]):
    remember(*reversed(known))
    commit(password_history.remembering(BOB, known, replaced=None))
    assert history() == known


def test_where_no_password_is_replaced_the_history_must_still_be_as_it_was_read(world: World):
    remember("one")
    with pytest.raises(Outrun):
        commit(password_history.remembering(BOB, [], replaced=None))


def test_a_first_password_can_be_followed_by_another(world: World):
    commit(password_history.remembering(BOB, [], replaced=None))
    remember("one")
    assert history() == ["one"]


def test_both_histories_in_one_transaction_or_none(world: World):
    remember("one")
    with pytest.raises(Outrun):
        commit(
            password_history.remembering(EVE, [], replaced="hers"),
            password_history.remembering(BOB, [], replaced="his"),
        )
    assert (history(), history(EVE)) == (["one"], [])
