"""Schedule expressions of EventBridge: rate(...) and cron(...), without the cron characters L, W and #."""

import re
from calendar import day_abbr, month_abbr
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from furtka.complaint import Complaint

RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
PART = re.compile(r"([*?]|[0-9]+)(?:-([0-9]+))?(?:/([1-9][0-9]*))?")

MONTHS = {name.upper(): str(number) for number, name in enumerate(month_abbr) if name}
WEEKDAYS = {name.upper(): str((number + 1) % 7 + 1) for number, name in enumerate(day_abbr)}  # Sunday is 1

HORIZON = timedelta(days=8 * 366)  # a 29 February comes round within it


@dataclass(frozen=True)
class Expression:
    """A schedule expression in a time zone."""

    text: str
    zone: ZoneInfo

    @classmethod
    def read(cls, text: str, zone: str) -> "Expression":
        """Return the expression. Raises Complaint if it is malformed or the time zone is unknown."""
        try:
            expression = cls(text, ZoneInfo(zone))
            expression.after(datetime.now(UTC))  # parses it, so that an error shows now and not when it is due
            return expression
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise Complaint(f"the schedule {text} ({zone}) can't be followed here: {error}") from error

    def after(self, instant: datetime) -> datetime | None:
        """Return the first time later than *instant*, or None if there is none."""
        if rate := RATE.fullmatch(self.text):
            return instant + timedelta(**{f"{rate[2]}s": int(rate[1])})
        local = instant.astimezone(self.zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(HORIZON.days):
            if found := self._on(day + timedelta(days=ahead), later_than=local):
                return found
        return None

    def _on(self, day: datetime, *, later_than: datetime) -> datetime | None:
        """Return the first time on *day* that is later than *later_than*."""
        minutes, hours, days, months, weekdays, years = self._fields
        weekday = day.isoweekday() % 7 + 1
        if not (day.day in days and day.month in months and weekday in weekdays and day.year in years):
            return None
        times = (datetime.combine(day, time(hour, minute), self.zone) for hour in hours for minute in minutes)
        return next((at for at in times if at > later_than), None)

    @cached_property
    def _fields(self) -> tuple[list[int], ...]:
        cron = CRON.fullmatch(self.text)
        if not cron:
            raise ValueError("it must be rate(...) or cron(...) with six fields")
        minute, hour, day, month, weekday, year = cron.groups()
        return (
            _numbers(minute, 0, 59),
            _numbers(hour, 0, 23),
            _numbers(day, 1, 31),
            _numbers(_without_names(month, MONTHS), 1, 12),
            _numbers(_without_names(weekday, WEEKDAYS), 1, 7),
            _numbers(year, 1970, 2199),
        )


def _without_names(field: str, names: dict[str, str]) -> str:
    for name, number in names.items():
        field = field.upper().replace(name, number)
    return field


def _numbers(field: str, first: int, last: int) -> list[int]:
    """Return the numbers that a field of cron(...) stands for, as `*/5` or `1,10-12`."""
    found: set[int] = set()
    for part in field.split(","):
        match = PART.fullmatch(part)
        if not match:
            raise ValueError(f"{part} is not understood")
        start, end, step = match.groups()
        everything = start in ("*", "?")
        low = first if everything else int(start)
        high = int(end) if end else last if everything or step else low
        if not first <= low <= high <= last:
            raise ValueError(f"{part} is not within {first}-{last}")
        found.update(range(low, high + 1, int(step or 1)))
    return sorted(found)
