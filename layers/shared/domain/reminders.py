"""Reminders to change a password, or to enable a second factor: when one is due, and that it is sent once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy


@dataclass(frozen=True)
class Reminder:
    """The reminders of one user, whose account asks for a new password from time to time.

    The first period begins when the password gets too old, the next ones each `every` later. `due_at` is the beginning
    of the next period to look at; `told_for` that of the last period in which a reminder was sent.
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
        """Raise ValueError, TypeError or OverflowError for facts that no reminder can be made of."""
        if None in (self.login, self.email, self.language, self.forced) or self.due_at + self.every <= self.due_at:
            raise ValueError("no reminder")


def period(reminder: Reminder, *, now: datetime) -> datetime:
    """Return the beginning of the period at *now*, which is later than `due_at` if periods were missed."""
    return reminder.due_at + max(0, (now - reminder.due_at) // reminder.every) * reminder.every


def next_due(reminder: Reminder, *, now: datetime) -> datetime:
    """Return the beginning of the period after the one at *now*. Missed periods are not made up for."""
    return period(reminder, now=now) + reminder.every


def is_told(reminder: Reminder, *, now: datetime) -> bool:
    """Whether a reminder for the period at *now* was sent.

    `due_at` alone cannot tell: a change of the address or of the settings sets it back to the age of the password.
    """
    return reminder.told_for is not None and reminder.told_for >= period(reminder, now=now)


@dataclass(frozen=True)
class FactorReminder:
    """The reminder of all users of an account that they will need a second factor. `due_at` is when it is next sent."""

    account_id: str
    due_at: datetime


def next_factor_reminder(required_from: datetime | None, *, after: datetime) -> datetime | None:
    """Return when users without a second factor are reminded next; None if never."""
    if required_from is None:
        return None
    moments = (required_from - before for before in policy.FACTOR_REMINDED_BEFORE)
    return next((moment for moment in moments if moment > after), None)
