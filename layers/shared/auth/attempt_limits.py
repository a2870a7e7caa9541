"""Limits on attempts: failed ones count up, and the next must wait longer.

The order is always the same: commit `recording` first, then look at the proof, and, for passwords and codes, commit
`resetting` if it was right. So of many guesses at once each one is counted, and a crash in between costs an attempt and
gives none away.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from shared import policy
from shared.crypto import seal
from shared.domain.backoff import Backoff
from shared.domain.devices import Device
from shared.domain.origins import Origin
from shared.errors import TooManyCodes, TooManyForgeries, TooManyNames, TooManyPasswords, TooManyResets
from shared.storage import attempts
from shared.storage.engine import Write

PASSWORDS = Backoff(policy.FREE_PASSWORD_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
PASSWORDS_FROM_ANYWHERE = Backoff(
    policy.FREE_PASSWORD_ATTEMPTS_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
API_PASSWORDS = Backoff(policy.FREE_API_PASSWORD_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
API_PASSWORDS_FROM_ANYWHERE = Backoff(
    policy.FREE_API_PASSWORD_ATTEMPTS_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
RESETS = Backoff(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT)
RESETS_FROM_ADDRESS = Backoff(policy.FREE_RESETS_FROM_ADDRESS, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
FORGERIES = Backoff(policy.FREE_FORGERIES, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
UNDOING = Backoff(policy.FREE_UNDO_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT)
NAMES = Backoff(policy.FREE_NAMES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
CODES = Backoff(policy.FREE_CODE_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_ATTEMPTS)


@dataclass(frozen=True)
class PasswordAttempts:
    """The counters of wrong passwords for a login as typed, whether it exists or not (ASVS V6.3.8).

    A known device has a counter of its own and no other, so that strangers cannot make its user wait; a user who is
    signed in has one too.
    """

    login: str
    origin: Origin
    device: Device | None = None
    signed_in: bool = False

    def recording(self, *, now: datetime) -> list[Write]:
        """Count an attempt. Refused as TooManyPasswords while the caller must wait."""
        return [attempts.recording(about, backoff, TooManyPasswords, now=now) for about, backoff in self._counters]

    def resetting(self) -> list[Write]:
        """Set the counters to zero after a right password."""
        return [attempts.resetting(about) for about, _ in self._counters]

    @cached_property
    def _counters(self) -> list[tuple[str, Backoff]]:
        """Return the keys of the counters, each with its back-off."""
        name = "password:" + seal.fingerprint("login", self.login)
        if self.signed_in:
            return [(f"{name}:signed-in", PASSWORDS)]
        if self.device:
            return [(f"{name}:{self.device.device_id}", PASSWORDS)]
        return [(f"{name}:{self.origin.network}", PASSWORDS), (f"{name}:anywhere", PASSWORDS_FROM_ANYWHERE)]


@dataclass(frozen=True)
class ApiPasswordAttempts(PasswordAttempts):
    """The counters of wrong API passwords. They are apart from those of the panel, so that neither blocks the other.

    `admitted`: the address is on the account's IP list, so the right password would be accepted. Attempts from other
    addresses are counted apart, so that strangers cannot block a program.
    """

    admitted: bool = False

    @cached_property
    def _counters(self) -> list[tuple[str, Backoff]]:
        name = "api-password:" + seal.fingerprint("login", self.login)
        together = "inside" if self.admitted else "outside"
        return [
            (f"{name}:{self.origin.network}", API_PASSWORDS),
            (f"{name}:{together}", API_PASSWORDS_FROM_ANYWHERE),
        ]


def recording_reset(login: str, origin: Origin, *, now: datetime) -> list[Write]:
    """Count a request for a reset link, by the login as typed and by address. Refused as TooManyResets."""
    return [
        attempts.recording("reset:" + seal.fingerprint("login", login), RESETS, TooManyResets, now=now),
        attempts.recording(f"reset-from:{origin.network}", RESETS_FROM_ADDRESS, TooManyResets, now=now),
    ]


def recording_email_change(user_id: str, *, now: datetime) -> Write:
    """Count a request to change the e-mail address. Refused as TooManyResets."""
    return attempts.recording(f"email:{user_id}", RESETS, TooManyResets, now=now)


def recording_undo(link_id: str, *, now: datetime) -> Write:
    """Count a proof that is given with a link that undoes a change. Refused as TooManyPasswords."""
    return attempts.recording(f"undo:{link_id}", UNDOING, TooManyPasswords, now=now)


def resetting_undo(link_id: str) -> Write:
    """Set the counter of that link to zero after a right proof."""
    return attempts.resetting(f"undo:{link_id}")


def recording_code_attempt(user_id: str, *, now: datetime) -> Write:
    """Count an attempt at any code of this user, whatever the factor.

    Refused as TooManyCodes or CodesLocked; as LastAttempt if no code is taken after it, see `code_attempts`.
    """
    return attempts.recording(_code_counter(user_id), CODES, TooManyCodes, now=now)


def recording_last_code_attempt(user_id: str, *, now: datetime) -> Write:
    """Count the attempt after which no other is taken. Refused as TooManyCodes or CodesLocked."""
    return attempts.recording_last(_code_counter(user_id), CODES, TooManyCodes, now=now)


def noting_lock(user_id: str) -> Write:
    """Mark the lock of the user's codes as written to the activity log. Refused as Outrun if it is already."""
    return attempts.noting_lock(_code_counter(user_id), CODES)


def checking_code_attempts(user_id: str, *, now: datetime) -> Write:
    """Assert that the user need not wait before a code, so that no SMS is spent on one that could not be tried.

    Refused as TooManyCodes or CodesLocked.
    """
    return attempts.checking(_code_counter(user_id), CODES, TooManyCodes, now=now)


def resetting_code_attempts(user_id: str) -> Write:
    """Set the counter of wrong codes to zero after a right one."""
    return attempts.resetting(_code_counter(user_id))


def recording_forgery(origin: Origin, *, now: datetime) -> Write:
    """Count a well-formed but unknown secret against the address it came from. Refused as TooManyForgeries."""
    return attempts.recording(f"forged-from:{origin.network}", FORGERIES, TooManyForgeries, now=now)


def recording_login_choice(account_id: str, *, now: datetime) -> Write:
    """Count a login that an account chooses for a sub-user, taken or not: taken ones tell of other accounts.

    Refused as TooManyNames.
    """
    return attempts.recording(f"names:{account_id}", NAMES, TooManyNames, now=now)


def _code_counter(user_id: str) -> str:
    return f"code:{user_id}"
