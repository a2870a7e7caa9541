"""Letting someone in: the session and the device of a user who has proved himself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared import audit, policy
from shared.crypto import randomness, seal
from shared.domain.activity import Event
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.instants import NEVER
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.errors import ChallengeClosed, Refusal
from shared.storage import devices, sessions, users
from shared.storage.engine import Write

type Renewal = dict[str, Any]
"""What changes about a user as everything that he proved before is voided, see `users.ending_everything`."""


@dataclass(frozen=True)
class Admission:
    """A session about to be opened, and what its holder gets to keep. It counts once `writes` are committed."""

    session: Session
    token: Token
    device: Token | None
    writes: list[Write] = field(repr=False)


def admission(
    user_id: str,
    *,
    login: str,
    factors: str,
    idle: timedelta,
    transport: str,
    known: bool,
    proved_at: datetime,
    credentials_at: datetime = NEVER,
    confirmed_at: datetime | None = None,
    replaces: str | None = None,
    renewal: Renewal | None = None,
    refused: Refusal | None = None,
    event: Event = Event.LOGIN,
    origin: Origin,
    now: datetime,
) -> Admission:
    """*known* is whether the device was seen before.

    *proved_at* is when the first factor was proved, *credentials_at* tells by which credentials: what voids older
    proofs voids this one (see `User`).
    *replaces* is a session that ends as this one begins. With *renewal* all end that were begun until *now*.
    Its writes are refused as *refused*, or ChallengeClosed, where what it rests on counts no longer.
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
    )
    writes = [
        _counting(session, renewal, again=replaces is not None, refused=refused or ChallengeClosed(), now=now),
        sessions.adding(session),
        audit.noting(event, user_id, actor=login, origin=origin, now=now, detail=factors),
        *([sessions.ending_one(replaces, refused=ChallengeClosed())] if replaces else []),
    ]
    if known:
        return Admission(session, token, None, writes)
    device, adding = _new_device(user_id, origin, now=now)
    return Admission(session, token, device, [*writes, adding])


def _counting(session: Session, renewal: Renewal | None, *, again: bool, refused: Refusal, now: datetime) -> Write:
    if renewal is None:
        return users.opening(session, again=again, refused=refused, now=now)
    return users.starting_over(session.user_id, now=now, **renewal)


def _new_device(user_id: str, origin: Origin, *, now: datetime) -> tuple[Token, Write]:
    """A secret for the device to be known by."""
    token = randomness.token("device", user_id)
    device = Device(
        user_id=user_id,
        device_id=token.id,
        sealed_secret=seal.token(token),
        name=origin.user_agent,
        first_seen_at=now,
        seen_at=now,
    )
    return token, devices.adding(device)
