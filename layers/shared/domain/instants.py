"""Points in time, as callers write them and as months. A time without a zone is refused as ambiguous."""

import re
from datetime import UTC, datetime, time

INSTANT = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
"""A time of this century with its zone (RFC 3339)."""

DAY = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


def instant(text: object) -> datetime:
    """Return the time that *text* names, in UTC. Raises ValueError, which does not repeat the text, for any other."""
    return _read(INSTANT, text).astimezone(UTC)


def end_of(text: object) -> datetime:
    """Return the time that *text* names, in whole seconds; for a date, its last second in UTC. Raises ValueError."""
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
"""Stands for "not yet" in fields that are compared as times: it is before every real one."""


def month_of(at: datetime) -> str:
    """Return the calendar month of *at* in UTC, as `2026-11`."""
    return f"{at:%Y-%m}"
