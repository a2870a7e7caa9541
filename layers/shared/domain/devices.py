"""Devices that signed in before. A known device gets no e-mail and a back-off of its own. It is never a factor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared import policy


@dataclass(frozen=True)
class Device:
    """A device of one user. `name` is the User-Agent header of its browser or program."""

    user_id: str
    device_id: str
    sealed_secret: str = field(repr=False)
    name: str
    first_seen_at: datetime
    seen_at: datetime

    @property
    def was_seen_on_one_day_only(self) -> bool:
        return self.first_seen_at.date() == self.seen_at.date()

    def is_remembered(self, *, since: datetime, now: datetime) -> bool:
        """Whether the device counts as known. *since* is the user's `devices_since`: older devices may be a thief's."""
        return self.first_seen_at > since and now < self.seen_at + policy.DEVICE_REMEMBERED_FOR


def to_drop(devices: Sequence[Device], *, since: datetime, now: datetime) -> list[Device]:
    """Return the devices to drop so that a new one has room: those that no longer count as known.

    If too many are left, also the first policy.DEVICES_DROPPED_AT_ONCE of those that were seen on one day only.
    """
    dead = [device for device in devices if not device.is_remembered(since=since, now=now)]
    if len(devices) - len(dead) < policy.DEVICES_OF_A_USER:
        return dead
    seen_once = [device for device in devices if device not in dead and device.was_seen_on_one_day_only]
    return dead + sorted(seen_once, key=lambda device: device.seen_at)[: policy.DEVICES_DROPPED_AT_ONCE]
