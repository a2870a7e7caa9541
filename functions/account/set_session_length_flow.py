"""The story of a session's length: chosen by its user, at most as long as the account's owner allows."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.errors import NotAllowedHere
from shared.storage import logins, sessions
from shared.storage.engine import commit


def choose_idle(person: Person, idle: timedelta, *, origin: Origin, now: datetime) -> Session:
    """For this session from now on, and for every one that is opened later; the others keep theirs.

    Raises NotAllowedHere where the account's owner wants shorter ones.
    """
    if idle > person.account.longest_idle:
        raise NotAllowedHere
    commit(
        logins.changing(person.user.login, idle=idle),
        sessions.choosing_idle(person.session, idle, now=now),
        person.noting(Event.SESSION_LENGTH, origin, now=now),
        *person.still_allowed(writing=[OwnRow.SESSION]),
    )
    return replace(person.session, idle=idle, used_at=now)
