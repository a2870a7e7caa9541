"""Searching the activity log: which entries are wanted, and between which ids they are."""

from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.domain.activity import ActivityEntry, Event, hour_start, stamp
from shared.domain.identifiers import RECORD_CHARACTERS

BEHIND_ALL = "~"
"""Sorts after every character of an entry's id."""


@dataclass(frozen=True)
class Search:
    """A search for entries, the newest first: at most `limit`, and only those older than the entry `before`.

    Entries are not earlier than `since` and earlier than `until`, both in milliseconds. Of an entry that stands for
    several events, the last counts for `since` and the first for `until`, so that whoever asks for what is new since
    they last asked sees it again when more were counted.
    """

    before: str | None = None
    event: Event | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = policy.ACTIVITY_PAGE

    def finds(self, entry: ActivityEntry, *, now: datetime) -> bool:
        """Whether *entry* matches."""
        lowest, highest = self._all_ids(now=now)
        is_since = self.since is None or stamp(self.since) <= stamp(entry.last_at or entry.at)
        is_until = self.until is None or stamp(entry.at) < stamp(self.until)
        return self.event in (None, entry.event) and is_since and is_until and lowest <= entry.entry_id <= highest

    def bounds(self, *, now: datetime) -> list[tuple[str, str]]:
        """Return the lowest and the highest id of each place where entries may match, the newest first.

        What counts the events of an hour is filed under its start, which may be before `since`.
        """
        lowest, highest = self._all_ids(now=now)
        if self.since is None:
            places = [(lowest, highest)]
        else:
            hour, since = hour_start(self.since), first_id(self.since)
            counts = min(highest, stamp(hour) + BEHIND_ALL, _next_below(since))
            places = [(max(lowest, since), highest), (max(lowest, first_id(hour)), counts)]
        return [(low, high) for low, high in places if low <= high]

    def _all_ids(self, *, now: datetime) -> tuple[str, str]:
        """Return the lowest and the highest id whatever `since` is."""
        highest = [BEHIND_ALL]
        if self.until:
            highest.append(stamp(self.until))
        if self.before:
            highest.append(_next_below(self.before))
        if self.since and self.until and self.until <= self.since:
            highest.append("")
        return stamp(now - policy.ACTIVITY_KEPT_FOR) + BEHIND_ALL, min(highest)


def first_id(at: datetime) -> str:
    """Return what is lower than the id of every entry at *at* or later, and has the form of one."""
    return f"{stamp(at)}-{'0' * RECORD_CHARACTERS}"


def _next_below(entry_id: str) -> str:
    """Return the greatest text below *entry_id*. All ids have the same length, so no id lies between the two."""
    return entry_id[:-1] + chr(ord(entry_id[-1]) - 1)
