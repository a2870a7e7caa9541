"""Limits before a proof is looked at, and who is calling. The order is always: pay for the try, then look."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from shared import policy, seal
from shared.domain import identifiers
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.domain.waits import Ladder
from shared.errors import NotSignedIn, Outrun, TooManyCodes, TooManyPasswords
from shared.storage import budgets, sessions, strikes
from shared.storage.engine import Write, commit

PASSWORDS = Ladder(policy.FREE_PASSWORD_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
PASSWORDS_FROM_ANYWHERE = Ladder(
    policy.FREE_PASSWORD_TRIES_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
CODES = Ladder(policy.FREE_CODE_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_TRIES)


@dataclass(frozen=True)
class Caller:
    """Who a request comes from, proved by a session."""

    user: User
    session: Session


@dataclass(frozen=True)
class PasswordTries:
    """The counts that a wrong password raises. They belong to the login as typed, whether it exists or not.

    A known device has a count of its own and no other, so that strangers cannot lock its owner out.
    """

    login: str
    origin: Origin
    device: Device | None

    def paying(self, *, now: datetime) -> list[Write]:
        """Refused as TooManyPasswords."""
        return [strikes.paying(about, ladder, TooManyPasswords, now=now) for about, ladder in self._counts()]

    def forgiving(self) -> list[Write]:
        return [strikes.forgiving(about) for about, _ in self._counts()]

    def _counts(self) -> list[tuple[str, Ladder]]:
        name = "password:" + seal.fingerprint("login", self.login)
        if self.device:
            return [(f"{name}:{self.device.device_id}", PASSWORDS)]
        return [(f"{name}:{self.origin.network}", PASSWORDS), (f"{name}:anywhere", PASSWORDS_FROM_ANYWHERE)]


def paying_for_code(user_id: str, *, now: datetime) -> Write:
    """Counts a try at any code of this user. Refused as TooManyCodes or CodesLocked."""
    return strikes.paying(_codes_of(user_id), CODES, TooManyCodes, now=now)


def allowing_code(user_id: str, *, now: datetime) -> Write:
    """Insists that a code sent now could be tried now, so that no message is wasted."""
    return strikes.allowing(_codes_of(user_id), CODES, TooManyCodes, now=now)


def forgiving_codes(user_id: str) -> Write:
    return strikes.forgiving(_codes_of(user_id))


def charging_message(phone: str, user_id: str, *, now: datetime) -> list[Write]:
    """One SMS for this number and account. Refused as TooManyMessages."""
    return [
        budgets.charging_number(seal.fingerprint("phone", phone), now=now),
        budgets.charging_account(account_of(user_id), now=now),
    ]


def who_is_calling(text: str, *, now: datetime) -> Caller:
    """The holder of a session token, found in one round trip. Garbage costs none.

    Raises NotSignedIn where the token is unknown or forged, the session has ended, or its user is not welcome.
    """
    token = identifiers.read(text, kind="session")
    if token is None:
        raise NotSignedIn
    session, user = sessions.find_with_user(token.id)
    if not (session and user and seal.is_token(session.sealed_secret, token)):
        raise NotSignedIn
    if not (session.lives(now=now) and user.honours(proved_at=session.proved_at)):
        raise NotSignedIn
    return Caller(user, _touched(session, now=now))


def _touched(session: Session, *, now: datetime) -> Session:
    if not session.is_worth_touching(now=now):
        return session
    with suppress(Outrun):  # another request of the same session wrote it down first
        commit(sessions.touching(session, now=now))
    return replace(session, used_at=now)


def _codes_of(user_id: str) -> str:
    return f"code:{user_id}"
