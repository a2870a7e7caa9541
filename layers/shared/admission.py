"""Letting someone in: the session and the device of a user who has proved himself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import chance, policy, seal
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.storage import devices, sessions, users
from shared.storage.engine import Write


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
    factors: str,
    idle: timedelta,
    transport: str,
    known: bool,
    proved_at: datetime,
    origin: Origin,
    now: datetime,
) -> Admission:
    """*known* is whether the device was seen before.

    *proved_at* is when the first factor was proved: what voids older proofs voids this one (see `User.epoch`).
    """
    token = chance.token("session", user_id)
    session = Session(
        user_id=user_id,
        session_id=token.id,
        sealed_secret=seal.token(token),
        created_at=now,
        proved_at=proved_at,
        used_at=now,
        ends_at=now + policy.SESSION_LIFETIME,
        idle=idle,
        transport=transport,
        factors=factors,
        address=origin.address,
        user_agent=origin.user_agent,
    )
    writes = [users.honouring(user_id, proved_at=proved_at), sessions.adding(session)]
    if known:
        return Admission(session, token, None, writes)
    device, adding = _new_device(user_id, origin, now=now)
    return Admission(session, token, device, [*writes, adding])


def _new_device(user_id: str, origin: Origin, *, now: datetime) -> tuple[Token, Write]:
    """A secret for the device to be known by."""
    token = chance.token("device", user_id)
    device = Device(
        user_id=user_id,
        device_id=token.id,
        sealed_secret=seal.token(token),
        name=origin.user_agent,
        first_seen_at=now,
        seen_at=now,
    )
    return token, devices.adding(device)
