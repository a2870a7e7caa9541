"""An account that locked itself out: both lists are off, and the entries stay."""

import pytest

from shared import policy
from shared.auth import ip_lists
from shared.domain.accounts import Account
from shared.domain.ip_lists import IpList
from shared.errors import Outrun
from shared.storage import accounts
from shared.storage.engine import commit
from tests.account.ip_lists import account_at, decide_meanwhile
from tests.shared.storage.refusals import refusal
from tests.support.world import World

OFFICE, SHOP = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def locked_out(world: World) -> Account:
    """Ann's account, both of whose lists are on and have no address of hers."""
    account = account_at(world.ann)
    commit(accounts.setting_lists(account, panel=IpList(on=True, sources=OFFICE), api=IpList(on=True, sources=SHOP)))
    return account_at(world.ann)


def test_both_lists_are_off_and_their_entries_stay(world: World, locked_out: Account):
    commit(ip_lists.opening_lists(locked_out, now=world.now))
    after = account_at(world.ann)
    assert (after.panel.on, after.api.on) == (False, False)
    assert (after.panel.sources, after.api.sources) == (OFFICE, SHOP)
    assert (after.panel.changed_at, after.api.changed_at) == (world.now, world.now)


@pytest.mark.parametrize("name", ["panel", "api"])
def test_a_list_on_trial_is_off_for_good(world: World, locked_out: Account, name: str):
    tried = IpList(on=True).proposing(on=True, sources=OFFICE, on_trial=True, now=world.now)
    commit(accounts.setting_lists(locked_out, **{name: tried}))
    commit(ip_lists.opening_lists(account_at(world.ann), now=world.now))
    assert not getattr(account_at(world.ann), name).in_force(now=world.now + policy.LIST_TRIAL).on


@pytest.mark.parametrize("name", ["panel", "api"])
def test_a_list_that_changes_meanwhile_is_not_turned_off(world: World, locked_out: Account, name: str):
    decide_meanwhile(world, world.ann, "192.0.2.9", name=name)
    assert refusal(ip_lists.opening_lists(locked_out, now=world.now)) is Outrun
