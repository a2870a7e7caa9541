"""Provenance: what a reported sign-in led to, and what was done from a device known before."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import provenance
from shared.domain.instants import NEVER
from shared.domain.provenance import UNKNOWN, Rescue, joined, merged, of
from tests.support.world import NOON

HOUR = timedelta(hours=1)
REPORTED = Rescue("ann", NOON, NOON + 5 * HOUR)

people = st.sampled_from(["ann", "bob", "eve"])
instants = st.integers(-50, 50).map(lambda hours: NOON + hours * HOUR)
made = st.builds(of, people, instants)


@st.composite
def rescues(draw: st.DrawFn) -> Rescue:
    since = draw(instants)
    return Rescue(draw(people), since, since + draw(st.integers(0, 40)) * HOUR)


def test_what_came_from_the_reported_sign_in_or_a_device_seen_since_is_covered():
    assert REPORTED.covers(of("ann", NOON))
    assert REPORTED.covers(of("ann", NOON + HOUR))


def test_what_came_from_a_device_known_before_is_not():
    assert not REPORTED.covers(of("ann", NOON - timedelta(microseconds=1)))


def test_what_came_after_the_report_is_not():
    assert REPORTED.covers(of("ann", REPORTED.until))
    assert not REPORTED.covers(of("ann", REPORTED.until + timedelta(microseconds=1)))


def test_what_others_or_operators_did_is_not():
    assert not REPORTED.covers(of("bob", NOON + HOUR))
    assert not REPORTED.covers(UNKNOWN)
    assert of("ann", NEVER) == UNKNOWN


@given(st.lists(made, max_size=5), rescues())
def test_what_several_had_a_part_in_is_covered_by_the_newest_device_of_the_user(parts: list[str], rescue: Rescue):
    devices = [provenance._read(part)[rescue.user_id] for part in parts if part.startswith(f"{rescue.user_id}@")]
    expected = bool(devices) and rescue.since <= max(devices) <= rescue.until
    assert rescue.covers(merged(*parts)) == expected


@given(st.lists(made, max_size=5))
def test_the_order_of_the_parts_changes_nothing(parts: list[str]):
    assert merged(*parts) == merged(*reversed(parts)) == merged(merged(*parts[:2]), *parts[2:])


@given(st.lists(rescues(), max_size=8), st.integers(1, 3), made)
def test_no_rescue_is_lost_when_several_become_one(found: list[Rescue], apart: int, change: str):
    kept: tuple[Rescue, ...] = ()
    for rescue in found:
        kept = joined([*kept, rescue], apart=apart)
    covered = any(rescue.covers(change) for rescue in found)
    assert any(rescue.covers(change) for rescue in kept) or not covered
    assert max((_number(kept, user_id) for user_id in ("ann", "bob", "eve")), default=0) <= apart


def _number(kept: tuple[Rescue, ...], user_id: str) -> int:
    return len([rescue for rescue in kept if rescue.user_id == user_id])


def test_one_that_another_contains_is_not_kept_beside_it():
    inside = Rescue("ann", NOON + HOUR, NOON + 2 * HOUR)
    assert joined([REPORTED, inside], apart=2) == (REPORTED,)


def test_an_instant_is_kept_to_the_microsecond():
    at = datetime(2026, 12, 1, 12, 0, 0, 123_456, tzinfo=NOON.tzinfo)
    assert provenance._read(of("ann", at)) == {"ann": at}
