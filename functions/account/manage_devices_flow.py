"""Flows of a user's known devices: list them, and forget one."""

from datetime import datetime

from shared.auth.sessions import Person
from shared.domain.activity import Event
from shared.domain.devices import Device
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.storage import devices
from shared.storage.engine import commit


def known_devices(user: User, *, after: str = "", now: datetime) -> tuple[list[Device], str | None]:
    """Return a page of the known devices, last seen first, and the id after which the next page begins, if any."""
    every, more = devices.of_user(user.user_id, after=after)
    known = [device for device in every if device.is_remembered(since=user.devices_since, now=now)]
    return sorted(known, key=lambda device: device.seen_at, reverse=True), every[-1].device_id if more else None


def forget_device(person: Person, device_id: str, *, origin: Origin, now: datetime) -> None:
    """Forget a device: its next sign-in counts as new. Raises NotFound if it is unknown or another user's."""
    person.must_own(device_id)
    noting = person.noting(Event.DEVICE_FORGOTTEN, origin, now=now)
    commit(devices.forgetting(device_id), noting, *person.still_allowed())
