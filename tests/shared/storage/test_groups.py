"""The groups table: of two changes at once one is made, and a right is insisted on as it was seen."""

from dataclasses import replace

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.contact_access import Group, Permission, Shares
from shared.errors import GroupExists, GroupQuotaReached, Outrun
from shared.storage import groups
from shared.storage.engine import commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ACCOUNT = "A" * 10
CLERK = "A" * 16


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def group(name: str = "VIP") -> Group:
    return Group(ACCOUNT, randomness.record_id(ACCOUNT), name, NOON, NOON, "ann", "Best", "7", 30)


def added(name: str = "VIP") -> Group:
    new = group(name)
    commit(*groups.adding(new))
    return new


def read(one: Group) -> Group:
    return groups.known(ACCOUNT, [one.group_id])[one.group_id]


def test_groups_are_read_as_they_were_written():
    vip, press = added(), added("Press")
    assert groups.known(ACCOUNT, [vip.group_id, press.group_id, "x"]) == {vip.group_id: vip, press.group_id: press}
    assert set(groups.find(ACCOUNT).groups) == {vip, press}
    assert groups.known("B" * 10, [vip.group_id]) == groups.every("B" * 10) == {}


def test_a_name_is_there_once_and_free_again():
    vip, press = added(), added("Press")
    assert refusal(*groups.adding(group())) is GroupExists
    assert refusal(*groups.changing(press, replace(press, name="VIP"))) is GroupExists
    commit(*groups.changing(vip, replace(vip, name="Very")))
    commit(*groups.removing(press))
    added()
    added("Press")


def test_of_two_changes_at_once_one_is_made():
    vip = added()
    commit(*groups.changing(vip, replace(vip, idx=None)))
    assert refusal(*groups.changing(vip, replace(vip, idx="8"))) is Outrun
    assert refusal(*groups.removing(vip)) is Outrun
    assert (read(vip).idx, read(vip).revision) == (None, 2)


def test_no_more_are_added_than_fit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_ACCOUNT", 1)
    vip = added()
    assert refusal(*groups.adding(group("Press"))) is GroupQuotaReached
    commit(*groups.removing(vip))
    added("Press")


def test_nothing_is_left_of_a_group_that_is_removed():
    commit(*groups.removing(added()))
    assert [row["group_id"]["S"] for row in tables.rows("groups")] == [groups.COUNT]


def test_a_group_is_counted_from_nothing_for_each_generation():
    vip = added()
    for generation, more, size in ((0, 3, 3), (0, -1, 2), (2, 1, 1), (2, 1, 2)):
        commit(groups.counting(ACCOUNT, vip.group_id, more, generation=generation))
        assert read(vip).size_in(generation) == size
    assert refusal(groups.counting(ACCOUNT, vip.group_id, 1, generation=1)) is Outrun
    assert refusal(groups.counting(ACCOUNT, group().group_id, 1, generation=2)) is Outrun
    assert read(vip).size_in(0) == 0


def test_what_is_shared_is_changed_as_it_was_seen():
    vip, nothing = added(), groups.shares_of(CLERK)
    after = nothing.changed(vip.group_id, Permission(read=True, send=True))
    commit(groups.insisting(nothing))
    commit(groups.storing_shares(nothing, after))
    assert groups.shares_of(CLERK) == replace(after, revision=1)
    assert refusal(groups.storing_shares(nothing, after)) is refusal(groups.insisting(nothing)) is Outrun
    assert groups.find(ACCOUNT).permissions(vip.group_id) == {CLERK: Permission(read=True, send=True)}


@pytest.mark.parametrize("on", [True, False])
def test_what_is_shared_everywhere_meanwhile_is_found_out(*, on: bool):
    seen = groups.shares_of(CLERK)
    commit(groups.sharing_all(CLERK, on))
    assert refusal(groups.insisting(seen)) is Outrun
    assert groups.shares_of(CLERK) == Shares(CLERK, everywhere=on, revision=1)


def test_what_a_sub_user_made_is_counted_until_they_are_deleted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_PER_SUBUSER", 2)
    commit(groups.sharing_all(CLERK, True))
    for generation in (0, 0, 1):
        commit(groups.counting_made(CLERK, 1, generation=generation, insisting=groups.shares_of(CLERK)))
    assert groups.shares_of(CLERK).made == 1
    commit(groups.counting_made(CLERK, 1, generation=1))
    assert refusal(groups.counting_made(CLERK, 1, generation=1)).__name__ == "ContactQuotaReached"
    commit(groups.counting_made(CLERK, -1, generation=1))
    assert groups.shares_of(CLERK).made == 1
    commit(groups.forgetting_user(CLERK))
    commit(groups.counting_made(CLERK, -1, generation=1), groups.sharing_all("B" * 16, True))
    assert groups.shares_of(CLERK) == Shares(CLERK)


def test_a_login_is_looked_for_in_its_own_account_alone(world: World):
    account_id = world.ann.user_id[:10]
    vip = added()
    found, login = groups.find_with_login(account_id, vip.group_id, "ann")
    assert (found, login and login.user_id) == (None, world.ann.user_id)
    assert groups.find_with_login(ACCOUNT, vip.group_id, "ann") == (vip, None)
    assert groups.find_with_login(ACCOUNT, vip.group_id, "nobody") == (vip, None)
