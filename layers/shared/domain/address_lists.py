"""What an owner writes into an IP list: which addresses, whose they are, who let them in and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.addresses import Malformed, Span, canonical, span
from shared.errors import MalformedList

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
