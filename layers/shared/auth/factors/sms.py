"""A code by SMS: sent when it is asked for, void as soon as a newer one is sent."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from shared import policy
from shared.auth import message_limits
from shared.auth.factors.base import Attempt, Factor, Proof, Question
from shared.crypto import randomness, seal
from shared.delivery import conversion
from shared.delivery.notices import CodeSent
from shared.domain.challenges import NO_CODE, Challenge, code_expiry
from shared.domain.identifiers import account_of, user_of
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import WrongCode
from shared.storage import challenges, engine
from shared.storage.engine import Write
from shared.storage.message_budgets import AskedJustNow, Asking


class SmsFactor(Factor):
    name = "sms"
    off: ClassVar[Mapping[str, Any]] = {"phone": None}

    def is_on(self, holder: User | Login) -> bool:
        return holder.phone is not None

    def ask(self, challenge: Challenge, asking: Asking, *, now: datetime) -> Question:
        """Return the challenge with a code on its way. Its writes are refused as TooManyMessages or AskOtherwise."""
        if asking.shares:
            return _sharing(challenge, asking.shares, now=now)
        texted, message = texting(challenge, now=now)
        return Question(texted, message_limits.charging(texted, asking, now=now), [message])

    def keys(self, user_id: str) -> list[engine.Key]:
        return []  # the challenge has the sealed code

    def prove(self, attempt: Attempt, code: str, *, now: datetime) -> Proof:
        challenge = attempt.challenge
        row = challenges.code_row(challenge)
        if challenge.sealed_code == NO_CODE or not seal.is_code(challenge.sealed_code, row, code):
            raise WrongCode
        conversion.verified(str(challenge.phone))
        return Proof(
            message_limits.proving(challenge, now=now)
        )  # the challenge is closed with it, which uses the code up

    def removing(self, user_id: str) -> list[Write]:
        return []


def texting(challenge: Challenge, *, now: datetime) -> tuple[Challenge, CodeSent]:
    """Return the challenge with a new code, and the SMS that carries it. Once stored it voids an older code."""
    code = randomness.code()
    texted = replace(
        challenge,
        channel=SmsFactor.name,
        sealed_code=seal.code(challenges.code_row(challenge), code),
        expires_at=code_expiry(started_at=challenge.created_at, now=now),
        resend_at=now + policy.RESEND_AFTER,
    )
    # An id of its own: logs have it, and the challenge's id is a secret.
    notice_id = f"code:{randomness.record_id(user_of(challenge.challenge_id))}"
    phone, language = str(challenge.phone), challenge.language
    account_id = account_of(challenge.challenge_id)
    return texted, CodeSent(notice_id, phone, language, code, texted.expires_at, challenge.purpose, account_id)


def _sharing(challenge: Challenge, earlier: AskedJustNow, *, now: datetime) -> Question:
    """Return the challenge onto the code of an earlier one, without a message. Its writes are refused as SharedIsOver.

    Its attempts are those of the earlier one, and an answer to either closes both.
    """
    shared = replace(
        challenge,
        shares=earlier.row,
        expires_at=earlier.asked_at + policy.CODE_LIFETIME,
        resend_at=earlier.asked_at + policy.RESEND_AFTER,
    )
    return Question(shared, [challenges.sharing(shared, now=now)])
