"""The entries of a list: understood all or none, and each remembers who let it in."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accounts import Account
from shared.domain.ip_lists import NAMES, IpList, ListEntry, as_entries, canonical_entries, with_notes
from shared.errors import MalformedList

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KNOWN = [ListEntry("192.0.2.7", "home", "ann", NOON), ListEntry("10.0.0.0/8", "VPN", "bob", NOON)]


def _misses(*typed: str, on: bool = True) -> dict[str, str]:
    with pytest.raises(MalformedList) as refusal:
        canonical_entries(typed, on=on)
    return refusal.value.misses


def test_each_list_is_a_gate_of_the_account():
    account = Account("a" * 10)
    assert [getattr(account, name) for name in NAMES] == [IpList(), IpList()]


def test_entries_are_understood_in_their_order():
    assert canonical_entries([" 192.0.2.7", "::ffff:10.0.0.1", "2001:DB8::/32"], on=True) == [
        "192.0.2.7",
        "10.0.0.1",
        "2001:db8::/32",
    ]


@pytest.mark.parametrize("on", [False, True])
def test_every_entry_that_is_none_is_named_and_every_second_one(on: bool):
    typed = ["192.0.2.7", "garbage", "192.0.2.7-7", "10.0.0.1/8", "garbage"]
    assert _misses(*typed, on=on) == {
        "entries.1.source": "not_an_address",
        "entries.2.source": "duplicate",
        "entries.3.source": "host_bits_set",
        "entries.4.source": "not_an_address",
    }


def test_entries_may_overlap_if_they_are_not_the_same():
    assert canonical_entries(["10.0.0.0/8", "10.0.0.0/24", "10.0.0.7", "::10.0.0.7"], on=True)


def test_only_a_list_that_is_off_may_be_empty():
    assert _misses() == {"entries": "empty"}
    assert canonical_entries([], on=False) == []


@given(st.lists(st.sampled_from(["192.0.2.7", "192.0.2.7/32", "10.0.0.0/24", "10.0.0.0-255", "x"])))
def test_what_is_understood_is_understood_again(typed: list[str]):
    with suppress(MalformedList):
        sources = canonical_entries(typed, on=False)
        assert canonical_entries(sources, on=False) == sources
        assert len(sources) == len(typed)


def test_an_entry_that_is_known_keeps_who_and_when_and_takes_its_new_note():
    written = with_notes(["10.0.0.0/8", "192.0.2.8"], ["office", ""], KNOWN, by="eve", now=LATER)
    assert written == [ListEntry("10.0.0.0/8", "office", "bob", NOON), ListEntry("192.0.2.8", "", "eve", LATER)]


def test_entries_are_held_in_the_lists_own_order_whatever_else_is_known():
    assert as_entries("10.0.0.0/8 192.0.2.7", KNOWN, since=LATER) == KNOWN[::-1]
    assert as_entries("192.0.2.7", KNOWN, since=LATER) == KNOWN[:1]
    assert as_entries("", KNOWN, since=LATER) == []


def test_an_entry_of_which_nothing_is_known_is_shown_all_the_same():
    assert as_entries("192.0.2.9", KNOWN, since=LATER) == [ListEntry("192.0.2.9", "", "", LATER)]
