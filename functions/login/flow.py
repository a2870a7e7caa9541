"""Flows of POST /login, POST /session/confirm and POST /logout: check the password, then ask for the second factor."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from shared.auth import (
    attempt_limits,
    breach_check,
    code_attempts,
    credentials_check,
    half_sign_ins,
    networks,
    passes,
)
from shared.auth.attempt_limits import PasswordAttempts
from shared.auth.code_attempts import Guesser
from shared.auth.devices import recognised
from shared.auth.principals import OwnRow
from shared.auth.session_opening import NewSession
from shared.auth.sessions import Person
from shared.auth.sign_in import SignInContext, enter
from shared.crypto import password_hash
from shared.delivery import queue
from shared.delivery.notices import PasswordUsed
from shared.domain.activity import Event
from shared.domain.challenges import Challenge
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import (
    AddressNotAllowed,
    CodesLocked,
    LinkClosed,
    NotSignedIn,
    Outrun,
    PasswordHeld,
    Refusal,
    TooMany,
)
from shared.storage import logins, sessions
from shared.storage.attempts import NewlyLocked
from shared.storage.engine import Write, commit


def sign_in(
    login: str,
    password: str,
    *,
    transport: str,
    devices: Sequence[Token],
    factor: str | None = None,
    shown: Token | None = None,
    origin: Origin,
    now: datetime,
) -> tuple[Challenge | NewSession, bool]:
    """Return a challenge for the second factor, or a session if the user has none; and whether SMS may be late.

    *login* is canonical, *devices* are the tokens that the device has, also those of other users. *shown* is the
    one-use pass that lets one attempt through the waits that strangers cause. Raises WrongPassword, which every
    unknown, disabled or expired login looks like, TooManyPasswords, TooManyMessages, TooManyCodes, CodesLocked,
    TooManyNewDevices, or AddressNotAllowed for the right password from an address that the panel's IP list does not
    contain. Nobody without the right password learns that there is a list.
    """
    keys = attempt_limits.keys_at_arrival(login, origin)
    arrival = logins.find_at_arrival(login, devices, beside=[*keys, *passes.keys(shown)], now=now)
    rows, passing = arrival.beside[: len(keys)], arrival.beside[len(keys) :]
    known = recognised(arrival.login, zip(devices, arrival.devices, strict=True), now=now)
    attempts = attempt_limits.at_arrival(login, arrival.login, known, rows, origin=origin, now=now)
    if link := passes.found(shown, passing, arrival.login, now=now):
        attempts = attempts.with_pass(passes.using(link))
    # The first sign-in in the network of the invitation is expected; after it the network is familiar.
    expected = not attempts.familiar and networks.is_invited(arrival.login, origin, now=now)
    context = SignInContext(origin, transport, known, factor, expected=expected)
    return _by_password(password, arrival.login, attempts, context, now=now), arrival.sms_delayed


def confirm(
    person: Person, password: str, *, factor: str | None, origin: Origin, now: datetime
) -> tuple[Challenge | NewSession, bool]:
    """Confirm a session by password and second factor (step-up, ASVS V7.5.1): as `sign_in`, for a signed-in user.

    The session that results replaces the present one, under a new token (ASVS V7.2.4).
    """
    login = person.user.login
    arrival = logins.find_at_arrival(login, (), now=now)
    hashed = arrival.login.password_hash if arrival.login else None
    attempts = PasswordAttempts(login, origin, signed_in=True, secret=hashed)
    context = SignInContext(origin, person.session.transport, factor=factor, confirming=person, account=person.account)
    return _by_password(password, arrival.login, attempts, context, now=now), arrival.sms_delayed


def log_out(person: Person, *, origin: Origin, now: datetime) -> None:
    """End the session. If another request ended it first, nothing is left to do."""
    with suppress(NotSignedIn):
        commit(
            sessions.ending_one(person.session.session_id, refused=NotSignedIn()),
            person.noting(Event.SESSION_ENDED, origin, now=now),
            *person.still_allowed(writing=[OwnRow.SESSION]),
        )


def _by_password(
    password: str, found: Login | None, attempts: PasswordAttempts, context: SignInContext, *, now: datetime
) -> Challenge | NewSession:
    """Check the password and go on to the second factor."""
    # Count the attempt before looking, so that parallel guesses are all counted and a caller who must wait does not
    # learn whether the password was right.
    commit(*attempts.recording(now=now))
    try:
        with attempts.judged(now=now):
            owner = credentials_check.check(found, password, now=now)
    except PasswordHeld as held:
        if found:
            _tell_of_refusal(held, found, context, now=now)
        raise
    try:
        return _enter(owner, password, context, *attempts.resetting(now=now), now=now)
    except Outrun:
        # The password was right, although every session was ended at the same moment: wrong passwords before it count
        # no longer.
        commit(*attempts.resetting(now=now))
        raise
    except (TooMany, CodesLocked) as refusal:
        _tell_of_refusal(refusal, owner, context, *attempts.resetting(now=now), now=now)
        _tell_of_lock(refusal, owner, context, now=now)
        raise
    except AddressNotAllowed as refusal:
        _tell_of_refusal(refusal, owner, context, now=now)
        raise


def _enter(
    owner: Login, password: str, context: SignInContext, *writes: Write, now: datetime
) -> Challenge | NewSession:
    """Go on from the right password, re-hashing it in the same transaction if its hash is outdated."""
    # If another sign-in re-hashed it, or the password changed, go on without: only what `aside` holds depends on it.
    with suppress(Outrun, LinkClosed):
        aside, asked = _aside(owner, password, context, now=now)
        entered = enter(owner, context, *aside, *writes, proved_at=now, now=now)
        queue.tell(*asked)
        return entered
    return enter(owner, context, *writes, proved_at=now, now=now)


def _aside(
    owner: Login, password: str, context: SignInContext, *, now: datetime
) -> tuple[list[Write], list[PasswordUsed]]:
    """Return a write to the login beside the sign-in, and a question about the password to be queued after it.

    A transaction writes each row once, so a password that is re-hashed is asked about at another sign-in.
    """
    if renewing := _renewing(owner, password):
        return renewing, []
    return breach_check.asking(owner, password, context.origin, now=now)


def _renewing(owner: Login, password: str) -> list[Write]:
    """Replace a hash made with weaker parameters than policy asks for now: only a sign-in has the password at hand."""
    if owner.password_hash is None or not password_hash.is_outdated(owner.password_hash):
        return []
    return [logins.renewing_hash(owner, password_hash.hash_password(password))]


def _tell_of_refusal(refusal: Refusal, owner: Login, context: SignInContext, *writes: Write, now: datetime) -> None:
    """Tell the owner of their right password that was refused, and commit *writes*."""
    half_sign_ins.tell_of_refusal(
        refusal, owner, context.origin, *writes, proof="password", known=context.is_known, now=now
    )


def _tell_of_lock(refusal: Refusal, owner: Login, context: SignInContext, *, now: datetime) -> None:
    """Tell the owner that codes are locked, at most once a day.

    The activity log gets an entry of the lock if there is none yet.
    """
    guesser = Guesser(owner.user_id, owner, context.origin)
    if isinstance(refusal, NewlyLocked):
        code_attempts.note_lock(guesser, now=now)
    elif isinstance(refusal, CodesLocked):
        queue.put(code_attempts.letter_of_lock(guesser, now=now))
