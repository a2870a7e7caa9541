"""Instants: one with a zone is one, and nothing else is."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.instants import end_of, instant

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00Z", "2026-01-31T13:30:00+01:30", "2026-01-31T12:00:00.000000-00:00"]
)
def test_an_instant_is_the_same_in_every_zone(text: str):
    assert instant(text) == end_of(text) == NOON
    assert instant(text).tzinfo is UTC


def test_only_what_ends_is_cut_to_the_second():
    assert instant("2026-01-31T12:00:00.5Z") == NOON.replace(microsecond=500_000)
    assert end_of("2026-01-31T12:00:00.5Z") == NOON


def test_a_day_ends_with_its_last_second_in_utc():
    assert end_of("2028-02-29") == datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)


NONE = (
    "",
    "2026-01-31T12:00:00",
    "2026-01-31 12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-02-30",
    "1999-12-31",
    "2100-01-01",
    "2026-01-31T24:00:01Z",
    "2026-1-31",
    "20260131",
    "2026-01-31T12:00:00Z\n",
    "２０２６-01-31",
    "now",
    None,
    True,
    1767355200,
    ["2026-01-31"],
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_none_is_refused_without_being_repeated(text: object):
    for read in (instant, end_of):
        with pytest.raises(ValueError, match="not an instant") as refused:
            read(text)
        assert str(refused.value) == "not an instant"


@given(st.text() | st.from_regex(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,15}(Z|[+-][0-9]{2}:[0-9]{2}))?"))
def test_whatever_is_read_has_a_zone_and_a_row_that_can_be_kept(text: str):
    with suppress(ValueError):
        assert end_of(text).utcoffset() is not None
        assert 1999 <= end_of(text).year <= 2100
