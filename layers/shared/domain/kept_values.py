"""Values that a change replaced or removed, kept for a while so that a rescue or an undo can put them back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.provenance import Provenance, Rescue

EMAIL, PHONE, TOTP, RECOVERY_CODES, PASSWORD = "email", "phone", "totp", "recovery", "password"
PANEL_LIST, API_LIST, LEGACY_API, NOTIFY_URL = "panel-list", "api-list", "legacy-api", "notify-url"
"""The kinds of values. IP lists, the legacy API mode and the URL for delivery reports are an account's, and are kept
with its owner.
"""


@dataclass(frozen=True)
class KeptValue:
    """A value as it was until `at`, when a change of that provenance replaced it. `sealed` can be opened again."""

    user_id: str
    change_id: str
    kind: str
    at: datetime
    provenance: Provenance
    sealed: str = field(repr=False)


def before(kept: Iterable[KeptValue], kind: str, rescue: Rescue) -> KeptValue | None:
    """Return what to put back: the value of before the newest changes of that *kind* that *rescue* covers.

    None if the newest change is not covered: it was made from a device known before, so it stays.
    """
    found = None
    for value in _newest_first(kept, kind):
        if not rescue.covers(value.provenance):
            break
        found = value
    return found


def oldest(kept: Iterable[KeptValue], kind: str, *, since: datetime) -> KeptValue | None:
    """Return the value of that *kind* from before the first change at *since* or later; None if there was none."""
    changed = [value for value in _newest_first(kept, kind) if value.at >= since]
    return changed[-1] if changed else None


def left_on_purpose(kept: Iterable[KeptValue], kind: str, rescue: Rescue) -> bool:
    """Whether the value was changed since the reported sign-in from a device that was known before it."""
    since = (value for value in kept if value.kind == kind and value.at >= rescue.since)
    return any(not rescue.covers(value.provenance) for value in since)


def _newest_first(kept: Iterable[KeptValue], kind: str) -> list[KeptValue]:
    return sorted((value for value in kept if value.kind == kind), key=lambda value: value.at, reverse=True)
