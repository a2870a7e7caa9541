"""The groups table: of two changes at once one is made, and a right is insisted on as it was seen."""

from dataclasses import replace

import pytest

from shared import policy
from shared.domain.contact_access import Directory, Group, Permission
from shared.errors import GroupQuotaReached, Outrun
from shared.storage import groups
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ACCOUNT = "A" * 10
CLERK = "A" * 16
VIP = Group("group-1", "VIP", NOON, NOON, "ann", "Best", "7", 30, {CLERK: Permission(read=True, send=True)})
PRESS = Group("group-2", "Press", NOON, NOON, "ann")
EMPTY = Directory(ACCOUNT)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def swapped(before: Directory, after: Directory) -> Directory:
    commit(groups.swapping(before, after))
    return groups.find(ACCOUNT)


def test_groups_are_read_as_they_were_written():
    assert groups.find(ACCOUNT) == EMPTY
    after = EMPTY.having(VIP).having(PRESS)
    assert swapped(EMPTY, after) == replace(after, revision=1)


def test_of_two_first_groups_at_once_one_is_made():
    swapped(EMPTY, EMPTY.having(VIP))
    assert refusal(groups.swapping(EMPTY, EMPTY.having(PRESS))) is Outrun
    assert refusal(groups.insisting(EMPTY)) is Outrun


def test_of_two_changes_at_once_one_is_made():
    seen = swapped(EMPTY, EMPTY.having(VIP))
    commit(groups.insisting(seen))
    swapped(seen, seen.having(PRESS))
    assert refusal(groups.swapping(seen, seen.without(VIP))) is Outrun
    assert refusal(groups.insisting(seen)) is Outrun


@pytest.mark.parametrize("on", [True, False])
def test_what_is_shared_everywhere_meanwhile_is_found_out(*, on: bool):
    seen = swapped(EMPTY, EMPTY.having(VIP))
    commit(groups.sharing_all(CLERK, on))
    assert refusal(groups.swapping(seen, seen.having(PRESS))) is Outrun
    assert refusal(groups.insisting(seen)) is Outrun
    assert groups.find(ACCOUNT).everywhere == ({CLERK} if on else frozenset())


def test_what_is_shared_everywhere_before_there_are_groups_stays_with_the_first():
    commit(groups.sharing_all(CLERK, True))
    seen = groups.find(ACCOUNT)
    assert swapped(seen, seen.having(VIP)) == Directory(ACCOUNT, (VIP,), frozenset({CLERK}), 2)


def test_groups_that_do_not_fit_into_a_row_are_refused(monkeypatch: pytest.MonkeyPatch):
    fits = len(groups.GroupsAttribute().serialize((VIP,)).encode())
    monkeypatch.setattr(policy, "GROUPS_BYTES", fits)
    seen = swapped(EMPTY, EMPTY.having(VIP))
    with pytest.raises(GroupQuotaReached):
        groups.swapping(seen, seen.having(PRESS))


def test_a_login_is_looked_for_in_its_own_account_alone(world: World):
    account_id = world.ann.user_id[:10]
    directory, login = groups.find_with_login(account_id, "ann")
    assert (directory, login and login.user_id) == (Directory(account_id), world.ann.user_id)
    assert groups.find_with_login(ACCOUNT, "ann") == (EMPTY, None)
    assert groups.find_with_login(ACCOUNT, "nobody") == (EMPTY, None)
