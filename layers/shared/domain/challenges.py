"""A challenge: whoever proves one of its factors goes on. It remembers what the password proved."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER
from shared.errors import ChallengeAnswered, ChallengeExpired, ChallengeSpent, FactorUnavailable, ResendTooSoon

FORGIVEN = {ord(blank): None for blank in " \t\n\r\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013"} | {
    ord("０") + digit: str(digit) for digit in range(10)
}
"""What people paste with a code: blanks and dashes go, full-width digits become digits. Nothing else is forgiven."""

LOGIN, CONFIRMATION, PHONE = "login", "confirmation", "phone"
"""What a challenge is for: to sign in, to confirm a session, or to prove a new phone. It is good for nothing else."""

FACTORS = ("sms", "totp", "recovery_code")
"""The second factors by the names that the API, the activity log and stored rows have for them."""

NO_CODE = ""


@dataclass(frozen=True)
class Challenge:
    """Open until it is answered, out of tries, or expired.

    `channel` is the factor asked for, `factors` are all that would do. `sealed_code` is of the newest SMS, if any.
    `replaces` is the session that ends when this challenge opens another.
    """

    challenge_id: str
    purpose: str
    login: str
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    language: str
    channel: str
    factors: str
    sealed_code: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    resend_at: datetime
    tries_left: int
    answered: bool
    idle: timedelta
    transport: str
    device_known: bool
    replaces: str | None = None
    credentials_at: datetime = NEVER

    def must_be_open(self, *, now: datetime) -> None:
        """Raises ChallengeAnswered, ChallengeExpired or ChallengeSpent."""
        if self.answered:
            raise ChallengeAnswered
        if now >= self.expires_at:
            raise ChallengeExpired
        if self.tries_left < 1:
            raise ChallengeSpent

    def must_take(self, factor: str) -> None:
        """Raises FactorUnavailable where its user has no such factor."""
        if factor not in self.factors.split():
            raise FactorUnavailable

    def must_allow_resend(self, *, now: datetime) -> None:
        """Raises ResendTooSoon, telling how long to wait, or FactorUnavailable where there is no phone."""
        self.must_take("sms")
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
