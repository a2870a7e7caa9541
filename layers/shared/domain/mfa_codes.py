"""The newest code that an account sent to a number, and the tries at its codes: the rules of SMS Authenticator."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from shared import policy
from shared.domain.backoff import Ladder
from shared.domain.challenges import NO_CODE, clean
from shared.domain.instants import NEVER
from shared.errors import CodeEmpty, CodeMalformed, ContentWithoutCode, ResendTooSoon, TooManyCodes, TooManyMessages

PLACEHOLDER = "[%code%]"
"""Where the code stands in a customer's own text."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class ProvedNumber:
    """`about` names account and number. Of a code's tries the last one is remembered, sealed as the code is.

    So the right code is found out by the row alone, and once it was given no other try is taken: `last_guess` is
    `sealed_code` then. `failures` are the tries since the last code that was proved, whatever the number of codes.
    `sent` are the instants of the last messages, the newest first.
    """

    about: str
    code_id: str = ""
    sealed_code: str = field(default=NO_CODE, repr=False)
    last_guess: str = field(default=NO_CODE, repr=False)
    last_try: str = ""
    expires_at: datetime = NEVER
    failures: int = 0
    last_at: datetime = NEVER
    sent: tuple[datetime, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether the right code was given, in time or not."""
        return self.sealed_code != NO_CODE and self.last_guess == self.sealed_code

    def has_expired(self, *, now: datetime) -> bool:
        return now >= self.expires_at

    def must_allow_code(self, ladder: Ladder, *, now: datetime) -> None:
        """Raises ResendTooSoon, TooManyMessages, or TooManyCodes where a code sent now could not be tried now."""
        if wait := self._wait_after(1, policy.MFA_RESEND_AFTER, now=now):
            raise ResendTooSoon(retry_after=wait)
        hour = self._wait_after(policy.MFA_SMS_PER_NUMBER_AND_HOUR, HOUR, now=now)
        day = self._wait_after(policy.MFA_SMS_PER_NUMBER_AND_DAY, DAY, now=now)
        if hour or day:
            raise TooManyMessages(retry_after=max(hour, day))
        if wait := self.wait(ladder, now=now):
            raise TooManyCodes(retry_after=wait)

    def wait(self, ladder: Ladder, *, now: datetime) -> timedelta:
        """How long until the next try is taken."""
        wait = ladder.wait_after(self._failures(now=now))
        return max(self.last_at + wait - now, timedelta(0)) if wait else wait

    def with_code(self, code_id: str, sealed_code: str, *, lifetime: timedelta, now: datetime) -> Self:
        """With a new code: the old one is void, and only tries at a code that was proved are forgiven."""
        return replace(
            self,
            code_id=code_id,
            sealed_code=sealed_code,
            last_guess=NO_CODE,
            last_try="",
            expires_at=now + lifetime,
            failures=self._failures(now=now),
            sent=(now, *self.sent)[: policy.MFA_SMS_PER_NUMBER_AND_DAY],
        )

    def _failures(self, *, now: datetime) -> int:
        was_in_time = self.is_proved and self.last_at < self.expires_at
        is_long_ago = now - self.last_at >= policy.MFA_TRIES_REMEMBERED_FOR
        return 0 if was_in_time or is_long_ago else self.failures

    def _wait_after(self, messages: int, span: timedelta, *, now: datetime) -> timedelta:
        """How long until fewer than so many messages lie within *span*."""
        if len(self.sent) < messages:
            return timedelta(0)
        return max(self.sent[messages - 1] + span - now, timedelta(0))


@dataclass(frozen=True)
class Answered:
    """What a request with an Idempotency-Key was answered: `about` names account, number and key.

    `asked` is a fingerprint of what else was asked for. The code is not here: `salt` leads to it, for whoever has the
    sealing key of that version.
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
        """Whether the same key still gets the same answer."""
        return now < self.made_at + policy.MFA_KEY_REMEMBERED_FOR


def ladder(digits: int) -> Ladder:
    """How wrong codes of so many digits make the next try wait."""
    return Ladder(*policy.MFA_TRIES.get(digits, policy.MFA_TRIES_OF_LONGER))


def read_code(typed: str) -> str:
    """The digits that were meant. Raises CodeEmpty or CodeMalformed."""
    code = clean(typed)
    fewest, most = policy.MFA_CODE_DIGITS
    if not code:
        raise CodeEmpty
    if not re.fullmatch(f"[0-9]{{{fewest},{most}}}", code):
        raise CodeMalformed
    return code


def fill_in(content: str, code: str) -> str:
    """A customer's own text with the code in it."""
    return content.replace(PLACEHOLDER, code)


def must_hold_a_place(content: str) -> None:
    """Raises ContentWithoutCode where a customer's own text does not say where the code is to stand."""
    if PLACEHOLDER not in content:
        raise ContentWithoutCode
