"""Challenges: the second step of a sign-in, of a confirmation, or of the proof of a new phone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import policy
from shared.domain.identifiers import user_of
from shared.domain.instants import NEVER
from shared.errors import (
    ChallengeAnswered,
    ChallengeEnding,
    ChallengeExpired,
    ChallengeSpent,
    FactorUnavailable,
    ResendTooSoon,
)

FORGIVEN = {ord(blank): None for blank in " \t\n\r\u00a0\u2007\u2009\u202f-\u2010\u2011\u2012\u2013"} | {
    ord("０") + digit: str(digit) for digit in range(10)
}
"""A translation table: blanks and dashes pasted with a code are removed, full-width digits become ASCII digits."""

LOGIN, RESET, CONFIRMATION, PHONE = "login", "reset", "confirmation", "phone"
"""Purposes of a challenge: to sign in by password, to sign in after a reset, to confirm a session, to prove a new
phone. It serves no other.
"""

PURPOSES = (LOGIN, RESET, CONFIRMATION, PHONE)

SIGN_INS = (LOGIN, RESET, CONFIRMATION)
"""Purposes of the challenges that open a session."""

GIVEN, GIVEN_BEFORE, NEW = "given", "given_before", "new"
"""States of a number that its user has not proved: an operator gave it and this is its first sign-in, or a later one;
or it is being enrolled.
"""

FACTORS = ("sms", "totp", "recovery_code")
"""The second factors by the names that the API, the activity log and stored rows have for them."""

NO_CODE = ""


@dataclass(frozen=True)
class Challenge:
    """A question for a second factor, open until it is answered, out of attempts, or expired.

    `channel` is the factor that the user was asked for, `factors` are all that are accepted, with blanks between.
    `sealed_code` is the newest code sent by SMS, sealed, or NO_CODE. `replaces` is the id of the session that ends when
    this challenge opens a new one. `idle`, `transport` and `device_known` are what the sign-in's first step decided.
    `challenge_id` is a secret: whoever has it and the code gets the session. `shares` is the row of an earlier
    challenge whose code and attempts are this one's too. `expected`: the user need not be told of an unknown device, as
    another e-mail tells of the sign-in. `phone_unproved` is None for a number that was proved.
    """

    challenge_id: str = field(repr=False)
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
    shares: str | None = None
    phone_unproved: str | None = None
    expected: bool = False
    email_at: datetime = NEVER

    @property
    def user_id(self) -> str:
        return user_of(self.challenge_id)

    @property
    def pot(self) -> str:
        """What its messages and its like are counted for: its purpose, and at a sign-in the kind of device."""
        if self.purpose == LOGIN:
            return "known-device" if self.device_known else "unknown-device"
        return self.purpose

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
        """Raise ResendTooSoon, with the time to wait, FactorUnavailable if the user has no phone, or ChallengeEnding.

        The last says that a new code could not live `policy.SHORTEST_CODE_LIFETIME`.
        """
        self.must_take("sms")
        if code_expiry(started_at=self.created_at, now=now) < now + policy.SHORTEST_CODE_LIFETIME:
            raise ChallengeEnding
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
