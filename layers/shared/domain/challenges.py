"""Challenges: the second step of a sign-in, of a confirmation, or of the proof of a new phone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.instants import NEVER
from shared.errors import ChallengeAnswered, ChallengeExpired, ChallengeSpent, FactorUnavailable, ResendTooSoon

FORGIVEN = {ord(blank): None for blank in " \t\n\r\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013"} | {
    ord("０") + digit: str(digit) for digit in range(10)
}
"""A translation table: blanks and dashes pasted with a code are removed, full-width digits become ASCII digits."""

LOGIN, CONFIRMATION, PHONE = "login", "confirmation", "phone"
"""Purposes of a challenge: to sign in, to confirm a session, to prove a new phone. It serves no other."""

FACTORS = ("sms", "totp", "recovery_code")
"""The second factors by the names that the API, the activity log and stored rows have for them."""

NO_CODE = ""


@dataclass(frozen=True)
class Challenge:
    """A question for a second factor, open until it is answered, out of attempts, or expired.

    `channel` is the factor that the user was asked for, `factors` are all that are accepted, with blanks between.
    `sealed_code` is the newest code sent by SMS, sealed, or NO_CODE. `replaces` is the id of the session that ends when
    this challenge opens a new one. `idle`, `transport` and `device_known` are what the sign-in's first step decided.
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
    device_seen_at: datetime = NEVER

    def must_be_open(self, *, now: datetime) -> None:
        """Raise ChallengeAnswered, ChallengeExpired or ChallengeSpent unless it is open."""
        if self.answered:
            raise ChallengeAnswered
        if now >= self.expires_at:
            raise ChallengeExpired
        if self.tries_left < 1:
            raise ChallengeSpent

    def must_take(self, factor: str) -> None:
        """Raise FactorUnavailable if the user has no such *factor*."""
        if factor not in self.factors.split():
            raise FactorUnavailable

    def must_allow_resend(self, *, now: datetime) -> None:
        """Raise ResendTooSoon, with the time to wait, or FactorUnavailable if the user has no phone."""
        self.must_take("sms")
        if now < self.resend_at:
            raise ResendTooSoon(retry_after=self.resend_at - now)


def code_expiry(*, started_at: datetime, now: datetime) -> datetime:
    """Return when a code sent *now* expires. A resend does not extend the challenge itself."""
    return min(now + policy.CODE_LIFETIME, started_at + policy.CHALLENGE_LIFETIME)


def clean(code: str) -> str:
    """Return *code* with the changes of FORGIVEN."""
    return code.translate(FORGIVEN)


def masked(phone: str) -> str:
    """Return *phone* with its middle digits replaced by asterisks, as in `+48******200` (ASVS V14.2.6)."""
    return phone[:3] + "*" * (len(phone) - 6) + phone[-3:]
