"""A session: who is signed in, since when, and until when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy


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
    used_at: datetime
    ends_at: datetime
    idle: timedelta
    transport: str
    factors: str
    address: str
    user_agent: str

    @property
    def idle_until(self) -> datetime:
        return min(self.used_at + self.idle, self.ends_at)

    def lives(self, *, now: datetime) -> bool:
        return now < self.idle_until

    def is_worth_touching(self, *, now: datetime) -> bool:
        """Whether this use is to be written down."""
        return now - self.used_at >= policy.SESSION_TOUCHED_EVERY
