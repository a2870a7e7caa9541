"""The story of POST /login and POST /session/confirm: a password, and then a second factor or a session."""

from contextlib import suppress
from datetime import datetime

from shared import audit
from shared.auth import credentials_check
from shared.auth.attempt_limits import PasswordTries
from shared.auth.session_opening import Admission
from shared.auth.sessions import Person
from shared.auth.sign_in import Visit, enter
from shared.crypto import password_hash, seal
from shared.delivery import queue
from shared.delivery.notices import CodesWereLocked
from shared.domain.activity import Event
from shared.domain.challenges import Challenge
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import CodesLocked, LinkClosed, Outrun, Refusal, TooMany
from shared.storage import logins, sessions
from shared.storage.engine import Write, commit


def sign_in(
    login: str,
    password: str,
    *,
    transport: str,
    device: Token | None,
    factor: str | None = None,
    origin: Origin,
    now: datetime,
) -> tuple[Challenge | Admission, bool]:
    """A right password earns a challenge, or a session where there is no second factor. *login* is canonical.

    Also tells whether messages may be late. Raises AddressNotAllowed for a right password from an address that the
    account's list does not hold: nobody else learns of the list, and the try is not forgiven.
    """
    arrival = logins.find_at_arrival(login, device, now=now)
    known = _known(arrival.login, device, arrival.device, now=now)
    visit = Visit(origin, transport, known, factor)
    return _by_password(login, password, arrival.login, visit, now=now), arrival.sms_delayed


def confirm(
    person: Person, password: str, *, factor: str | None, origin: Origin, now: datetime
) -> tuple[Challenge | Admission, bool]:
    """The same once more, for one who is signed in: what comes of it takes the place of his session."""
    arrival = logins.find_at_arrival(person.user.login, None, now=now)
    visit = Visit(
        origin, person.session.transport, factor=factor, replaces=person.session.session_id, account=person.account
    )
    return _by_password(person.user.login, password, arrival.login, visit, now=now), arrival.sms_delayed


def log_out(person: Person, *, origin: Origin, now: datetime) -> None:
    ended = audit.noting(Event.SESSION_ENDED, person.user.user_id, actor=person.user.login, origin=origin, now=now)
    commit(sessions.ending(person.session), ended)


def _by_password(
    login: str, password: str, found: Login | None, visit: Visit, *, now: datetime
) -> Challenge | Admission:
    tries = PasswordTries(login, visit.origin, visit.known, signed_in=visit.replaces is not None)
    commit(*tries.paying(now=now))
    owner = credentials_check.proved(found, password, now=now)
    try:
        return _enter(owner, password, visit, *tries.forgiving(), now=now)
    except (TooMany, CodesLocked) as refusal:
        commit(*tries.forgiving())  # the password was right all the same
        queue.put(*_about_lock(refusal, owner, now=now))
        raise


def _known(found: Login | None, device: Token | None, remembered: Device | None, *, now: datetime) -> Device | None:
    """The device, if it is this login's and its secret is right."""
    if not (found and device and remembered and remembered.user_id == found.user_id):
        return None
    if not seal.is_token(remembered.sealed_secret, device):
        return None
    return remembered if remembered.is_remembered(since=found.devices_since, now=now) else None


def _enter(owner: Login, password: str, visit: Visit, *writes: Write, now: datetime) -> Challenge | Admission:
    """His hash is renewed on the way, unless another sign-in or a change of the password comes first."""
    with suppress(Outrun, LinkClosed):
        return enter(owner, visit, *_renewing(owner, password), *writes, proved_at=now, now=now)
    return enter(owner, visit, *writes, proved_at=now, now=now)


def _renewing(owner: Login, password: str) -> list[Write]:
    """A hash that was made with less than policy asks for today is made anew: only now is the password at hand."""
    if owner.password_hash is None or not password_hash.is_outdated(owner.password_hash):
        return []
    return [logins.renewing_hash(owner, password_hash.hash_password(password))]


def _about_lock(refusal: Refusal, owner: Login, *, now: datetime) -> list[CodesWereLocked]:
    """At most one a day, since its id says the day."""
    if not isinstance(refusal, CodesLocked):
        return []
    return [
        CodesWereLocked(f"codes-locked:{owner.user_id}:{now:%Y-%m-%d}", owner.email, owner.language, owner.login, now)
    ]
