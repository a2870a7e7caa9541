"""The story of the Security tab: sessions and devices, each seen and ended by the one they belong to."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.devices import Device
from shared.domain.identifiers import is_record_id, user_of
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.errors import NothingThere
from shared.storage import devices, logins, sessions, users
from shared.storage.engine import commit


def living_sessions(user: User, *, now: datetime) -> list[Session]:
    """Those that would be let in now, the one last used first."""
    living = [
        session
        for session in sessions.of_user(user.user_id)
        if session.lives(now=now) and user.honours(proved_at=session.proved_at)
    ]
    return sorted(living, key=lambda session: session.used_at, reverse=True)


def end_session(user: User, session_id: str) -> None:
    """Raises NothingThere for a session that is somebody else's, or nobody's."""
    _must_be_his(user, session_id)
    commit(sessions.ending_one(session_id))


def end_all(user: User, *, now: datetime) -> None:
    """One write, however many sessions there are."""
    commit(users.ending_everything(user.user_id, now=now))


def end_others(session: Session, *, now: datetime) -> None:
    """All are ended, and in the same moment this one is proved anew."""
    commit(users.ending_everything(session.user_id, now=now), sessions.keeping(session, now=now))


def choose_idle(user: User, session: Session, idle: timedelta, *, now: datetime) -> Session:
    """For this session from now on, and for every one that is opened later; the others keep theirs."""
    commit(logins.choosing_idle(user.login, idle), sessions.choosing_idle(session, idle, now=now))
    return replace(session, idle=idle, used_at=now)


def known_devices(user: User, *, now: datetime) -> list[Device]:
    known = [device for device in devices.of_user(user.user_id) if device.is_remembered(now=now)]
    return sorted(known, key=lambda device: device.seen_at, reverse=True)


def forget_device(user: User, device_id: str) -> None:
    """Raises NothingThere for a device that is somebody else's, or nobody's."""
    _must_be_his(user, device_id)
    commit(devices.forgetting(device_id))


def _must_be_his(user: User, identifier: str) -> None:
    """An id begins with its owner's, so another's is told apart without a read (ASVS V8.2.2)."""
    if not is_record_id(identifier) or user_of(identifier) != user.user_id:
        raise NothingThere
