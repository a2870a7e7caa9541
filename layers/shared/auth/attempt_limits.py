"""Limits on attempts: failed ones count up, and the next must wait longer.

The order is always the same: commit `recording` first, then look at the proof, and, for passwords and codes, commit
`resetting` if it was right. So of many guesses at once each one is counted, and a crash in between costs an attempt and
gives none away. Limits on e-mails are in `mail_limits`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Self

from shared import policy
from shared.auth import networks
from shared.auth.networks import Failing
from shared.crypto import seal
from shared.domain.backoff import Backoff, Window
from shared.domain.devices import Device
from shared.domain.failure_marks import FailureMarks
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import (
    Refusal,
    TooMany,
    TooManyCodes,
    TooManyEndings,
    TooManyForgeries,
    TooManyNames,
    TooManyNewDevices,
    TooManyNewPasswords,
    TooManyPasswords,
)
from shared.storage import attempts, failure_marks
from shared.storage.engine import Key, Row, Write, commit
from shared.storage.failure_marks import Updates

PASSWORDS = Backoff(policy.FREE_PASSWORD_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
PASSWORDS_FROM_ANYWHERE = Backoff(
    policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
API_PASSWORDS = Backoff(policy.FREE_API_PASSWORD_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
API_PASSWORDS_FROM_ANYWHERE = Backoff(
    policy.FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
FORGERIES = Backoff(policy.FREE_FORGERIES, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
UNDOING = Backoff(policy.FREE_UNDO_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
ENDINGS = (
    Window(policy.ENDINGS_OF_OTHERS_AN_HOUR, timedelta(hours=1)),
    Window(policy.ENDINGS_OF_OTHERS_A_DAY, timedelta(days=1)),
)
NEW_DEVICES = (Window(policy.NEW_DEVICES_AN_HOUR, timedelta(hours=1)),)
GLASS_REFUSALS = Backoff(1, policy.GLASS_REFUSAL_TOLD_EVERY, policy.GLASS_REFUSAL_TOLD_EVERY)
NEW_PASSWORDS = Backoff(policy.FREE_NEW_PASSWORDS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
NAMES = Backoff(policy.FREE_NAMES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
CODES = Backoff(policy.FREE_CODE_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_ATTEMPTS)


class Limit(NamedTuple):
    """A counter: its key, its back-off, whether it makes the next attempt wait or only counts, whether its row has
    the marks of failed attempts, and whether audit events are made from it.
    """

    about: str
    backoff: Backoff
    guarded: bool = True
    marked: bool = False
    told: bool = False


@dataclass(frozen=True)
class PasswordAttempts:
    """The counters of wrong passwords for a login as typed, whether it exists or not (ASVS V6.3.8).

    A known device has a counter of its own and no other, so that strangers cannot make its user wait; a user who is
    signed in has one too. Attempts from a network that the login signed in from lately (`familiar`) are counted like
    those of strangers, and wait only for each other.

    `secret` is the hash of the password that is guessed: a new password starts the counters anew. `failing` are the
    failed sign-ins from the same place over all logins, None if they do not matter. `over` are the keys of counters
    that were read and found over, `marks` are those of failed attempts that were read. `user_id` is empty for a login
    that does not exist.
    """

    login: str
    origin: Origin
    device: Device | None = None
    signed_in: bool = False
    secret: str | None = field(default=None, repr=False)
    familiar: bool = False
    failing: Failing | None = None
    over: frozenset[str] = frozenset()
    marks: FailureMarks = field(default_factory=FailureMarks, hash=False)
    user_id: str = ""
    using_pass: Write | None = field(default=None, repr=False)
    """Uses up a one-use pass: such an attempt has a counter of its own, and waits for no others."""

    def with_pass(self, using: Write) -> Self:
        """Return the counters for somebody who shows a one-use pass, which *using* uses up."""
        return replace(self, device=None, familiar=False, failing=None, over=frozenset(), using_pass=using)

    @cached_property
    def named_secret(self) -> str:
        """The name of the guessed password. All logins without one have the same."""
        return seal.fingerprint("guessed", self.secret or "")

    def recording(self, *, now: datetime) -> list[Write]:
        """Count an attempt. Refused as TooManyPasswords while the caller must wait.

        Raises TooManyPasswords at once if too many sign-ins failed from the caller's network.
        """
        if self.failing and not self.familiar:
            self.failing.must_not_wait(now=now)
        recording = [self._recording(limit, now=now) for limit in self._limits]
        return [*recording, self.using_pass] if self.using_pass else recording

    def resetting(self, *, now: datetime) -> list[Write]:
        """Set the counters to zero after a right password, and take this login's failures from the network's.

        Of a counter that made nobody wait only this attempt is taken: it counts strangers, who would get new guesses.
        """
        resetting = [self._resetting(limit, now=now) for limit in self._limits]
        return [*resetting, *(self.failing.forgiving(now=now) if self.failing else [])]

    @contextmanager
    def judged(self, *, now: datetime) -> Iterator[None]:
        """Count what is refused inside the `with`, as `recording_refusal` does."""
        try:
            yield
        except Refusal:
            if recording := self.recording_refusal(now=now):
                commit(*recording)
            raise

    def recording_refusal(self, *, now: datetime) -> list[Write]:
        """Count an attempt that is refused against its network, or mark it if no counter did. Never refused."""
        if self.failing:
            return [self.failing.recording(now=now)]
        if self.device or self.using_pass:
            _, anywhere = _counted_for_strangers(self.login, self.origin)
            return [attempts.only_marking(anywhere, self._marking(now=now), user_id=self.user_id, now=now)]
        return []

    def _recording(self, limit: Limit, *, now: datetime) -> Write:
        record = attempts.starting if limit.about in self.over else attempts.recording
        return record(
            limit.about,
            limit.backoff,
            TooManyPasswords,
            secret=self.named_secret,
            guarded=limit.guarded,
            marking=self._marking(now=now) if limit.marked else (),
            user_id=self.user_id if limit.told else None,
            now=now,
        )

    def _resetting(self, limit: Limit, *, now: datetime) -> Write:
        # An attempt is marked before it is known whether it is right, so a right one takes its mark back.
        unmarking = failure_marks.unmarking(self.marks, self.origin.network, now=now) if limit.marked else []
        if not limit.guarded:
            return attempts.giving_back(limit.about, unmarking=unmarking, now=now)
        if limit.marked:
            return attempts.resetting_count(limit.about, unmarking=unmarking, now=now)
        return attempts.resetting(limit.about)

    def _marking(self, *, now: datetime) -> Updates:
        return failure_marks.marking(self.marks, self.origin.network, now=now)

    @cached_property
    def _limits(self) -> list[Limit]:
        name = _passwords_of(self.login)
        if self.signed_in:
            return [Limit(f"{name}:signed-in", PASSWORDS)]
        if self.using_pass:
            return [Limit(f"{name}:pass", PASSWORDS)]
        if self.device:
            return [Limit(f"{name}:{self.device.device_id}", PASSWORDS)]
        here, anywhere = _counted_for_strangers(self.login, self.origin)
        together = Limit(anywhere, PASSWORDS_FROM_ANYWHERE, guarded=not self.familiar, marked=True, told=True)
        return [Limit(here, PASSWORDS), together]


def keys_at_arrival(login: str, origin: Origin) -> list[Key]:
    """Return the keys of the rows that `at_arrival` decides by, to be read together with the login."""
    counters = [attempts.key(about) for about in _counted_for_strangers(login, origin)]
    return [*networks.keys("password", login, origin), *counters]


def at_arrival(
    login: str, found: Login | None, device: Device | None, rows: Sequence[Row], *, origin: Origin, now: datetime
) -> PasswordAttempts:
    """Return the counters for somebody who signs in, by the *rows* under `keys_at_arrival`.

    *found* is the login if it exists, *device* its known device.
    """
    failed, known, *counters = rows
    marks = failure_marks.marks_in(counters[-1])
    before = PasswordAttempts(
        login,
        origin,
        device,
        secret=found.password_hash if found else None,
        marks=marks,
        user_id=found.user_id if found else "",
    )
    if device:
        return before
    names = _counted_for_strangers(login, origin)
    return replace(
        before,
        familiar=networks.is_known(found, origin, known, now=now),
        failing=networks.failing("password", login, origin, failed),
        over=frozenset(
            name
            for name, row in zip(names, counters, strict=True)
            if attempts.is_over(row, secret=before.named_secret, now=now)
        ),
    )


@dataclass(frozen=True)
class ApiPasswordAttempts(PasswordAttempts):
    """The counters of wrong API passwords. They are apart from those of the panel, so that neither blocks the other.

    `admitted`: the address is on the account's IP list, so the right password would be accepted. Attempts from other
    addresses are counted apart, so that strangers cannot block a program.
    """

    admitted: bool = False

    @cached_property
    def _limits(self) -> list[Limit]:
        name = "api-password:" + seal.login(self.login)
        together = "inside" if self.admitted else "outside"
        return [
            Limit(f"{name}:{self.origin.network}", API_PASSWORDS, told=True),
            Limit(f"{name}:{together}", API_PASSWORDS_FROM_ANYWHERE),
        ]


def recording_new_password(by: str, *, now: datetime) -> Write:
    """Count a password that is to be checked against the rules. Refused as TooManyNewPasswords.

    *by* is the id of the user who is signed in, or of a link: so a thief with a session does not use up the owner's
    link. It is never given back: a good password costs as many slow hashes as a bad one.
    """
    return attempts.recording(f"new-password:{by}", NEW_PASSWORDS, TooManyNewPasswords, now=now)


def recording_end_of_others(user_id: str, *, now: datetime) -> Write:
    """Count that one of the user's sessions ends all others. Refused as TooManyEndings."""
    return attempts.asking(f"end-of-others:{user_id}", ENDINGS, TooManyEndings, now=now)


def recording_new_device(user_id: str, *, now: datetime) -> Write:
    """Count a session of the user that is opened from an unknown device. Refused as TooManyNewDevices."""
    return attempts.asking(f"new-devices:{user_id}", NEW_DEVICES, TooManyNewDevices, now=now)


def recording_undo(link_id: str, *, now: datetime) -> Write:
    """Count a proof that is given with a link that undoes a change. Refused as TooManyPasswords."""
    return attempts.recording(f"undo:{link_id}", UNDOING, TooManyPasswords, now=now)


def resetting_undo(link_id: str) -> Write:
    """Set the counter of that link to zero after a right proof."""
    return attempts.resetting(f"undo:{link_id}")


def failure_keys(login: str, user_id: str) -> list[Key]:
    """Return the keys of the rows with marks of failed sign-ins to *login*, and of wrong codes of its user."""
    return [attempts.key(f"{_passwords_of(login)}:anywhere"), code_attempts_key(user_id)]


def code_attempts_key(user_id: str) -> Key:
    """Return the key of the row that counts and marks wrong codes of the user."""
    return attempts.key(_code_counter(user_id))


def recording_code_attempt(user_id: str, marking: Updates = (), *, now: datetime) -> Write:
    """Count an attempt at any code of this user, whatever the factor.

    Refused as TooManyCodes or CodesLocked; as LastAttempt if no code is taken after it, see `code_attempts`.
    """
    return attempts.recording(_code_counter(user_id), CODES, TooManyCodes, marking=marking, now=now)


def counting_no_code(login: str, *, now: datetime) -> Write:
    """Write what counts nothing, where no code is counted for *login* and nobody is to see that by the time."""
    return attempts.only_marking("no-code:" + seal.login(login), (), now=now)


def recording_last_code_attempt(user_id: str, marking: Updates = (), *, now: datetime) -> Write:
    """Count the attempt after which no other is taken. Refused as TooManyCodes or CodesLocked."""
    return attempts.recording_last(_code_counter(user_id), CODES, TooManyCodes, marking=marking, now=now)


def noting_lock(user_id: str) -> Write:
    """Mark the lock of the user's codes as written to the activity log. Refused as Outrun if it is already."""
    return attempts.noting_lock(_code_counter(user_id), CODES)


def checking_code_attempts(user_id: str, *, now: datetime) -> Write:
    """Assert that the user need not wait before a code, so that no SMS is spent on one that could not be tried.

    Refused as TooManyCodes or CodesLocked.
    """
    return attempts.checking(_code_counter(user_id), CODES, TooManyCodes, now=now)


def resetting_code_attempts(user_id: str, unmarking: Updates = (), *, now: datetime) -> Write:
    """Set the counter of wrong codes to zero after a right one, whose mark *unmarking* takes back."""
    return attempts.resetting_count(_code_counter(user_id), unmarking=unmarking, now=now)


def takes_codes(row: Row, *, now: datetime) -> bool:
    """Whether codes of a user neither wait nor are locked, by the *row* under `code_attempts_key`."""
    return not attempts.must_wait(row, CODES, now=now)


class ToldBefore(TooMany):
    """The user was told a short while ago."""


def glass_refusal_key(user_id: str) -> Key:
    """Return the key of the row that `telling_of_glass_refusal` decides by."""
    return attempts.key(_glass_refusals_of(user_id))


def telling_of_glass_refusal(user_id: str, row: Row, *, now: datetime) -> list[Write]:
    """Record that the user is told of their right password that was refused where IP lists are turned off.

    Nothing if they were told within `policy.GLASS_REFUSAL_TOLD_EVERY`, by the *row* under `glass_refusal_key`. Refused
    as ToldBefore if another request was first.
    """
    if attempts.must_wait(row, GLASS_REFUSALS, now=now):
        return []
    record = attempts.starting if attempts.is_over(row, secret="", now=now) else attempts.recording
    return [record(_glass_refusals_of(user_id), GLASS_REFUSALS, ToldBefore, now=now)]


def recording_forgery(origin: Origin, *, now: datetime) -> Write:
    """Count a well-formed but unknown secret against the address it came from. Refused as TooManyForgeries."""
    return attempts.recording(f"forged-from:{origin.network}", FORGERIES, TooManyForgeries, now=now)


def recording_login_choice(account_id: str, *, now: datetime) -> Write:
    """Count a login that an account chooses for a sub-user, taken or not: taken ones tell of other accounts.

    Refused as TooManyNames.
    """
    return attempts.recording(_names_of(account_id), NAMES, TooManyNames, now=now)


def giving_back_login_choice(account_id: str, *, now: datetime) -> Write:
    """Take back a login that was free and is the sub-user's now: it told nothing of other accounts."""
    return attempts.giving_back(_names_of(account_id), now=now)


def _names_of(account_id: str) -> str:
    return f"names:{account_id}"


def _glass_refusals_of(user_id: str) -> str:
    return f"glass-refused:{user_id}"


def _passwords_of(login: str) -> str:
    return "password:" + seal.login(login)


def _counted_for_strangers(login: str, origin: Origin) -> tuple[str, str]:
    """Return the keys of the counters of a login for this network, and for all networks."""
    name = _passwords_of(login)
    return f"{name}:{origin.network}", f"{name}:anywhere"


def _code_counter(user_id: str) -> str:
    return f"code:{user_id}"
