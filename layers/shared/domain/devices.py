"""A device that signed in before. Knowing it stills an e-mail and spares a wait; it is never a factor."""

from dataclasses import dataclass, field
from datetime import datetime

from shared import policy


@dataclass(frozen=True)
class Device:
    """It belongs to one user. The name is what its browser or program called itself."""

    user_id: str
    device_id: str
    sealed_secret: str = field(repr=False)
    name: str
    first_seen_at: datetime
    seen_at: datetime

    def is_remembered(self, *, since: datetime, now: datetime) -> bool:
        """*since* is from when on its user's devices are his: one that was seen before may be a thief's."""
        return self.first_seen_at > since and now < self.seen_at + policy.DEVICE_REMEMBERED_FOR
