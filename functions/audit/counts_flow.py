"""Tell of refused attempts: the rows that count them are the only writes that a refused request makes.

Lambda gathers a minute of the stream (a tumbling window) and hands on a state in between. When the minute ends there is
one event for each login, network and kind of attempt, with their number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from shared import policy
from shared.delivery import event_bus
from shared.domain import audit_events
from shared.domain.activity import Event
from shared.domain.audit_events import COUNTED_REASONS, NONE, AuditEvent, Refused
from shared.domain.failure_marks import MANY
from shared.storage import attempt_changes
from shared.storage.attempt_changes import Change

type State = dict[str, dict[str, Any]]
"""What a window has counted until now, as JSON: a `_Group` by its row and mark."""


class _Kind(NamedTuple):
    """What is told of one kind of counter. `proof` is what was proved before the attempt."""

    event: Event | Refused
    proof: str


KINDS = {
    attempt_changes.PASSWORD: _Kind(Event.LOGIN_FAILED, NONE),
    attempt_changes.CODE: _Kind(Event.CODES_FAILED, "password"),
    attempt_changes.API_PASSWORD: _Kind(Refused.API_PASSWORD_FAILED, NONE),
    attempt_changes.FORGED: _Kind(Refused.SECRET_FORGED, NONE),
}

SUBJECT_CHARACTERS = 22
"""How much of a login's keyed name stands for it: 128 bits."""


@dataclass(frozen=True)
class _Group:
    """Attempts of one kind at one login from one network. `first` is the stream's number of the first record."""

    kind: str
    row: str
    mark: str
    name: str
    user_id: str
    network: str
    times: int
    count: int
    at: str
    first: str

    def may_be_under_way(self, *, at: datetime) -> bool:
        """Whether the last attempt may not be judged yet at that time."""
        return self.times > 0 and self.mark != MANY and datetime.fromisoformat(self.at) > at - policy.LONGEST_REQUEST


def added(state: State, records: Sequence[dict[str, Any]]) -> State:
    """Return the state with what *records*, of the stream, count.

    No more than policy.REFUSALS_TOLD_A_MINUTE logins and networks are kept apart: what is beyond becomes one group for
    each kind, so that a stranger's loop cannot make many events.
    """
    groups = {key: _Group(**facts) for key, facts in state.items()}
    for record in records:
        for change in _changes(record):
            key = f"{change.row} {change.mark}"
            if key not in groups and len(groups) >= policy.REFUSALS_TOLD_A_MINUTE:
                key, change = f"{change.kind} {MANY}", _of_many(change)  # noqa: PLW2901 - counted for all that are beyond
            groups[key] = _with(groups.get(key), change, record["dynamodb"]["SequenceNumber"])
    return {key: asdict(group) for key, group in groups.items()}


def tell(state: State, window: Mapping[str, str]) -> set[str]:
    """Put the events of a minute on the bus, and return the ids of those that it did not take."""
    counted = _without_right_ones(state, ends_at=datetime.fromisoformat(window["end"]))
    return event_bus.put([_event(group, window["start"]) for group in counted if group.times > 0])


def _changes(record: dict[str, Any]) -> Iterator[Change]:
    """Yield what a record counts. A row that DynamoDB forgot (TTL) takes nothing back."""
    is_forgotten = record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
    images = record["dynamodb"]
    if not is_forgotten:
        yield from attempt_changes.changes(images.get("OldImage", {}), images.get("NewImage", {}))


def _with(group: _Group | None, change: Change, number: str) -> _Group:
    """Return *group* with a change. What was counted before the window is not taken back from it."""
    times = max((group.times if group else 0) + change.times, 0)
    at = change.at.isoformat() if change.times > 0 or group is None else group.at
    facts = {name: value for name, value in vars(change).items() if name not in ("times", "at")}
    return _Group(**facts, times=times, at=at, first=group.first if group else number)


def _of_many(change: Change) -> Change:
    return replace(change, row=change.kind, mark=MANY, name=MANY, user_id="", network=MANY)


def _without_right_ones(state: State, *, ends_at: datetime) -> Iterator[_Group]:
    """Yield the groups without attempts that were right.

    Each is counted before it is judged. One that was under way when the window ended is looked up: a right one has
    taken itself back by now.
    """
    groups = [_Group(**facts) for facts in state.values()]
    late = [one for one in groups if one.may_be_under_way(at=ends_at)]
    now = dict(zip(late, attempt_changes.still_counted([(one.row, one.mark) for one in late]), strict=True))
    for group in groups:
        taken_back = max(group.count - now.get(group, group.count), 0)
        yield replace(group, times=group.times - taken_back)


def _event(group: _Group, minute: str) -> AuditEvent:
    kind = KINDS[group.kind]
    subject = _subject(group)
    return AuditEvent(
        id=sha256(f"{group.row} {group.mark} {minute} {group.first}".encode()).hexdigest()[:32],
        time=datetime.fromisoformat(group.at),
        event=kind.event,
        actor=NONE,
        proof=kind.proof,
        subject=subject,
        account=audit_events.account_of_subject(subject),
        address=group.network or NONE,
        device=NONE,
        outcome="failure",
        reason=COUNTED_REASONS[kind.event],
        request_id=NONE,
        about=NONE,
        times=group.times,
    )


def _subject(group: _Group) -> str:
    """Return whom it concerns: a user; or else the keyed name of what was typed, which may have been a password."""
    if group.user_id or group.name == MANY:
        return group.user_id or MANY
    return f"login:{group.name[:SUBJECT_CHARACTERS]}" if group.name else NONE
