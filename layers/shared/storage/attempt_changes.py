"""The strikes table's stream: which refused attempts a change of a row counts, or takes back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from shared.domain.identifiers import user_of
from shared.storage import attempts, engine, failure_marks
from shared.storage.attempts import AttemptItem
from shared.storage.engine import Raw
from shared.storage.failure_marks import COUNT

PASSWORD, CODE, API_PASSWORD, FORGED = "password", "code", "api-password", "forged-from"
"""Kinds of counters: how the keys of their rows begin."""

ANYWHERE = ":anywhere"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One attempt that a row counts (`times` is 1), or takes back because it was right (-1).

    `row` is the row's key, `mark` the attribute that counts, `count` what it counts afterwards. `name` is the keyed
    name of a login or empty, `user_id` whose login it is or empty.
    """

    kind: str
    row: str
    mark: str
    name: str
    user_id: str
    network: str
    times: int
    count: int
    at: datetime


def changes(old: Raw, new: Raw) -> Iterator[Change]:
    """Yield what a change of a row from *old* to *new* counts; either is empty where there was or is no row."""
    row = (new or old)["about"]["S"]
    kind, _, name = row.partition(":")
    make = partial(Change, kind=kind, row=row)
    if kind == CODE:
        yield from _marked(partial(make, name="", user_id=user_of(name)), old, new)
    elif kind == PASSWORD and row.endswith(ANYWHERE):
        whose = _text(new, "user_id")
        yield from _marked(partial(make, name=name.removesuffix(ANYWHERE), user_id=whose), old, new)
    elif kind == API_PASSWORD and not name.endswith((":inside", ":outside")):
        login, _, network = name.partition(":")
        whose = _text(new or old, "user_id")
        yield from _counted(partial(make, name=login, user_id=whose, network=network), old, new)
    elif kind == FORGED:
        yield from _counted(partial(make, name="", user_id="", network=name), old, new)


def still_counted(them: Sequence[tuple[str, str]]) -> list[int]:
    """Return what the attribute *mark* of each row counts now, by (row, mark)."""
    rows = list(dict.fromkeys(row for row, _ in them))
    found = dict(zip(rows, engine.fetch_raw(*(attempts.key(row) for row in rows)), strict=True))
    return [_number(found[row] or {}, mark) for row, mark in them]


def _marked(make: partial[Change], old: Raw, new: Raw) -> Iterator[Change]:
    """Yield the changes of marks. One that is gone was over, see `FailureMarks.over`: nothing was taken back."""
    for mark in new:
        times = _number(new, mark) - _number(old, mark) if mark.startswith(COUNT) else 0
        at = failure_marks.last_at(new, mark) or failure_marks.last_at(old, mark)
        if times and at:
            network, count = failure_marks.network_of(mark), _number(new, mark)
            yield make(mark=mark, network=network, times=times, count=count, at=at)


def _counted(make: partial[Change], old: Raw, new: Raw) -> Iterator[Change]:
    """Yield the change of a row that counts one network. A count that starts anew is at one again, at a later time."""
    mark = AttemptItem.failures.attr_name
    more = _number(new, mark) - _number(old, mark)
    is_attempt = more > 0 or (new and _text(new, "last_at") != _text(old, "last_at"))
    if is_attempt or more < 0:
        at = datetime.fromisoformat(_text(new or old, "last_at"))
        yield make(mark=mark, times=1 if is_attempt else -1, count=_number(new, mark), at=at)


def _text(row: Raw, name: str) -> str:
    value: dict[str, Any] = row.get(name, {})
    return str(value.get("S", ""))


def _number(row: Raw, name: str) -> int:
    value: dict[str, Any] = row.get(name, {})
    return int(value.get("N", 0))
