"""A code by SMS: sent when it is asked for, void as soon as a newer one is sent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from shared import policy
from shared.auth import attempt_limits
from shared.auth.factors.base import Attempt, Factor, Proof, Question
from shared.crypto import randomness, seal
from shared.delivery.notices import CodeSent
from shared.domain.challenges import NO_CODE, Challenge, code_expiry
from shared.domain.identifiers import account_of, user_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import WrongCode
from shared.storage import engine
from shared.storage.engine import Write


class SmsFactor(Factor):
    name = "sms"
    off: ClassVar[Mapping[str, Any]] = {"phone": None}

    def is_on(self, holder: User | Login) -> bool:
        return holder.phone is not None

    def ask(self, challenge: Challenge, *, now: datetime) -> Question:
        """Return the challenge with a code on its way. Its writes are refused as TooManyMessages."""
        texted, message = texting(challenge, now=now)
        return Question(texted, charging(texted, now=now), [message])

    def keys(self, user_id: str) -> list[engine.Key]:
        return []  # the challenge has the sealed code

    def prove(self, attempt: Attempt, code: str, *, now: datetime) -> Proof:
        challenge = attempt.challenge
        if challenge.sealed_code == NO_CODE or not seal.is_code(challenge.sealed_code, challenge.challenge_id, code):
            raise WrongCode
        return Proof()  # the challenge is closed with it, which uses the code up

    def removing(self, user_id: str) -> list[Write]:
        return []


def texting(challenge: Challenge, *, now: datetime) -> tuple[Challenge, CodeSent]:
    """Return the challenge with a new code, and the SMS that carries it. Once stored it voids an older code."""
    code = randomness.code()
    texted = replace(
        challenge,
        channel=SmsFactor.name,
        sealed_code=seal.code(challenge.challenge_id, code),
        expires_at=code_expiry(started_at=challenge.created_at, now=now),
        resend_at=now + policy.RESEND_AFTER,
    )
    notice_id = f"code:{challenge.challenge_id}:{now.timestamp()}"
    account_id = account_of(challenge.challenge_id)
    return texted, CodeSent(notice_id, str(challenge.phone), challenge.language, code, texted.expires_at, account_id)


def charging(challenge: Challenge, *, now: datetime) -> list[Write]:
    """Count one SMS against the limits of the challenge's number and account. Refused as TooManyMessages."""
    return attempt_limits.charging_message(str(challenge.phone), user_of(challenge.challenge_id), now=now)
