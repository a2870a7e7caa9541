"""Opening a session for a user who has proved who they are, and remembering their device."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared import audit, policy
from shared.auth import attempt_limits, devices, networks
from shared.crypto import randomness, seal
from shared.domain.activity import Event
from shared.domain.identifiers import Token
from shared.domain.instants import NEVER
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.errors import ChallengeClosed, NotSignedIn, Refusal
from shared.storage import sessions, users
from shared.storage.devices import DevicesFull
from shared.storage.engine import Write
from shared.storage.users import SignedInPerson

type Renewal = dict[str, Any]
"""Keyword arguments of `users.ending_everything`: who voids what the user proved before, and fields to change."""


@dataclass(frozen=True)
class NewSession:
    """A session to be opened, with its token and, for a new device, the device's token.

    Nothing counts until `writes` are committed, with `remembering`, which store the new device: see `open_session`.
    """

    session: Session
    token: Token
    device: Token | None
    writes: list[Write] = field(repr=False)
    remembering: list[Write] = field(default_factory=list, repr=False)


def open_session(opened: NewSession, commit_with: Callable[[list[Write]], None], *, now: datetime) -> NewSession:
    """Open the session by *commit_with*, which gets its writes, and return it as it was opened.

    If the user has too many devices, it is opened without remembering this one.
    """
    for _ in range(2):
        try:
            commit_with([*opened.writes, *opened.remembering])
            return opened
        except DevicesFull as full:
            if not devices.make_room(opened.session.user_id, full, now=now):
                break
    forgotten = replace(opened, device=None, remembering=[])
    commit_with(forgotten.writes)
    return forgotten


def new_session(
    user_id: str,
    *,
    login: str,
    factors: str,
    idle: timedelta,
    transport: str,
    known: bool,
    counted: bool = True,
    device_seen_at: datetime | None = None,
    proved_at: datetime,
    credentials_at: datetime = NEVER,
    confirmed_at: datetime | None = None,
    replaces: str | None = None,
    by: SignedInPerson | None = None,
    renewal: Renewal | None = None,
    refused: Refusal | None = None,
    event: Event = Event.LOGIN,
    origin: Origin,
    now: datetime,
) -> NewSession:
    """Return a session for the user, and the writes that open it.

    *known*: the device was seen before, so it gets no new token. A sign-in from an unknown one is refused as
    TooManyNewDevices if there were too many; not if it is not *counted*, as after a reset. *device_seen_at* is when the
    device was first seen, None for now. *proved_at* is when the first factor was proved, *credentials_at* the version
    of the credentials that proved it; a session whose proof the user's row no longer honours is void (`User.honours`).
    *confirmed_at* is when password and second factor were last given together, *proved_at* by default. *replaces* is
    the id of a session that ends when this one begins. *by* is who asks for it if they are signed in: the writes then
    assert that they still are, with the same permissions, and are refused as NotSignedIn or Outrun. *renewal*, if
    given, ends every session begun until *now*. The writes are refused as *refused* (by default ChallengeClosed) if the
    proof was voided meanwhile.
    """
    token = randomness.token("session", user_id)
    session = Session(
        user_id=user_id,
        session_id=token.id,
        sealed_secret=seal.token(token),
        created_at=now,
        proved_at=proved_at,
        confirmed_at=confirmed_at or proved_at,
        used_at=now,
        ends_at=now + policy.SESSION_LIFETIME,
        idle=idle,
        transport=transport,
        factors=factors,
        address=origin.address,
        user_agent=origin.user_agent,
        credentials_at=credentials_at,
        device_seen_at=device_seen_at or now,
    )
    signs_in = event == Event.LOGIN  # and does not go on under a new token
    writes = [
        _recording_opening(
            session, renewal, by, again=replaces is not None, refused=refused or ChallengeClosed(), now=now
        ),
        sessions.adding(session),
        audit.noting(event, user_id, actor=login, proof=factors, origin=origin, now=now, detail=factors),
        *([networks.remembering(login, user_id, origin, now=now)] if signs_in else []),
        *([sessions.replacing(replaces, refused=NotSignedIn() if by else ChallengeClosed())] if replaces else []),
    ]
    if known:
        return NewSession(session, token, None, writes)
    if signs_in and counted and renewal is None:
        writes.append(attempt_limits.recording_new_device(user_id, now=now))
    device, remembering = devices.remembering(user_id, origin, now=now)
    return NewSession(session, token, device, writes, remembering)


def _recording_opening(
    session: Session,
    renewal: Renewal | None,
    by: SignedInPerson | None,
    *,
    again: bool,
    refused: Refusal,
    now: datetime,
) -> Write:
    """Note the opening in the user's row, which caps the number of sessions, if the user still honours the proof."""
    if renewal is None:
        return users.opening(session, again=again, by=by, refused=refused, now=now)
    return users.starting_over(session.user_id, now=now, **renewal)
