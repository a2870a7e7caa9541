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
    assert not is_zone("localtime")
    assert not is_zone("Factory")


EVERY_DAY = "mon tue wed thu fri sat sun"


@pytest.mark.parametrize(
    ("days", "begin", "end", "at", "begins"),
    [
        (EVERY_DAY, time(2, 30), time(3), "2026-03-29T00:16:00", "2026-03-30T00:30:00"),  # there is no 02:30 that night
        ("sun", time(2, 30), time(3), "2026-03-29T00:16:00", "2026-04-05T00:30:00"),
        (EVERY_DAY, time(2, 30), time(5), "2026-03-29T00:16:00", "2026-03-29T01:00:00"),  # from 03:00 on
        (EVERY_DAY, time(22), time(2, 30), "2026-10-25T00:46:00", "2026-10-25T01:00:00"),  # it is 02:00 again
        (EVERY_DAY, time(2, 30), time(2, 45), "2026-10-25T00:50:00", "2026-10-25T01:30:00"),  # and 02:30 again
        (EVERY_DAY, time(8), time(16), "2026-10-25T01:00:00", "2026-10-25T07:00:00"),
    ],
)
def test_hours_begin_where_they_hold_also_on_the_nights_on_which_clocks_are_moved(
    days: str, begin: time, end: time, at: str, begins: str
):
    hours = Hours(days, begin, end, "Europe/Warsaw")
    found = hours.next_after(_at(at))
    assert found == _at(begins)
    assert hours.hold(found)
