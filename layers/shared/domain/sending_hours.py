"""When a sub-user may send: some days of the week, between two times of the day, where he is."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """`days` are names of DAYS with blanks between. From `begin` until before `end`, by the clocks of `zone`.

    Where `end` is not after `begin` the hours go on past midnight, and belong to the day on which they began.
    """

    days: str
    begin: time
    end: time
    zone: str

    def hold(self, at: datetime) -> bool:
        """Whether that instant is within them."""
        there = at.astimezone(ZoneInfo(self.zone))
        today, clock = there.weekday(), there.time()
        if self.begin < self.end:
            return self._is_on(today) and self.begin <= clock < self.end
        return (self._is_on(today) and clock >= self.begin) or (self._is_on(today - 1) and clock < self.end)

    def next_after(self, at: datetime) -> datetime | None:
        """*at* itself if it is within them, or when they begin next; None where there are no days."""
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
    """Whether there are clocks of that name, as Europe/Warsaw (the IANA time zone database)."""
    return name in available_timezones()
