"""The rules of SMS Authenticator: the newest code that a user sent to a number, and the attempts at it."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain.backoff import Backoff
from shared.domain.challenges import NO_CODE, clean
from shared.domain.instants import NEVER
from shared.errors import CodeEmpty, CodeMalformed, ContentWithoutCode, ResendTooSoon, TooManyMessages

PLACEHOLDER = "[%code%]"
"""Stands in a customer's own text for the code."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class MfaCode:
    """The newest code that one user sent to one number, both of which `about` names. It has so many `digits`.

    `last_guess` is the last attempt at this code, sealed like the code itself. It equals `sealed_code` once the right
    code was given, so the row alone shows that, and no further attempt is accepted. `failures` counts the attempts at
    codes that could have been right, since the last code that was proved and over any number of codes. `sent` has the
    times of the last messages, the newest first.
    """

    about: str
    code_id: str = ""
    sealed_code: str = field(default=NO_CODE, repr=False)
    digits: int = policy.CODE_DIGITS
    last_guess: str = field(default=NO_CODE, repr=False)
    last_try: str = ""
    expires_at: datetime = NEVER
    failures: int = 0
    last_at: datetime = NEVER
    sent: tuple[datetime, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether the right code was given. Only a code that has not expired is judged."""
        return self.sealed_code != NO_CODE and self.last_guess == self.sealed_code

    def has_expired(self, *, now: datetime) -> bool:
        return now >= self.expires_at

    def must_allow_code(self, *, now: datetime) -> None:
        """Raise ResendTooSoon or TooManyMessages. Wrong guesses, which a stranger may cause, never stop a code."""
        if wait := self._wait_until_fewer_than(1, policy.MFA_RESEND_AFTER, now=now):
            raise ResendTooSoon(retry_after=wait)
        hour = self._wait_until_fewer_than(policy.MFA_SMS_PER_NUMBER_AND_HOUR, HOUR, now=now)
        day = self._wait_until_fewer_than(policy.MFA_SMS_PER_NUMBER_AND_DAY, DAY, now=now)
        if hour or day:
            raise TooManyMessages(retry_after=max(hour, day))

    def wait(self, backoff: Backoff, *, now: datetime) -> timedelta:
        """Return how long the next attempt has to wait."""
        wait = backoff.wait_after(self._current_failures(now=now))
        return max(self.last_at + wait - now, timedelta(0)) if wait else wait

    def with_code(self, code_id: str, sealed_code: str, *, digits: int, lifetime: timedelta, now: datetime) -> Self:
        """Return the row with a new code. It voids the old one, but does not reset the failures by itself."""
        return replace(
            self,
            code_id=code_id,
            sealed_code=sealed_code,
            digits=digits,
            last_guess=NO_CODE,
            last_try="",
            expires_at=now + lifetime,
            failures=self._current_failures(now=now),
            sent=(now, *self.sent)[: policy.MFA_SMS_PER_NUMBER_AND_DAY],
        )

    def _current_failures(self, *, now: datetime) -> int:
        """Return the failures that count at *now*: none after a code that was proved, or after a long pause."""
        is_long_ago = now - self.last_at >= policy.MFA_ATTEMPTS_REMEMBERED_FOR
        return 0 if self.is_proved or is_long_ago else self.failures

    def _wait_until_fewer_than(self, messages: int, span: timedelta, *, now: datetime) -> timedelta:
        """Return how long it takes until fewer than *messages* were sent within *span*."""
        if len(self.sent) < messages:
            return timedelta(0)
        return max(self.sent[messages - 1] + span - now, timedelta(0))


@dataclass(frozen=True)
class Answered:
    """The answer to a request with an Idempotency-Key. `about` names user, number and key, and whether the
    code is hidden from whoever asked: so what one kind of token was told, or was not, the other kind never gets.

    `asked` is a fingerprint of the rest of the request. The code itself is not stored: it is derived again from `salt`
    and the sealing key of `key_version` (see `seal.code_again`).
    """

    about: str
    asked: str
    code_id: str
    salt: str = field(repr=False)
    key_version: str
    digits: int
    made_at: datetime
    expires_at: datetime

    def holds(self, *, now: datetime) -> bool:
        """Whether a request with the same key still gets this answer."""
        return now < self.made_at + policy.MFA_KEY_REMEMBERED_FOR


def backoff(digits: int, *, strict: bool = False) -> Backoff:
    """Return the back-off for codes of so many digits. If *strict*, half as many attempts are free, rounded up."""
    usual = Backoff(*policy.MFA_ATTEMPTS.get(digits, policy.MFA_ATTEMPTS_OF_LONGER))
    return replace(usual, free=(usual.free + 1) // 2) if strict else usual


def most_wrong(digits: int) -> int:
    """Return how many wrong codes of so many digits one user may have in an hour before tries become fewer."""
    return policy.MFA_WRONG_PER_USER_AND_HOUR.get(digits, policy.MFA_WRONG_PER_USER_AND_HOUR_OF_LONGER)


def read_code(typed: str) -> str:
    """Return the digits in *typed*, as a person typed or pasted them. Raises CodeEmpty or CodeMalformed."""
    code = clean(typed)
    fewest, most = policy.MFA_CODE_DIGITS
    if not code:
        raise CodeEmpty
    if not re.fullmatch(f"[0-9]{{{fewest},{most}}}", code):
        raise CodeMalformed
    return code


def fill_in(content: str, code: str) -> str:
    """Return *content*, a customer's own text, with *code* in the place of PLACEHOLDER."""
    return content.replace(PLACEHOLDER, code)


def must_have_placeholder(content: str) -> None:
    """Raise ContentWithoutCode if *content*, a customer's own text, has no PLACEHOLDER."""
    if PLACEHOLDER not in content:
        raise ContentWithoutCode
