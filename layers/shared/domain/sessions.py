"""A session: who is signed in, since when, and until when."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain.accounts import Account
from shared.domain.instants import NEVER

A_MOMENT = timedelta(milliseconds=1)
"""The smallest step of the clock that requests are stamped with."""


@dataclass(frozen=True)
class Session:
    """Ends `idle` after its last use written down, and at `ends_at` whatever its use; both to the second.

    Use is written down at most once in `policy.SESSION_TOUCHED_EVERY`. The idle limit counts from what is written,
    so it never runs longer than its user chose, and `idle_until` is exactly what he is told.
    """

    user_id: str
    session_id: str
    sealed_secret: str = field(repr=False)
    created_at: datetime
    proved_at: datetime
    confirmed_at: datetime
    used_at: datetime
    ends_at: datetime
    idle: timedelta
    transport: str
    factors: str
    address: str
    user_agent: str
    credentials_at: datetime = NEVER

    def within(self, account: Account) -> Self:
        """The session as the account allows it: no longer without use than its owner wants."""
        return replace(self, idle=min(self.idle, account.longest_idle))

    @property
    def idle_until(self) -> datetime:
        return min(self.used_at + self.idle, self.ends_at)

    def lives(self, *, now: datetime) -> bool:
        return now < self.idle_until

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether password and second factor were given just now, so that sensitive settings may be changed."""
        return now < self.confirmed_at + policy.CONFIRMED_FOR

    def is_worth_touching(self, *, now: datetime) -> bool:
        """Whether this use is to be written down."""
        return now - self.used_at >= policy.SESSION_TOUCHED_EVERY
