"""Limits before a proof is looked at. The order is always: pay for the try, then look."""

from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.crypto import seal
from shared.domain.backoff import Ladder
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.errors import TooManyCodes, TooManyForgeries, TooManyNames, TooManyPasswords, TooManyResets
from shared.storage import attempts, counters
from shared.storage.engine import Write

PASSWORDS = Ladder(policy.FREE_PASSWORD_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
PASSWORDS_FROM_ANYWHERE = Ladder(
    policy.FREE_PASSWORD_TRIES_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
API_PASSWORDS = Ladder(policy.FREE_API_PASSWORD_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
API_PASSWORDS_FROM_ANYWHERE = Ladder(
    policy.FREE_API_PASSWORD_TRIES_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
RESETS = Ladder(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT)
RESETS_FROM_ADDRESS = Ladder(policy.FREE_RESETS_FROM_ADDRESS, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
FORGERIES = Ladder(policy.FREE_FORGERIES, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
NAMES = Ladder(policy.FREE_NAMES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
CODES = Ladder(policy.FREE_CODE_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_TRIES)


@dataclass(frozen=True)
class PasswordTries:
    """The counts that a wrong password raises. They belong to the login as typed, whether it exists or not.

    A known device has a count of its own and no other, so that strangers cannot lock its owner out; and so has one
    who is signed in already.
    """

    login: str
    origin: Origin
    device: Device | None = None
    signed_in: bool = False

    def paying(self, *, now: datetime) -> list[Write]:
        """Refused as TooManyPasswords."""
        return [attempts.paying(about, ladder, TooManyPasswords, now=now) for about, ladder in self._counts()]

    def forgiving(self) -> list[Write]:
        return [attempts.forgiving(about) for about, _ in self._counts()]

    def _counts(self) -> list[tuple[str, Ladder]]:
        name = "password:" + seal.fingerprint("login", self.login)
        if self.signed_in:
            return [(f"{name}:signed-in", PASSWORDS)]
        if self.device:
            return [(f"{name}:{self.device.device_id}", PASSWORDS)]
        return [(f"{name}:{self.origin.network}", PASSWORDS), (f"{name}:anywhere", PASSWORDS_FROM_ANYWHERE)]


@dataclass(frozen=True)
class ApiPasswordTries(PasswordTries):
    """The counts that a program's wrong password raises: none of the panel's, so that neither locks the other out.

    Whoever is not `admitted`, from an address that the account takes passwords from, is counted apart: strangers
    cannot lock a program out.
    """

    admitted: bool = False

    def _counts(self) -> list[tuple[str, Ladder]]:
        name = "api-password:" + seal.fingerprint("login", self.login)
        together = "inside" if self.admitted else "outside"
        return [
            (f"{name}:{self.origin.network}", API_PASSWORDS),
            (f"{name}:{together}", API_PASSWORDS_FROM_ANYWHERE),
        ]


def paying_for_reset(login: str, origin: Origin, *, now: datetime) -> list[Write]:
    """Counts a link asked for, for a login as typed and from an address. Refused as TooManyResets."""
    return [
        attempts.paying("reset:" + seal.fingerprint("login", login), RESETS, TooManyResets, now=now),
        attempts.paying(f"reset-from:{origin.network}", RESETS_FROM_ADDRESS, TooManyResets, now=now),
    ]


def paying_for_email(user_id: str, *, now: datetime) -> Write:
    """Counts a link to a new address. Refused as TooManyResets."""
    return attempts.paying(f"email:{user_id}", RESETS, TooManyResets, now=now)


def paying_for_code(user_id: str, *, now: datetime) -> Write:
    """Counts a try at any code of this user. Refused as TooManyCodes or CodesLocked."""
    return attempts.paying(_codes_of(user_id), CODES, TooManyCodes, now=now)


def allowing_code(user_id: str, *, now: datetime) -> Write:
    """Insists that a code sent now could be tried now, so that no message is wasted."""
    return attempts.allowing(_codes_of(user_id), CODES, TooManyCodes, now=now)


def forgiving_codes(user_id: str) -> Write:
    return attempts.forgiving(_codes_of(user_id))


def charging_message(phone: str, user_id: str, *, now: datetime) -> list[Write]:
    """One SMS for this number and account. Refused as TooManyMessages."""
    return [
        counters.charging_number(seal.fingerprint("phone", phone), now=now),
        counters.charging_account(account_of(user_id), now=now),
    ]


def paying_for_forgery(origin: Origin, *, now: datetime) -> Write:
    """Counts a secret that nobody holds, by the address it came from. Refused as TooManyForgeries."""
    return attempts.paying(f"forged-from:{origin.network}", FORGERIES, TooManyForgeries, now=now)


def paying_for_name(account_id: str, *, now: datetime) -> Write:
    """Counts a login that an account tries for a sub-user, taken or not. Refused as TooManyNames."""
    return attempts.paying(f"names:{account_id}", NAMES, TooManyNames, now=now)


def _codes_of(user_id: str) -> str:
    return f"code:{user_id}"
