"""The strikes table: marks of failed attempts, in the row that counts them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from shared.domain.failure_marks import FailureMarks, Mark, Times
from shared.storage import engine
from shared.storage.mapping import RawItem

type Updates = Sequence[Action]
"""Updates of a row that counts attempts, to be made together with the count."""

COUNT, TIMES = "failed_", "times_"
"""How the attributes of a mark begin: `failed_<hour>_<network>`, and `times_<hour>_<network>` with first and last."""

REMOVED_AT_ONCE = 50
"""Marks that one write removes because they are over: DynamoDB limits the length of an expression."""


def marks_in(row: engine.Row) -> FailureMarks:
    """Return the marks in *row*, which counts attempts; none for no row."""
    if not isinstance(row, RawItem):
        return FailureMarks()
    return FailureMarks(
        {_mark(name, COUNT): int(value["N"]) for name, value in row.raw.items() if name.startswith(COUNT)},
        {_mark(name, TIMES): _times(value["S"]) for name, value in row.raw.items() if name.startswith(TIMES)},
    )


def marking(before: FailureMarks, network: str, *, now: datetime) -> Updates:
    """Return updates that mark an attempt. Marks of *before* that are over are removed."""
    # The count is added to, so that of attempts at once each is counted. Of their times one is as good as another.
    mark = before.mark_for(network, now=now)
    times = before.times_of(mark) or Times(now, now)
    over = islice((one for one in before.over(now=now) if one != mark), REMOVED_AT_ONCE)
    return [
        _count(mark).add(1),
        _times_of(mark).set(_text(times._replace(last_at=now))),
        *[removed for one in over for removed in (_count(one).remove(), _times_of(one).remove())],
    ]


def unmarking(before: FailureMarks, network: str, *, now: datetime) -> Updates:
    """Return updates that take back what `marking` with the same arguments marked: the attempt was right."""
    mark = before.mark_for(network, now=now)
    times = before.times_of(mark)
    return [_count(mark).add(-1), _times_of(mark).set(_text(times)) if times else _times_of(mark).remove()]


def network_of(name: str) -> str:
    """Return the network of the mark whose count has this attribute *name*."""
    return _mark(name, COUNT).network


def last_at(row: engine.Raw, name: str) -> datetime | None:
    """Return when the last attempt came of the mark whose count has this attribute *name*; None if it is missing."""
    written: engine.Raw = row.get(TIMES + name.removeprefix(COUNT), {})
    return _times(written["S"]).last_at if written else None


def _count(mark: Mark) -> NumberAttribute:
    return NumberAttribute(attr_name=f"{COUNT}{mark.hour}_{mark.network}")


def _times_of(mark: Mark) -> UnicodeAttribute:
    return UnicodeAttribute(attr_name=f"{TIMES}{mark.hour}_{mark.network}")


def _mark(name: str, kind: str) -> Mark:
    hour, network = name.removeprefix(kind).split("_", 1)
    return Mark(int(hour), network)


def _times(text: str) -> Times:
    first, last = text.split(" ")
    return Times(datetime.fromisoformat(first), datetime.fromisoformat(last))


def _text(times: Times) -> str:
    return f"{times.first_at.isoformat()} {times.last_at.isoformat()}"
