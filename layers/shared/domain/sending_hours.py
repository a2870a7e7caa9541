"""The hours in which a sub-user may send messages, in the sub-user's own time zone."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

SEARCHED = timedelta(days=16)
"""How far ahead hours are looked for: hours of one day a week may fall into the hour that spring leaves out."""

NO_PLACES = {"Factory", "localtime"}
"""Names that the database has for machines without a zone, and for wherever this one stands."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """Sending hours: on `days`, from `begin` until before `end`, in the time zone `zone` (an IANA name).

    `days` are names of DAYS with blanks between. If `end` is not after `begin`, the hours last past midnight and belong
    to the day on which they begin.
    """

    days: str
    begin: time
    end: time
    zone: str

    def hold(self, at: datetime) -> bool:
        """Whether *at* is within these hours."""
        there = at.astimezone(ZoneInfo(self.zone))
        today, clock = there.weekday(), there.time()
        if self.begin < self.end:
            return self._is_on(today) and self.begin <= clock < self.end
        return (self._is_on(today) and clock >= self.begin) or (self._is_on(today - 1) and clock < self.end)

    def next_after(self, at: datetime) -> datetime | None:
        """Return *at* if it is within these hours, or else when they begin next; None if there are no days.

        They begin at `begin`, or where the clocks are moved: over `begin`, or back into the hours.
        """
        if self.hold(at):
            return at
        begins = (begin for begin in {*self._begins(at), *self._moves(at)} if begin > at and self.hold(begin))
        return min(begins, default=None)

    def _begins(self, at: datetime) -> list[datetime]:
        """Return the instants in SEARCHED at which clocks show `begin`: two on a night on which they are put back."""
        zone = ZoneInfo(self.zone)
        days = [at.astimezone(zone).date() + timedelta(days=ahead) for ahead in range(SEARCHED.days)]
        moments = [datetime.combine(day, self.begin.replace(fold=fold), zone) for day in days for fold in (0, 1)]
        return [moment.astimezone(UTC) for moment in moments]

    def _moves(self, at: datetime) -> list[datetime]:
        """Return the instants in SEARCHED at which clocks are moved."""
        hours = [at + timedelta(hours=ahead) for ahead in range(SEARCHED.days * 24)]
        return [
            self._move_after(hour) for hour in hours if self._offset(hour) != self._offset(hour + timedelta(hours=1))
        ]

    def _move_after(self, at: datetime) -> datetime:
        """Return the first whole second at which clocks are moved; they are within an hour after *at*."""
        first = at.replace(microsecond=0)
        seconds = bisect_left(range(3601), True, key=lambda ahead: self._is_moved(first, ahead))
        return (first + timedelta(seconds=seconds)).astimezone(UTC)

    def _is_moved(self, at: datetime, seconds: int) -> bool:
        return self._offset(at + timedelta(seconds=seconds)) != self._offset(at)

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(ZoneInfo(self.zone)).utcoffset()

    def _is_on(self, weekday: int) -> bool:
        return DAYS[weekday] in self.days.split()


def is_zone(name: str) -> bool:
    """Whether *name* is a time zone of the IANA database, such as Europe/Warsaw."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones of places, read once: `available_timezones` looks through thousands of files."""
    return frozenset(available_timezones() - NO_PLACES)
