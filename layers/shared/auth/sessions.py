"""Sessions: who is signed in with a session token, read in one round trip with their user and account."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from shared import policy
from shared.auth import attempt_limits
from shared.auth.principals import OwnRow, Principal
from shared.crypto import seal
from shared.domain import identifiers
from shared.domain.accounts import Account
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.domain.provenance import Provenance, merged, of
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.errors import (
    AddressNotAllowed,
    NotSignedIn,
    Outrun,
    PasswordChangeNeeded,
    SecondFactorRequired,
    SessionEnded,
    SessionForged,
    StepUpNeeded,
    UnknownSession,
)
from shared.observability import caller_is
from shared.storage import accounts, counters, sessions, users
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class Person(Principal):
    """A user who is signed in, and their session."""

    session: Session

    @property
    def proof(self) -> str:
        return self.session.factors

    @property
    def provenance(self) -> Provenance:
        return merged(of(self.user.user_id, self.session.device_seen_at), super().provenance)

    @property
    def must_change_password(self) -> bool:
        """Whether this session may do nothing but change the password.

        True if the password is overdue by the account's policy, was given by the account's owner, or is known to be
        leaked since before this session was opened.
        """
        is_given = self.user.given_until is not None
        is_leaked = self.user.has_leaked_password(signed_in_at=self.session.created_at)
        return (
            is_given
            or is_leaked
            or self.account.must_change(set_at=self.user.password_set_at, signed_in_at=self.session.created_at)
        )

    def still_allowed(self, *, writing: Collection[OwnRow] = ()) -> list[Write]:
        """Guards: the session has not ended, its user still honours its proofs and has the same rights, and the account
        is not suspended.
        """
        guards = {
            OwnRow.USER: users.allowing_session(self),
            OwnRow.SESSION: sessions.insisting(self.session),
            OwnRow.ACCOUNT: accounts.being_active(self.account.account_id),
        }
        return [guard for row, guard in guards.items() if row not in writing]

    def must_be_free(self) -> None:
        """Raise PasswordChangeNeeded if the session may only change the password."""
        if self.must_change_password:
            raise PasswordChangeNeeded

    def must_enable_factor(self, *, now: datetime) -> bool:
        """Whether this session may do nothing but enable a second factor, which the account requires."""
        return self.account.requires_factor(now=now) and not self.user.has_factor

    def must_have_factor(self, *, now: datetime) -> None:
        """Raise SecondFactorRequired if the session may only enable a second factor."""
        if self.must_enable_factor(now=now):
            raise SecondFactorRequired

    def must_be_fresh(self, *, now: datetime) -> None:
        """Raise StepUpNeeded if password and second factor were given too long ago (ASVS V7.5.1)."""
        if not self.session.is_fresh(now=now):
            raise StepUpNeeded


class SessionOver(SessionEnded):
    """The session is over, and this was its user and their account."""

    def __init__(self, session: Session, user: User, account: Account) -> None:
        super().__init__()
        self.session = session
        self.user = user
        self.account = account


def by_session(text: str, *, origin: Origin, now: datetime) -> Person:
    """Return the person who holds this session token. A malformed token is refused without a read.

    Raises NotSignedIn if the token is unknown or forged, the session has ended, or its user is disabled or
    suspended; AccountSuspended; TooManyForgeries if the address showed too many unknown secrets; AddressNotAllowed;
    TooManyRequests if the user is not confirmed yet, and the program that made them has a rate limit.
    """
    token = identifiers.read(text, kind="session")
    if token is None:
        raise SessionForged
    session, user, account = sessions.find_with_holder(token.id)
    if not (session and seal.is_token(session.sealed_secret, token)):
        commit(attempt_limits.recording_forgery(origin, now=now))
        raise UnknownSession
    if user:
        caller_is(user.user_id, user.login, session.factors)
    # A session that is over was a right one once. It counts for nobody, however often a tab that was left open asks.
    # One that was replaced takes no cookie back: the browser has that of the other one by now.
    if not (user and account) or session.replaced:
        raise NotSignedIn
    session = session.within(account)
    is_over = user.bounds is not None and not user.bounds.last(now=now)
    if not (session.lives(now=now) and _is_honoured(session, user)) or account.suspends(user.provenance) or is_over:
        raise SessionOver(session, user, account)
    accounts.must_be_active(account)
    _must_fit_session_limit(session, user, account, now=now)
    account.must_admit(origin.address, now=now)
    _must_be_within_bounds(user, origin, now=now)
    return Person(user, account, _touched(session, token, now=now))


def living_sessions(user: User, account: Account, *, now: datetime) -> list[Session]:
    """Return the sessions of the user that are valid now, newest first, at most policy.SESSIONS_AT_ONCE.

    Some are missing if the user opened more than policy.SESSIONS_READ in two days.
    """
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


def _must_be_within_bounds(user: User, origin: Origin, *, now: datetime) -> None:
    """Hold the request of a user who is not confirmed yet within the limits of the program that made them."""
    if user.bounds is None:
        return
    if not user.bounds.admit(origin.address):
        raise AddressNotAllowed
    if user.bounds.shared_rates:
        commit(*counters.counting_requests(user.bounds.shared_rates, now=now))


def _must_fit_session_limit(session: Session, user: User, account: Account, *, now: datetime) -> None:
    """End the session and raise NotSignedIn if the user has too many newer ones (ASVS V7.1.2)."""
    # The user's row holds the instants of the last openings, so the sessions are read and counted only if this one is
    # older than all of these.
    if not user.may_be_crowded_out(opened_at=session.created_at):
        return
    within_limit = [one.session_id for one in living_sessions(user, account, now=now)]
    if session.session_id not in within_limit:
        commit(sessions.ending(session))
        raise NotSignedIn


def _touched(session: Session, token: Token, *, now: datetime) -> Session:
    """Note that the session was used, at most once in policy.SESSION_TOUCHED_EVERY: each note is a write.

    With it the secret is sealed with the newest key.
    """
    if not session.is_worth_touching(now=now):
        return session
    if seal.is_outdated(session.sealed_secret):
        session = replace(session, sealed_secret=seal.token(token))
    with suppress(Outrun):  # another request of the same session noted it first
        commit(sessions.touching(session, now=now))
    return replace(session, used_at=now)
