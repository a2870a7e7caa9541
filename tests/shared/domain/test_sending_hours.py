"""Sending hours: by the clocks where the sub-user is, also where they go on past midnight or are moved."""

from datetime import UTC, datetime, time

import pytest

from shared.domain.sending_hours import Hours, is_zone

OFFICE = Hours("mon tue wed thu fri", time(8), time(16), "Europe/Warsaw")
NIGHT = Hours("fri", time(22), time(6), "Europe/Warsaw")
ALWAYS = Hours("mon tue wed thu fri sat sun", time(0), time(0), "UTC")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-11-23T06:59:59", False),  # a Monday in winter: Warsaw is an hour ahead
        ("2026-11-23T07:00:00", True),
        ("2026-11-23T14:59:59", True),
        ("2026-11-23T15:00:00", False),
        ("2026-11-22T10:00:00", False),  # Sunday
        ("2026-07-20T06:00:00", True),  # a Monday in summer: two hours ahead
        ("2026-07-20T14:00:00", False),
    ],
)
def test_they_begin_with_their_first_instant_and_end_before_their_last(at: str, holds: bool):
    assert OFFICE.hold(_at(at)) is holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-11-27T20:59:59", False),
        ("2026-11-27T21:00:00", True),  # Friday, 22:00 in Warsaw
        ("2026-11-28T04:59:59", True),  # Saturday morning belongs to Friday
        ("2026-11-28T05:00:00", False),
        ("2026-11-28T22:00:00", False),
        ("2026-11-27T04:00:00", False),  # Friday morning would belong to Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at: str, holds: bool):
    assert NIGHT.hold(_at(at)) is holds


def test_who_may_send_from_midnight_to_midnight_may_always():
    assert all(ALWAYS.hold(_at(f"2026-11-{day}T{hour:02}:30:00")) for day in range(20, 28) for hour in range(24))


def test_there_are_clocks_of_known_names_only():
    assert is_zone("Europe/Warsaw")
    assert not is_zone("Europe/Atlantis")
    assert not is_zone("../etc/passwd")
