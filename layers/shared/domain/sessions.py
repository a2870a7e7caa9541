"""A session of a person who is signed in."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain.accounts import Account
from shared.domain.instants import NEVER

A_MOMENT = timedelta(milliseconds=1)
"""The resolution of request times: API Gateway stamps requests in milliseconds."""


@dataclass(frozen=True)
class Session:
    """A session, which ends `idle` after its last recorded use, and at `ends_at` however it is used.

    Use is recorded at most once in `policy.SESSION_TOUCHED_EVERY`. The idle timeout counts from the recorded use, so a
    session never lasts longer than its user chose, and `idle_until` is exactly what the user is told.
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
    device_seen_at: datetime = NEVER
    """When the device that it was opened on was first seen."""
    ended: bool = False
    """Whether somebody ended it before its time."""
    replaced: bool = False
    """Whether it was ended because its user goes on in another one, which has their browser's cookie by now."""

    def within(self, account: Account) -> Self:
        """Return the session with its idle timeout cut to what *account* allows."""
        return replace(self, idle=min(self.idle, account.longest_idle))

    @property
    def idle_until(self) -> datetime:
        return min(self.used_at + self.idle, self.ends_at)

    def lives(self, *, now: datetime) -> bool:
        return not self.ended and now < self.idle_until

    def is_fresh(self, *, now: datetime) -> bool:
        """Whether password and second factor were proved so lately that sensitive settings may be changed."""
        return now < self.confirmed_at + policy.CONFIRMED_FOR

    def is_worth_touching(self, *, now: datetime) -> bool:
        """Whether a use at *now* is to be recorded."""
        return now - self.used_at >= policy.SESSION_TOUCHED_EVERY
