"""The story of known devices: seen and forgotten by the one they belong to."""

from datetime import datetime

from shared.auth.sessions import Person
from shared.domain.activity import Event
from shared.domain.devices import Device
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.storage import devices
from shared.storage.engine import commit


def known_devices(user: User, *, now: datetime) -> list[Device]:
    every = devices.of_user(user.user_id)
    known = [device for device in every if device.is_remembered(since=user.devices_since, now=now)]
    return sorted(known, key=lambda device: device.seen_at, reverse=True)


def forget_device(person: Person, device_id: str, *, origin: Origin, now: datetime) -> None:
    """Raises NothingThere for a device that is somebody else's, or nobody's."""
    person.must_own(device_id)
    noting = person.noting(Event.DEVICE_FORGOTTEN, origin, now=now)
    commit(devices.forgetting(device_id), noting, *person.still_allowed())
