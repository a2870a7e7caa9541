"""Known devices: recognise one by its token, remember a new one, and tell its user about it by e-mail."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from shared import policy
from shared.auth import email_links
from shared.crypto import randomness, seal
from shared.delivery import account_mail
from shared.delivery.letters import NewDeviceSeen
from shared.domain.devices import Device, to_drop
from shared.domain.identifiers import Token
from shared.domain.instants import NEVER
from shared.domain.links import NOT_ME
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import Outrun
from shared.storage import devices, users
from shared.storage.devices import DevicesFull
from shared.storage.engine import Write, commit


class Holder(email_links.LinkHolder, account_mail.Reader, Protocol):
    """Whoever is told of a device, with a link."""


def recognised(owner: Login | None, shown: Iterable[tuple[Token, Device | None]], *, now: datetime) -> Device | None:
    """Return the device of *owner* that one of the tokens *shown* is the secret of, if it still counts as known.

    Beside each token is the device that is stored under its id. The secret of the device returned is sealed with the
    newest key.
    """
    for token, device in shown:
        if device and owner and _is_known(owner, token, device, now):
            is_outdated = seal.is_outdated(device.sealed_secret)
            return replace(device, sealed_secret=seal.token(token)) if is_outdated else device
    return None


def _is_known(owner: Login, token: Token, device: Device, now: datetime) -> bool:
    if device.user_id != owner.user_id or not seal.is_token(device.sealed_secret, token):
        return False
    return device.is_remembered(since=owner.devices_since, now=now)


def seeing(known: Device | None, *, now: datetime) -> list[Write]:
    """Extend how long a known device is remembered: each right password counts as seeing it."""
    return [devices.seeing(known, now=now)] if known else []


def remembering(user_id: str, origin: Origin, *, now: datetime) -> tuple[Token, list[Write]]:
    """Return a token by which a new device will be known, and the writes that store the device.

    They are refused as DevicesFull if the user has too many: see `make_room`.
    """
    token = randomness.token("device", user_id)
    device = Device(
        user_id=user_id,
        device_id=token.id,
        sealed_secret=seal.token(token),
        name=origin.user_agent,
        first_seen_at=now,
        seen_at=now,
    )
    return token, [devices.adding(device), devices.counting(user_id, now=now)]


def make_room(user_id: str, full: DevicesFull, *, now: datetime) -> bool:
    """Count the user's devices anew, drop what need not be remembered, and return whether there is room for another."""
    (user, _), (found, more) = users.find(user_id), devices.of_user(user_id)
    dropped = to_drop(found, since=user.devices_since if user else NEVER, now=now)
    left = policy.DEVICES_OF_A_USER if more else len(found) - len(dropped)
    with suppress(Outrun):  # another sign-in has just counted them
        recounting = devices.recounting(user_id, before=full.count, after=left)
        commit(recounting, *map(devices.dropping, dropped))
    return left < policy.DEVICES_OF_A_USER


def telling(holder: Holder, origin: Origin, *, since: datetime, now: datetime) -> tuple[Write, NewDeviceSeen]:
    """Return the new-device e-mail, and the write that stores its "it was not me" link (ASVS V6.3.5).

    *since* is when the sign-in began and the device was first seen: the link takes back what came after it.
    """
    link = email_links.issue(NOT_ME, holder, detail=holder.email, now=since)
    told = account_mail.addressed(
        NewDeviceSeen,
        f"new-device:{link.id}",
        holder,
        at=now,
        address=origin.address,
        device=origin.user_agent,
        token=link.token,
    )
    return link.adding, told
