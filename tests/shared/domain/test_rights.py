"""Rights within bounds: what is left is what both allow, whatever they are, and it is written and read unchanged."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ip_ranges import NOBODY, admits, canonical, common
from shared.domain.rights import Rights, facts_of, from_facts
from shared.domain.scopes import SCOPES

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ENTRIES = st.sampled_from(
    [
        "10.0.0.0/24",
        "10.0.0.0/30",
        "10.0.0.2-9",
        "10.0.0.5-200",
        "10.0.0.7",
        "10.0.1.0/25",
        "10.0.0.0/23",
        "::1",
        "::/120",
    ]
)
LISTS = st.lists(ENTRIES, min_size=1, max_size=3, unique=True).map(" ".join)
RIGHTS = st.builds(
    Rights,
    scopes=st.frozensets(st.sampled_from(sorted(SCOPES))),
    expires_at=st.none() | st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours)),
    sources=st.just("") | LISTS,
    rate_limit=st.none() | st.integers(1, 3),
    hides_codes=st.booleans(),
    may_create_people=st.booleans(),
    shared_rates=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), unique_by=lambda one: one[0]).map(
        tuple
    ),
)


@given(LISTS, LISTS, st.integers(0, 600))
def test_an_address_is_in_both_lists_if_it_is_in_what_they_have_in_common(one: str, other: str, place: int):
    both = common(one, other)
    for address in (str(IPv4Address(0x0A000000 + place)), f"::{place % 300:x}"):
        assert admits(both, address) == (admits(one, address) and admits(other, address))
    assert " ".join(map(canonical, both.split())) == both


def test_lists_with_nothing_in_common_admit_nobody():
    assert common("10.0.0.1", "10.0.0.2 ::1") == NOBODY
    assert not Rights(frozenset(), sources="10.0.0.1").within(Rights(frozenset(), sources="::1")).admit("10.0.0.1")


@given(RIGHTS, RIGHTS)
def test_what_is_left_is_within_both_and_whatever_is_within_both_is_within_it(one: Rights, other: Rights):
    both = one.within(other)
    assert both.is_within(one)
    assert both.is_within(other)
    assert dict(both.shared_rates).keys() == dict(one.shared_rates).keys() | dict(other.shared_rates).keys()
    assert one.within(None) == one


@given(RIGHTS)
def test_they_are_read_as_they_were_written(rights: Rights):
    assert from_facts(json.loads(json.dumps(facts_of(rights)))) == rights


@pytest.mark.parametrize(
    ("limit", "shared", "counted"),
    [
        (None, (), ()),
        (5, (), (("me", 5),)),
        (None, (("maker", 5),), (("maker", 5),)),
        (5, (("maker", 5),), (("maker", 5),)),
        (4, (("maker", 5),), (("me", 4), ("maker", 5))),
    ],
)
def test_a_limit_of_its_own_is_counted_only_if_it_can_be_reached_first(
    limit: int | None, shared: tuple[tuple[str, int], ...], counted: tuple[tuple[str, int], ...]
):
    assert Rights(frozenset(), rate_limit=limit, shared_rates=shared).rates_of("me") == counted


LIMITS = [
    Rights(frozenset({"sms"}), expires_at=NOON),
    Rights(frozenset({"sms"}), sources="10.0.0.1"),
    Rights(frozenset({"sms"}), rate_limit=1),
    Rights(frozenset({"sms"}), hides_codes=True),
    Rights(frozenset({"sms"}), shared_rates=(("maker", 1),)),
    Rights(frozenset()),
]


@pytest.mark.parametrize("rights", LIMITS, ids=str)
def test_any_limit_binds(rights: Rights):
    assert rights.is_bounded(frozenset({"sms"}))
    assert not Rights(frozenset({"sms", "profile"})).is_bounded(frozenset({"sms"}))
