"""The story of the Security tab: sessions and devices, each seen and ended by the one they belong to."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared import audit
from shared.auth import sessions as auth_sessions
from shared.auth.sessions import Caller
from shared.domain.activity import Event
from shared.domain.devices import Device
from shared.domain.identifiers import is_record_id, user_of
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.domain.users import User
from shared.errors import NotAllowedHere, NothingThere
from shared.storage import devices, logins, sessions, users
from shared.storage.engine import Write, commit


def living_sessions(caller: Caller, *, now: datetime) -> list[Session]:
    """Those that would be let in now, the one last used first."""
    living = auth_sessions.living_sessions(caller.user, caller.account, now=now)
    return sorted(living, key=lambda session: session.used_at, reverse=True)


def end_session(caller: Caller, session_id: str, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere for a session that is somebody else's, or nobody's."""
    _must_be_his(caller.user, session_id)
    commit(sessions.ending_one(session_id), _noting(caller, Event.SESSION_ENDED, origin, now=now))


def end_all(caller: Caller, *, origin: Origin, now: datetime) -> None:
    """One call that moves one instant, however many sessions there are."""
    commit(
        users.ending_everything(caller.user.user_id, now=now, by=caller.session),
        _noting(caller, Event.ALL_ENDED, origin, now=now),
    )


def end_others(caller: Caller, *, origin: Origin, now: datetime) -> None:
    """All are ended, and in the same moment this one is proved anew."""
    commit(
        users.ending_everything(caller.user.user_id, now=now, by=caller.session),
        sessions.keeping(caller.session, now=now),
        _noting(caller, Event.OTHERS_ENDED, origin, now=now),
    )


def choose_idle(caller: Caller, idle: timedelta, *, origin: Origin, now: datetime) -> Session:
    """For this session from now on, and for every one that is opened later; the others keep theirs.

    Raises NotAllowedHere where the account's owner wants shorter ones.
    """
    if idle > caller.account.longest_idle:
        raise NotAllowedHere
    commit(
        logins.changing(caller.user.login, idle=idle),
        sessions.choosing_idle(caller.session, idle, now=now),
        _noting(caller, Event.SESSION_LENGTH, origin, now=now),
    )
    return replace(caller.session, idle=idle, used_at=now)


def known_devices(user: User, *, now: datetime) -> list[Device]:
    every = devices.of_user(user.user_id)
    known = [device for device in every if device.is_remembered(since=user.devices_since, now=now)]
    return sorted(known, key=lambda device: device.seen_at, reverse=True)


def forget_device(caller: Caller, device_id: str, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere for a device that is somebody else's, or nobody's."""
    _must_be_his(caller.user, device_id)
    commit(devices.forgetting(device_id), _noting(caller, Event.DEVICE_FORGOTTEN, origin, now=now))


def _must_be_his(user: User, identifier: str) -> None:
    """An id begins with its owner's, so another's is told apart without a read (ASVS V8.2.2)."""
    if not is_record_id(identifier) or user_of(identifier) != user.user_id:
        raise NothingThere


def _noting(caller: Caller, event: Event, origin: Origin, *, now: datetime) -> Write:
    return audit.noting(event, caller.user.user_id, actor=caller.user.login, origin=origin, now=now)
