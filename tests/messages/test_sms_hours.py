"""A sub-user sends within their hours, or their message waits until they begin."""

from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from shared.domain.sending_hours import DAYS, Hours
from tests.messages.conftest import Shop, clerk

OFFICE = Hours("mon tue wed thu fri", time(9), time(17), "Europe/Warsaw")
NIGHT = Hours("fri sat", time(22), time(6), "Europe/Warsaw")
WARSAW = ZoneInfo("Europe/Warsaw")


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Warsaw, in a June that begins with a Monday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=WARSAW)


BEGINS = {
    "within": (OFFICE, _at(1, 12), _at(1, 12)),
    "before": (OFFICE, _at(1, 8), _at(1, 9)),
    "after": (OFFICE, _at(1, 17), _at(2, 9)),
    "on a free day": (OFFICE, _at(6, 12), _at(8, 9)),
    "past midnight": (NIGHT, _at(6, 5, 59), _at(6, 5, 59)),
    "after the night": (NIGHT, _at(7, 6), _at(12, 22)),
    "on one day of the week, just over": (Hours("mon", time(9), time(10), "Europe/Warsaw"), _at(1, 10), _at(8, 9)),
}


@pytest.mark.parametrize("when", BEGINS)
def test_hours_begin_next(when: str):
    hours, at, begin = BEGINS[when]
    assert hours.next_after(at) == begin
    assert hours.hold(begin)


def test_without_days_they_never_do():
    assert Hours("", time(9), time(17), "Europe/Warsaw").next_after(_at(1, 12)) is None


def test_they_begin_within_a_week_wherever_the_clocks_are_changed():
    midnight = datetime(2026, 3, 28, tzinfo=UTC)
    for day, hour in product(DAYS, range(48)):
        hours = Hours(day, time(1, 30), time(5), "Europe/Warsaw")
        begin = hours.next_after(midnight + timedelta(hours=hour))
        assert begin
        assert hours.hold(begin)
        assert begin - midnight - timedelta(hours=hour) <= timedelta(days=7, hours=1)


def _closed(shop: Shop) -> Hours:
    """Hours that begin in an hour, and last for another."""
    begin = (shop.world.now + timedelta(hours=1)).time()
    end = (shop.world.now + timedelta(hours=2)).time()
    return Hours(" ".join(DAYS), begin.replace(tzinfo=None), end.replace(tzinfo=None), "UTC")


@pytest.mark.parametrize("restriction", ["follow", "ignore"])
def test_outside_of_their_hours_a_subuser_sends_nothing(shop: Shop, restriction: str):
    sub = clerk(shop, hours=_closed(shop))
    assert sub.sms()["error"] == 74
    assert sub.sms(time_restriction=restriction)["error"] == 74
    assert shop.points == 10


def test_their_message_waits_for_them_on_demand(shop: Shop):
    sub, begin = clerk(shop, hours=_closed(shop)), shop.world.now + timedelta(hours=1)
    answer = sub.sms(time_restriction="nearest_available")
    assert answer["list"][0]["date_sent"] == int(begin.timestamp())
    assert shop.world.sms == []


def test_a_time_of_their_own_is_looked_at_and_not_the_present(shop: Shop):
    sub, begin = clerk(shop, hours=_closed(shop)), shop.world.now + timedelta(hours=1)
    assert sub.sms(date=int(begin.timestamp()))["count"] == 1
    assert sub.sms(date=int((begin + timedelta(hours=1)).timestamp()))["error"] == 74


def test_who_has_no_hours_is_held_by_none(shop: Shop):
    for restriction in ("follow", "ignore", "nearest_available"):
        item = shop.sms(time_restriction=restriction)["list"][0]
        assert item["date_sent"] == int(shop.world.now.timestamp())


def test_a_restriction_that_nobody_has_heard_of_is_refused(shop: Shop):
    assert shop.sms(time_restriction="whenever")["error"] == 28
