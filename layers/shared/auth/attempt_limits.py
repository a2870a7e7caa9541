"""Limits before a proof is looked at. The order is always: pay for the try, then look."""

from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.crypto import seal
from shared.domain.backoff import Backoff
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.errors import TooManyCodes, TooManyForgeries, TooManyNames, TooManyPasswords, TooManyResets
from shared.storage import attempts, counters
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
NAMES = Backoff(policy.FREE_NAMES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
CODES = Backoff(policy.FREE_CODE_ATTEMPTS, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_ATTEMPTS)


@dataclass(frozen=True)
class PasswordAttempts:
    """The counts that a wrong password raises. They belong to the login as typed, whether it exists or not.

    A known device has a count of its own and no other, so that strangers cannot lock its owner out; and so has one
    who is signed in already.
    """

    login: str
    origin: Origin
    device: Device | None = None
    signed_in: bool = False

    def recording(self, *, now: datetime) -> list[Write]:
        """Refused as TooManyPasswords."""
        return [attempts.recording(about, backoff, TooManyPasswords, now=now) for about, backoff in self._counts()]

    def resetting(self) -> list[Write]:
        return [attempts.resetting(about) for about, _ in self._counts()]

    def _counts(self) -> list[tuple[str, Backoff]]:
        name = "password:" + seal.fingerprint("login", self.login)
        if self.signed_in:
            return [(f"{name}:signed-in", PASSWORDS)]
        if self.device:
            return [(f"{name}:{self.device.device_id}", PASSWORDS)]
        return [(f"{name}:{self.origin.network}", PASSWORDS), (f"{name}:anywhere", PASSWORDS_FROM_ANYWHERE)]


@dataclass(frozen=True)
class ApiPasswordAttempts(PasswordAttempts):
    """The counts that a program's wrong password raises: none of the panel's, so that neither locks the other out.

    Whoever is not `admitted`, from an address that the account takes passwords from, is counted apart: strangers
    cannot lock a program out.
    """

    admitted: bool = False

    def _counts(self) -> list[tuple[str, Backoff]]:
        name = "api-password:" + seal.fingerprint("login", self.login)
        together = "inside" if self.admitted else "outside"
        return [
            (f"{name}:{self.origin.network}", API_PASSWORDS),
            (f"{name}:{together}", API_PASSWORDS_FROM_ANYWHERE),
        ]


def recording_reset(login: str, origin: Origin, *, now: datetime) -> list[Write]:
    """Counts a link asked for, for a login as typed and from an address. Refused as TooManyResets."""
    return [
        attempts.recording("reset:" + seal.fingerprint("login", login), RESETS, TooManyResets, now=now),
        attempts.recording(f"reset-from:{origin.network}", RESETS_FROM_ADDRESS, TooManyResets, now=now),
    ]


def recording_email_change(user_id: str, *, now: datetime) -> Write:
    """Counts a link to a new address. Refused as TooManyResets."""
    return attempts.recording(f"email:{user_id}", RESETS, TooManyResets, now=now)


def recording_code_attempt(user_id: str, *, now: datetime) -> Write:
    """Counts a try at any code of this user. Refused as TooManyCodes or CodesLocked."""
    return attempts.recording(_codes_of(user_id), CODES, TooManyCodes, now=now)


def checking_code_attempts(user_id: str, *, now: datetime) -> Write:
    """Insists that a code sent now could be tried now, so that no message is wasted."""
    return attempts.checking(_codes_of(user_id), CODES, TooManyCodes, now=now)


def resetting_code_attempts(user_id: str) -> Write:
    return attempts.resetting(_codes_of(user_id))


def charging_message(phone: str, user_id: str, *, now: datetime) -> list[Write]:
    """One SMS for this number and account. Refused as TooManyMessages."""
    return [
        counters.charging_number(seal.fingerprint("phone", phone), now=now),
        counters.charging_account(account_of(user_id), now=now),
    ]


def recording_forgery(origin: Origin, *, now: datetime) -> Write:
    """Counts a secret that nobody holds, by the address it came from. Refused as TooManyForgeries."""
    return attempts.recording(f"forged-from:{origin.network}", FORGERIES, TooManyForgeries, now=now)


def recording_login_choice(account_id: str, *, now: datetime) -> Write:
    """Counts a login that an account tries for a sub-user, taken or not. Refused as TooManyNames."""
    return attempts.recording(f"names:{account_id}", NAMES, TooManyNames, now=now)


def _codes_of(user_id: str) -> str:
    return f"code:{user_id}"
