"""A challenge: a code was sent, and whoever answers with it goes on. It remembers what the password proved."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.errors import ChallengeAnswered, ChallengeExpired, ChallengeSpent, ResendTooSoon

FORGIVEN = {ord(blank): None for blank in " \t\n\r\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013"} | {
    ord("０") + digit: str(digit) for digit in range(10)
}
"""What people paste with a code: blanks and dashes go, full-width digits become digits. Nothing else is forgiven."""


@dataclass(frozen=True)
class Challenge:
    """Open until it is answered, out of tries, or expired."""

    challenge_id: str
    login: str
    phone: str
    language: str
    sealed_code: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    resend_at: datetime
    tries_left: int
    answered: bool
    idle: timedelta
    transport: str
    device_known: bool

    def must_be_open(self, *, now: datetime) -> None:
        """Raises ChallengeAnswered, ChallengeExpired or ChallengeSpent."""
        if self.answered:
            raise ChallengeAnswered
        if now >= self.expires_at:
            raise ChallengeExpired
        if self.tries_left < 1:
            raise ChallengeSpent

    def must_allow_resend(self, *, now: datetime) -> None:
        """Raises ResendTooSoon, telling how long to wait."""
        if now < self.resend_at:
            raise ResendTooSoon(retry_after=self.resend_at - now)


def code_expiry(*, started_at: datetime, now: datetime) -> datetime:
    """When a code sent *now* expires: a resend gives a fresh code its time, but not the challenge a new life."""
    return min(now + policy.CODE_LIFETIME, started_at + policy.CHALLENGE_LIFETIME)


def clean(code: str) -> str:
    """The code without the blanks and dashes that come with copying, full-width digits made plain."""
    return code.translate(FORGIVEN)


def masked(phone: str) -> str:
    """All but the country's first digits and the last three hidden (ASVS V14.2.6)."""
    return phone[:3] + "*" * (len(phone) - 6) + phone[-3:]
