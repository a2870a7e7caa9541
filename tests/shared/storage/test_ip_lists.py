"""Entries with their notes, kept as they were written, each list in a row of its own."""

from datetime import UTC, datetime

import pytest

from shared import policy
from shared.domain.ip_lists import API, NAMES, PANEL, ListEntry
from shared.storage import ip_lists
from shared.storage.engine import commit
from tests.support.calls import overheard
from tests.support.world import World

BOB, EVE = "B" * 10, "E" * 10
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = ListEntry("192.0.2.7", 'Dom, "Łódź" \\ żółw', "bob", NOON)
OFFICE = ListEntry("2001:db8::/32", "", "clerk", NOON)


def keep(name: str, *entries: ListEntry, account_id: str = BOB) -> None:
    commit(ip_lists.keeping(account_id, name, entries))


def test_where_nothing_was_saved_nothing_is_known(world: World):
    assert ip_lists.entries_of(BOB) == {PANEL: [], API: []}


def test_entries_are_read_as_they_were_written(world: World):
    keep(PANEL, HOME, OFFICE)
    keep(API, OFFICE)
    with overheard() as calls:
        assert ip_lists.entries_of(BOB) == {PANEL: [HOME, OFFICE], API: [OFFICE]}
    assert [call.operation for call in calls] == ["BatchGetItem"]


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_entries_count(world: World, name: str):
    keep(name, HOME, OFFICE)
    keep(name, OFFICE)
    assert ip_lists.entries_of(BOB)[name] == [OFFICE]
    keep(name)
    assert ip_lists.entries_of(BOB)[name] == []


def test_an_account_has_entries_of_its_own(world: World):
    keep(PANEL, HOME)
    assert ip_lists.entries_of(EVE) == {PANEL: [], API: []}


def test_a_full_list_fits(world: World):
    full = [
        ListEntry(f"2001:db8:{place:x}:aaaa:bbbb:cccc:dddd:eeee", "ż" * policy.LIST_NOTE_CHARACTERS, "b" * 254, NOON)
        for place in range(2 * policy.LIST_ENTRIES)
    ]
    keep(PANEL, *full)
    assert ip_lists.entries_of(BOB)[PANEL] == full
