"""Provenance: from which sign-ins a change came, so that what a reported sign-in led to can be found and suspended.

A provenance is a text of `<user id>@<instant>`, with blanks between: for each user behind the change, when the device
that they used was first seen. What is made by a token, or by a sub-user, inherits the provenance of that token or
sub-user.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.instants import NEVER

type Provenance = str

UNKNOWN: Provenance = ""
"""The provenance of what an operator did, or of what was done before provenance was kept. No rescue covers it."""


@dataclass(frozen=True)
class Rescue:
    """A user's report, made at `until`, that the sign-in at `since` was not theirs."""

    user_id: str
    since: datetime
    until: datetime

    def covers(self, provenance: Provenance) -> bool:
        """Whether the change came from the reported sign-in, or from a device first seen at it or after it."""
        first_seen_at = _read(provenance).get(self.user_id)
        return first_seen_at is not None and self.since <= first_seen_at <= self.until

    def contains(self, other: "Rescue") -> bool:
        """Whether everything that *other* covers is covered by this one too."""
        return self.user_id == other.user_id and self.since <= other.since and other.until <= self.until


def of(user_id: str, device_seen_at: datetime) -> Provenance:
    """Return the provenance of what a user does on a device that was first seen at *device_seen_at*."""
    return UNKNOWN if device_seen_at == NEVER else f"{user_id}@{device_seen_at.isoformat()}"


def merged(*provenances: Provenance) -> Provenance:
    """Return the provenance of what all of these had a part in: for each user the device that was first seen last."""
    newest: dict[str, datetime] = {}
    for provenance in provenances:
        for user_id, at in _read(provenance).items():
            newest[user_id] = max(at, newest.get(user_id, NEVER))
    return " ".join(of(user_id, at) for user_id, at in sorted(newest.items()))


def joined(rescues: Iterable[Rescue], *, apart: int) -> tuple[Rescue, ...]:
    """Return *rescues* with at most *apart* of each user: older ones become one that covers the time between them."""
    kept: list[Rescue] = []
    for rescue in sorted(rescues, key=lambda one: one.until):
        kept = [*(one for one in kept if not rescue.contains(one)), rescue]
        own = [one for one in kept if one.user_id == rescue.user_id]
        if len(own) > apart:
            first, second, *_ = own
            both = Rescue(rescue.user_id, min(first.since, second.since), second.until)
            kept = [both, *(one for one in kept if one not in (first, second))]
    return tuple(sorted(kept, key=lambda one: one.until))


def _read(provenance: Provenance) -> dict[str, datetime]:
    pairs = (part.partition("@") for part in provenance.split())
    return {user_id: datetime.fromisoformat(at) for user_id, _, at in pairs}
