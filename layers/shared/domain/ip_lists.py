"""What an owner writes into an IP list: which addresses, whose they are, who let them in and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from shared import policy
from shared.domain.instants import NEVER
from shared.domain.ip_ranges import Malformed, Span, admits, canonical, span
from shared.errors import AddressNotAllowed, MalformedList, TrialOver

PANEL, API = "panel", "api"
NAMES = (PANEL, API)
"""From where people may come, and from where machines may. An account's gates are called so too."""


@dataclass(frozen=True)
class Entry:
    """Addresses that may come, `source` in its canonical spelling, and the login that let them in."""

    source: str
    note: str
    added_by: str
    added_at: datetime


def understood(typed: Sequence[str], *, on: bool) -> list[str]:
    """The canonical entries. Raises MalformedList, which names each entry that is none, or that is there already.

    A list that is on must hold an entry: an empty one would refuse everybody.
    """
    misses, sources, seen = {}, [], set[Span]()
    for place, text in enumerate(typed):
        try:
            sources.append(_new(text, seen))
        except Malformed as fault:
            misses[f"entries.{place}.source"] = fault.reason
    if on and not typed:
        misses["entries"] = "empty"
    if misses:
        raise MalformedList(misses)
    return sources


def written_down(
    sources: Iterable[str], notes: Iterable[str], known: Iterable[Entry], *, by: str, now: datetime
) -> list[Entry]:
    """The entries with their notes. One that was *known* already keeps who let it in, and when."""
    before = {entry.source: entry for entry in known}
    return [
        replace(before.get(source, Entry(source, note, by, now)), note=note)
        for source, note in zip(sources, notes, strict=True)
    ]


def held(sources: str, known: Iterable[Entry], *, since: datetime) -> list[Entry]:
    """What is known of each of *sources*, in their order: at least that it is there, *since* then."""
    entries = {entry.source: entry for entry in known}
    return [entries.get(source, Entry(source, "", "", since)) for source in sources.split()]


def _new(text: str, seen: set[Span]) -> str:
    """The same addresses may be written in two ways, as a range and as a CIDR."""
    source = canonical(text)
    if span(source) in seen:
        raise Malformed("duplicate")
    seen.add(span(source))
    return source


@dataclass(frozen=True)
class Gate:
    """What an account decided about one of its lists: whether it is on, and its canonical entries, with blanks between.

    With `trial_until` it is only tried: from then on what was decided before holds again, by itself.
    """

    on: bool = False
    sources: str = ""
    changed_at: datetime = NEVER
    trial_until: datetime | None = None
    before_on: bool = False
    before_sources: str = ""

    def in_force(self, *, now: datetime) -> Self:
        """The gate that counts: this one, or from the end of its trial on what was before it."""
        if self.trial_until is None or now < self.trial_until:
            return self
        return replace(self._without_trial(), changed_at=self.trial_until)

    def admits(self, address: str, *, now: datetime) -> bool:
        """Whether somebody at *address* may come in. Where the list is off everybody may."""
        gate = self.in_force(now=now)
        return not gate.on or admits(gate.sources, address)

    def proposing(self, *, on: bool, sources: str, on_trial: bool, now: datetime) -> Self:
        """The gate with another list. A trial that follows a trial goes back to what was decided before both."""
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
        """The gate with another list, for good where it holds whoever saves it, and only on trial where it does not."""
        decided = self.proposing(on=on, sources=sources, on_trial=False, now=now)
        if decided.admits(address, now=now):
            return decided
        return self.proposing(on=on, sources=sources, on_trial=True, now=now)

    def confirmed(self, address: str, *, now: datetime) -> Self:
        """The list that is tried, for good, as somebody at *address* wants it.

        Raises TrialOver, or AddressNotAllowed where the list does not hold him.
        """
        if self.trial_until is None or now >= self.trial_until:
            raise TrialOver
        if not admits(self.sources, address):
            raise AddressNotAllowed
        return replace(self, changed_at=now, trial_until=None, before_on=False, before_sources="")

    def opened(self, *, now: datetime) -> Self:
        """Off, whatever was decided or tried. The entries stay, to be corrected and switched on again."""
        return self.proposing(on=False, sources=self.in_force(now=now).sources, on_trial=False, now=now)

    def _without_trial(self) -> Self:
        """What was decided for good, whether a trial runs or has ended."""
        if self.trial_until is None:
            return self
        return replace(
            self, on=self.before_on, sources=self.before_sources, trial_until=None, before_on=False, before_sources=""
        )
