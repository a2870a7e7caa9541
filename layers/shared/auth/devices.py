"""Known devices: recognise one by its token, remember a new one, and tell its user about it by e-mail."""

from collections.abc import Iterable
from datetime import datetime

from shared.auth import email_links
from shared.crypto import randomness, seal
from shared.delivery import account_mail
from shared.delivery.notices import NewDeviceSeen
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.storage import devices
from shared.storage.engine import Write


def recognised(owner: Login | None, shown: Iterable[tuple[Token, Device | None]], *, now: datetime) -> Device | None:
    """Return the device of *owner* that one of the tokens *shown* is the secret of, if it still counts as known.

    Beside each token is the device that is stored under its id.
    """
    return next((device for token, device in shown if device and owner and _is_known(owner, token, device, now)), None)


def _is_known(owner: Login, token: Token, device: Device, now: datetime) -> bool:
    if device.user_id != owner.user_id or not seal.is_token(device.sealed_secret, token):
        return False
    return device.is_remembered(since=owner.devices_since, now=now)


def seeing(known: Device | None, *, now: datetime) -> list[Write]:
    """Extend how long a known device is remembered: each right password counts as seeing it."""
    return [devices.seeing(known.device_id, now=now)] if known else []


def remembering(user_id: str, origin: Origin, *, now: datetime) -> tuple[Token, Write]:
    """Return a token by which a new device will be known, and the write that stores the device."""
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


def telling(about: str, owner: Login, origin: Origin, *, now: datetime) -> tuple[Write, NewDeviceSeen]:
    """Return the new-device e-mail, and the write that stores its "it was not me" link (ASVS V6.3.5).

    *about* is the id of the challenge or session that the device is seen with.
    """
    link = email_links.issue("notme", owner, now=now)
    told = account_mail.addressed(
        NewDeviceSeen,
        f"new-device:{about}",
        owner,
        at=now,
        address=origin.address,
        device=origin.user_agent,
        token=link.token,
    )
    return link.adding, told
