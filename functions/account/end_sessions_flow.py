"""The story of sessions: seen and ended by the one they belong to: one, all others, or all everywhere."""

from datetime import datetime

from shared.auth import sessions as auth_sessions
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.storage import sessions, users
from shared.storage.engine import commit


def living_sessions(person: Person, *, now: datetime) -> list[Session]:
    """Those that would be let in now, the one last used first."""
    living = auth_sessions.living_sessions(person.user, person.account, now=now)
    return sorted(living, key=lambda session: session.used_at, reverse=True)


def end_session(person: Person, session_id: str, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere for a session that is somebody else's, or nobody's."""
    person.must_own(session_id)
    is_own = session_id == person.session.session_id
    commit(
        sessions.ending_one(session_id),
        person.noting(Event.SESSION_ENDED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.SESSION] if is_own else []),
    )


def end_all(person: Person, *, origin: Origin, now: datetime) -> None:
    """One call that moves one instant, however many sessions there are."""
    commit(
        users.ending_everything(person.user.user_id, now=now, by=person.session),
        person.noting(Event.ALL_ENDED, origin, now=now),
        *person.still_allowed(writing=[OwnRow.USER]),
    )


def end_others(person: Person, *, origin: Origin, now: datetime) -> None:
    """All are ended, and in the same moment this one is proved anew."""
    commit(
        users.ending_everything(person.user.user_id, now=now, by=person.session),
        sessions.keeping(person.session, now=now),
        person.noting(Event.OTHERS_ENDED, origin, now=now),
    )
