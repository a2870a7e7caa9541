"""Flow of PUT /account/session-length: a user chooses their idle timeout, within what the account's owner allows."""

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
    """Set the idle timeout of this session and of those opened later; the user's other sessions keep theirs.

    Raises NotAllowedHere if *idle* is longer than the account allows, StepUpNeeded if it is longer than that of this
    session and the step-up is too old: otherwise whoever finds an open browser could keep it open.
    """
    if idle > person.account.longest_idle:
        raise NotAllowedHere
    if idle > person.session.idle:
        person.must_be_fresh(now=now)
    commit(
        logins.changing(person.user.login, idle=idle),
        sessions.choosing_idle(person.session, idle, now=now),
        person.noting(Event.SESSION_LENGTH, origin, now=now),
        *person.still_allowed(writing=[OwnRow.SESSION]),
    )
    return replace(person.session, idle=idle, used_at=now)
