"""IP lists: the entries that an owner saves, and the list in force, which may be on trial."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.ip_ranges import Malformed, Span, admits, canonical, holds_everybody, span
from shared.errors import AddressNotAllowed, MalformedList, TrialOver

PANEL, API = "panel", "api"
NAMES = (PANEL, API)
"""The two IP lists of an account: for people in the panel, and for API clients. `Account` has fields of these names."""


@dataclass(frozen=True)
class ListEntry:
    """One entry: `source` in canonical form (see `ip_ranges.canonical`), a note, and the login that added it."""

    source: str
    note: str
    added_by: str
    added_at: datetime


def canonical_entries(typed: Sequence[str], *, on: bool) -> list[str]:
    """Return the entries in canonical form. Raises MalformedList, which names each entry that is malformed or double.

    An empty list that is *on* is malformed too: it would lock everybody out. So is one that holds nearly everybody.
    """
    misses, sources, seen = {}, [], set[Span]()
    for place, text in enumerate(typed):
        try:
            sources.append(_canonical_unless_seen(text, seen))
        except Malformed as fault:
            misses[f"entries.{place}.source"] = fault.reason
    if on and not typed:
        misses["entries"] = "empty"
    if not misses and holds_everybody(" ".join(sources)):
        misses["entries"] = "everybody"
    if misses:
        raise MalformedList(misses)
    return sources


def with_notes(
    sources: Iterable[str], notes: Iterable[str], known: Iterable[ListEntry], *, by: str, now: datetime
) -> list[ListEntry]:
    """Return the entries with their notes. An entry in *known* keeps who added it, and when."""
    before = {entry.source: entry for entry in known}
    return [
        replace(before.get(source, ListEntry(source, note, by, now)), note=note)
        for source, note in zip(sources, notes, strict=True)
    ]


def as_entries(sources: str, known: Iterable[ListEntry], *, since: datetime) -> list[ListEntry]:
    """Return an entry for each of *sources*, in their order. One that is not in *known* gets only the time *since*."""
    entries = {entry.source: entry for entry in known}
    return [entries.get(source, ListEntry(source, "", "", since)) for source in sources.split()]


def _canonical_unless_seen(text: str, seen: set[Span]) -> str:
    """Return the entry in canonical form, and add its addresses to *seen*. Raises Malformed, also for a duplicate."""
    # Spans are compared and not texts: a range and a CIDR can be the same addresses.
    source = canonical(text)
    if span(source) in seen:
        raise Malformed("duplicate")
    seen.add(span(source))
    return source


@dataclass(frozen=True)
class IpList:
    """One IP list of an account. `sources` are its entries in canonical form, with blanks between.

    If `trial_until` is set the list is on trial: from that instant the list before it (`before_on`, `before_sources`)
    is in force again, without any write. So a mistake cannot lock an owner out for long.
    """

    on: bool = False
    sources: str = ""
    changed_at: datetime = NEVER
    trial_until: datetime | None = None
    before_on: bool = False
    before_sources: str = ""

    def in_force(self, *, now: datetime) -> Self:
        """Return the list in force at *now*: this one or, once its trial has ended, the one before it."""
        if self.trial_until is None or now < self.trial_until:
            return self
        return replace(self._without_trial(), changed_at=self.trial_until)

    def admits(self, address: str, *, now: datetime) -> bool:
        """Whether the list in force admits *address*. A list that is off admits everybody."""
        ip_list = self.in_force(now=now)
        return not ip_list.on or admits(ip_list.sources, address)

    def proposing(self, *, on: bool, sources: str, on_trial: bool, now: datetime) -> Self:
        """Return the list changed, for good or *on_trial*. A trial after a trial goes back to the list before both."""
        settled = self._without_trial()
        decided = replace(settled, on=on, sources=sources, changed_at=now)
        if not on_trial:
            return decided
        return replace(
            decided,
            trial_until=now + policy.LIST_TRIAL,
            before_on=settled.on,
            before_sources=settled.sources,
        )

    def saved_from(self, address: str, *, on: bool, sources: str, now: datetime) -> Self:
        """Return the list changed: for good if it admits *address*, that of whoever saves it, or else on trial."""
        decided = self.proposing(on=on, sources=sources, on_trial=False, now=now)
        if decided.admits(address, now=now):
            return decided
        return self.proposing(on=on, sources=sources, on_trial=True, now=now)

    def confirmed(self, address: str, *, now: datetime) -> Self:
        """Return the list on trial made permanent, as somebody at *address* asks.

        Raises TrialOver if no trial runs, or AddressNotAllowed if the list does not admit *address*.
        """
        if self.trial_until is None or now >= self.trial_until:
            raise TrialOver
        if not admits(self.sources, address):
            raise AddressNotAllowed
        return replace(self, changed_at=now, trial_until=None, before_on=False, before_sources="")

    def opened(self, *, now: datetime) -> Self:
        """Return the list switched off, on trial or not. It keeps its entries, to be corrected later."""
        return self.proposing(on=False, sources=self.in_force(now=now).sources, on_trial=False, now=now)

    def _without_trial(self) -> Self:
        """Return the last list that was not on trial."""
        if self.trial_until is None:
            return self
        return replace(
            self, on=self.before_on, sources=self.before_sources, trial_until=None, before_on=False, before_sources=""
        )
