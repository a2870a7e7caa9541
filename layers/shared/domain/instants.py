"""Instants as callers write them, with their zone: a time without one means something else everywhere."""

import re
from datetime import UTC, datetime, time

INSTANT = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
"""An instant of this century, with its zone (RFC 3339)."""

DAY = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


def instant(text: object) -> datetime:
    """In UTC. Raises ValueError for anything else, as for the 31st of June, and never repeats it."""
    return _read(INSTANT, text).astimezone(UTC)


def end_of(text: object) -> datetime:
    """An instant to the second, or the last second of a day in UTC. Raises ValueError."""
    if isinstance(text, str) and re.fullmatch(DAY, text):
        return datetime.combine(_read(DAY, text), LAST_SECOND)
    return instant(text).replace(microsecond=0)


def _read(pattern: str, text: object) -> datetime:
    if isinstance(text, str) and re.fullmatch(pattern, text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("not an instant")


NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def month_of(at: datetime) -> str:
    """The calendar month, by UTC, that points are granted for."""
    return f"{at:%Y-%m}"
