"""Devices that signed in before. A known device gets no e-mail and a back-off of its own. It is never a factor."""

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

    def is_remembered(self, *, since: datetime, now: datetime) -> bool:
        """Whether the device counts as known. *since* is the user's `devices_since`: older devices may be a thief's."""
        return self.first_seen_at > since and now < self.seen_at + policy.DEVICE_REMEMBERED_FOR
