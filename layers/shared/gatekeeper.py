"""Limits before a proof is looked at, and who is calling. The order is always: pay for the try, then look."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from shared import policy, seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.devices import Device
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.domain.waits import Ladder
from shared.errors import (
    NotSignedIn,
    Outrun,
    OwnerOnly,
    PasswordChangeNeeded,
    StepUpNeeded,
    TooManyCodes,
    TooManyPasswords,
    TooManyResets,
)
from shared.storage import budgets, sessions, strikes
from shared.storage.engine import Write, commit

PASSWORDS = Ladder(policy.FREE_PASSWORD_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT)
PASSWORDS_FROM_ANYWHERE = Ladder(
    policy.FREE_PASSWORD_TRIES_FROM_ANYWHERE, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE
)
RESETS = Ladder(policy.FREE_RESETS, policy.FIRST_RESET_WAIT, policy.LONGEST_RESET_WAIT)
RESETS_FROM_ADDRESS = Ladder(policy.FREE_RESETS_FROM_ADDRESS, policy.FIRST_WAIT, policy.LONGEST_WAIT_FROM_ANYWHERE)
CODES = Ladder(policy.FREE_CODE_TRIES, policy.FIRST_WAIT, policy.LONGEST_WAIT, policy.MAX_CODE_TRIES)


@dataclass(frozen=True)
class Caller:
    """Who a request comes from, proved by a session, and what his account decided."""

    user: User
    session: Session
    account: Account

    @property
    def must_change_password(self) -> bool:
        """Whether this session may do nothing else."""
        return self.account.must_change(set_at=self.user.password_set_at, signed_in_at=self.session.created_at)

    def must_be_free(self) -> None:
        """Raises PasswordChangeNeeded."""
        if self.must_change_password:
            raise PasswordChangeNeeded

    def must_be_fresh(self, *, now: datetime) -> None:
        """Raises StepUpNeeded where password and second factor were given too long ago."""
        if not self.session.is_fresh(now=now):
            raise StepUpNeeded

    def must_be_owner(self) -> None:
        """Raises OwnerOnly."""
        if not self.user.owner:
            raise OwnerOnly


@dataclass(frozen=True)
class PasswordTries:
    """The counts that a wrong password raises. They belong to the login as typed, whether it exists or not.

    A known device has a count of its own and no other, so that strangers cannot lock its owner out; and so has one
    who is signed in already.
    """

    login: str
    origin: Origin
    device: Device | None
    signed_in: bool = False

    def paying(self, *, now: datetime) -> list[Write]:
        """Refused as TooManyPasswords."""
        return [strikes.paying(about, ladder, TooManyPasswords, now=now) for about, ladder in self._counts()]

    def forgiving(self) -> list[Write]:
        return [strikes.forgiving(about) for about, _ in self._counts()]

    def _counts(self) -> list[tuple[str, Ladder]]:
        name = "password:" + seal.fingerprint("login", self.login)
        if self.signed_in:
            return [(f"{name}:signed-in", PASSWORDS)]
        if self.device:
            return [(f"{name}:{self.device.device_id}", PASSWORDS)]
        return [(f"{name}:{self.origin.network}", PASSWORDS), (f"{name}:anywhere", PASSWORDS_FROM_ANYWHERE)]


def paying_for_reset(login: str, origin: Origin, *, now: datetime) -> list[Write]:
    """Counts a link asked for, for a login as typed and from an address. Refused as TooManyResets."""
    return [
        strikes.paying("reset:" + seal.fingerprint("login", login), RESETS, TooManyResets, now=now),
        strikes.paying(f"reset-from:{origin.network}", RESETS_FROM_ADDRESS, TooManyResets, now=now),
    ]


def paying_for_email(user_id: str, *, now: datetime) -> Write:
    """Counts a link to a new address. Refused as TooManyResets."""
    return strikes.paying(f"email:{user_id}", RESETS, TooManyResets, now=now)


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
    session, user, account = sessions.find_with_holder(token.id)
    if not (session and user and account and seal.is_token(session.sealed_secret, token)):
        raise NotSignedIn
    session = session.within(account)
    if not (session.lives(now=now) and _is_honoured(session, user)):
        raise NotSignedIn
    _must_have_a_place(session, user, account, now=now)
    return Caller(user, _touched(session, now=now), account)


def living_sessions(user: User, account: Account, *, now: datetime) -> list[Session]:
    """Those that would be let in now, the one opened last first; so many as one user may have."""
    living = [
        session
        for session in (one.within(account) for one in sessions.of_user(user.user_id))
        if session.lives(now=now) and _is_honoured(session, user)
    ]
    return sorted(living, key=lambda session: (session.created_at, session.session_id), reverse=True)[
        : policy.SESSIONS_AT_ONCE
    ]


def _is_honoured(session: Session, user: User) -> bool:
    return user.honours(proved_at=session.proved_at, credentials_at=session.credentials_at)


def _must_have_a_place(session: Session, user: User, account: Account, *, now: datetime) -> None:
    """Where too many newer sessions live, this one ends. Their number is only counted when so many were opened."""
    if not user.may_be_crowded_out(opened_at=session.created_at):
        return
    places = [one.session_id for one in living_sessions(user, account, now=now)]
    if session.session_id not in places:
        commit(sessions.ending(session))
        raise NotSignedIn


def _touched(session: Session, *, now: datetime) -> Session:
    if not session.is_worth_touching(now=now):
        return session
    with suppress(Outrun):  # another request of the same session wrote it down first
        commit(sessions.touching(session, now=now))
    return replace(session, used_at=now)


def _codes_of(user_id: str) -> str:
    return f"code:{user_id}"
