"""Sub-users with their purses: those of one account, never an owner, and each with their own points."""

import pytest

from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.subusers import Subuser
from shared.domain.users import User
from shared.storage import subusers, users, wallets
from shared.storage.engine import commit
from tests.support.calls import overheard
from tests.support.world import NOON, World


@pytest.fixture
def account_id(world: World) -> str:
    """The account of ann, who is its owner."""
    return account_of(world.ann.user_id)


def add(account_id: str, login: str, *, points: int | None = None, owner: bool = False) -> Subuser:
    user = User(account_id, randomness.user_id(account_id), login, enabled=True, created_at=NOON, owner=owner)
    commit(users.adding(user))
    if points is not None:
        commit(wallets.opening(user.user_id, from_account=points, per_month=0, now=NOON))
    return Subuser(user, wallets.purse(user.user_id))


def test_a_sub_user_is_found_with_their_purse_in_one_round_trip(account_id: str):
    shop = add(account_id, "shop", points=7)
    with overheard() as calls:
        assert subusers.find(shop.user.user_id) == shop
    assert len(calls) == 1
    assert shop.purse
    assert shop.purse.left == 7


def test_a_sub_user_who_was_never_given_points_has_no_purse(account_id: str):
    shop = add(account_id, "shop")
    assert subusers.find(shop.user.user_id) == Subuser(shop.user, None)


def test_an_owner_is_no_sub_user_even_with_a_purse(world: World, account_id: str):
    commit(wallets.opening(world.ann.user_id, from_account=7, per_month=0, now=NOON))
    assert subusers.find(world.ann.user_id) is None
    assert subusers.of_account(account_id) == []


def test_nobody_is_no_sub_user_even_with_a_purse(account_id: str):
    nobody = randomness.user_id(account_id)
    assert subusers.find(nobody) is None
    commit(wallets.opening(nobody, from_account=7, per_month=0, now=NOON))
    assert subusers.find(nobody) is None
    assert subusers.of_account(account_id) == []


def test_the_sub_users_of_an_account_come_by_login_each_with_their_own_purse_in_two_round_trips(account_id: str):
    added = [add(account_id, login, points=points) for login, points in (("till", 3), ("shop", None), ("van", 5))]
    with overheard() as calls:
        found = subusers.of_account(account_id)
    assert found == sorted(added, key=lambda one: one.user.login)
    assert [one.purse and one.purse.left for one in found] == [None, 3, 5]
    assert [call.operation for call in calls] == ["Query", "BatchGetItem"]


def test_those_of_another_account_are_not_among_them(account_id: str):
    ours, elsewhere = add(account_id, "shop"), randomness.account_id()
    theirs = add(elsewhere, "till")
    assert subusers.of_account(account_id) == [ours]
    assert subusers.of_account(elsewhere) == [theirs]


def test_an_account_without_sub_users_costs_one_round_trip(account_id: str):
    with overheard() as calls:
        assert subusers.of_account(account_id) == []
    assert len(calls) == 1
