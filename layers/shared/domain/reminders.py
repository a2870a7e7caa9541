"""When a user is to be told that his password has got old, and that he is told once in a period."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Reminder:
    """A user whose password is to be changed from time to time.

    A period begins when the password gets old, and again after each `every`. `due_at` is the beginning of one that
    nobody has looked at yet, `told_for` that of the last one in which the user was told.
    """

    user_id: str
    login: str
    email: str = field(repr=False)
    language: str
    due_at: datetime
    every: timedelta
    forced: bool
    told_for: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ValueError, TypeError or OverflowError for facts that nobody could be told of."""
        if None in (self.login, self.email, self.language, self.forced) or self.due_at + self.every <= self.due_at:
            raise ValueError("no reminder")


def period(reminder: Reminder, *, now: datetime) -> datetime:
    """When the period began that *now* lies in: after a month without a look it is a later one than `due_at`."""
    return reminder.due_at + max(0, (now - reminder.due_at) // reminder.every) * reminder.every


def next_due(reminder: Reminder, *, now: datetime) -> datetime:
    """When the next period begins: whatever was missed until *now* is told once."""
    return period(reminder, now=now) + reminder.every


def is_told(reminder: Reminder, *, now: datetime) -> bool:
    """Whether he knows already: `due_at` goes back to the password's age when his address or the settings change."""
    return reminder.told_for is not None and reminder.told_for >= period(reminder, now=now)
