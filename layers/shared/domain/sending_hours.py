"""The hours in which a sub-user may send messages, in the sub-user's own time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

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
        """Return *at* if it is within these hours, or else when they begin next; None if there are no days."""
        if self.hold(at):
            return at
        there = at.astimezone(ZoneInfo(self.zone))
        days = (there.date() + timedelta(days=ahead) for ahead in range(len(DAYS) + 1))
        begins = (
            datetime.combine(day, self.begin, there.tzinfo).astimezone(UTC)
            for day in days
            if self._is_on(day.weekday())
        )
        return next((begin for begin in begins if begin > at), None)

    def _is_on(self, weekday: int) -> bool:
        return DAYS[weekday] in self.days.split()


def is_zone(name: str) -> bool:
    """Whether *name* is a time zone of the IANA database, such as Europe/Warsaw."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones. They are read once: `available_timezones` looks through thousands of files."""
    return frozenset(available_timezones())
