"""Flows of a user's sessions: list them, end one, end all others, or log out everywhere."""

from datetime import datetime

from shared.auth import attempt_limits
from shared.auth import sessions as auth_sessions
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person, SessionOver
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.storage import accounts, sessions, users
from shared.storage.engine import commit


def living_sessions(person: Person, *, now: datetime) -> list[Session]:
    """Return the sessions that are valid now, last used first."""
    living = auth_sessions.living_sessions(person.user, person.account, now=now)
    if person.session.session_id not in [session.session_id for session in living]:
        living = [person.session, *living]  # there are more than are read
    return sorted(living, key=lambda session: session.used_at, reverse=True)


def has_living_session(over: SessionOver, *, now: datetime) -> bool:
    """Whether the user of a session that is over has one that is not."""
    return bool(auth_sessions.living_sessions(over.user, over.account, now=now))


def end_session(person: Person, session_id: str, *, origin: Origin, now: datetime) -> None:
    """End one session. Raises NotFound if it does not exist or is another user's."""
    person.must_own(session_id)
    is_own = session_id == person.session.session_id
    commit(
        sessions.ending_one(session_id),
        person.noting(Event.SESSION_ENDED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.SESSION] if is_own else []),
    )


def end_all(person: Person, *, origin: Origin, now: datetime) -> None:
    """End every session. One write, however many there are: it moves the instant before which all proofs are void."""
    commit(
        users.ending_everything(person.user.user_id, now=now, by=person),
        person.noting(Event.ALL_ENDED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.USER]),
    )


def end_others(person: Person, *, origin: Origin, now: datetime) -> None:
    """End every session but this one. Raises TooManyEndings."""
    # The first write voids all sessions, this one too; the second proves it again just after that instant.
    commit(
        users.ending_everything(person.user.user_id, now=now, by=person),
        sessions.keeping(person.session, now=now),
        attempt_limits.recording_end_of_others(person.user.user_id, now=now),
        accounts.being_active(person.account.account_id),
        person.noting(Event.OTHERS_ENDED, origin, now=now),
    )
