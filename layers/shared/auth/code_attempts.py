"""Attempts at a code: each is counted before the code is checked, and a lock is written to the activity log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from shared import audit
from shared.auth import attempt_limits
from shared.domain.activity import Event
from shared.domain.failure_marks import FailureMarks
from shared.domain.origins import Origin
from shared.errors import Outrun, WrongCode
from shared.storage import failure_marks
from shared.storage.attempts import LastAttempt, NewlyLocked
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class Guesser:
    """Whose codes are tried, and from where. `marks` are those of wrong codes that were read before."""

    user_id: str
    login: str
    origin: Origin
    marks: FailureMarks = field(default_factory=FailureMarks)


@contextmanager
def paid_for(guesser: Guesser, *writes: Write, now: datetime) -> Iterator[None]:
    """Count an attempt, in one transaction with *writes*, and let the caller check the code inside the `with`.

    The attempt is counted before the code is checked, so parallel guesses are all counted. The wrong code that locks
    codes is written to the activity log, once for each lock. Raises TooManyCodes, CodesLocked or what refuses
    *writes*.
    """
    try:
        is_last = _pay(guesser, writes, now=now)
    except NewlyLocked:
        note_lock(guesser, now=now)  # the request with the last code ended before it could
        raise
    try:
        yield
    except WrongCode:
        if is_last:
            note_lock(guesser, now=now)
        raise


def note_lock(guesser: Guesser, *writes: Write, now: datetime) -> None:
    """Write to the activity log that the user's codes are locked, unless another request has, and commit *writes*."""
    noting = [
        attempt_limits.noting_lock(guesser.user_id),
        audit.noting(Event.CODES_LOCKED, guesser.user_id, actor=guesser.login, origin=guesser.origin, now=now),
    ]
    try:
        return commit(*noting, *writes)
    except Outrun:
        return commit(*writes) if writes else None


def resetting(guesser: Guesser, *, now: datetime) -> Write:
    """Set the count to zero after a right code, and take its mark back: it was made before the code was checked."""
    unmarking = failure_marks.unmarking(guesser.marks, guesser.origin.network, now=now)
    return attempt_limits.resetting_code_attempts(guesser.user_id, unmarking, now=now)


def _pay(guesser: Guesser, writes: Sequence[Write], *, now: datetime) -> bool:
    """Count and mark the attempt, and return whether it is the last one before the lock."""
    marking = failure_marks.marking(guesser.marks, guesser.origin.network, now=now)
    try:
        commit(*writes, attempt_limits.recording_code_attempt(guesser.user_id, marking, now=now))
    except LastAttempt:
        commit(*writes, attempt_limits.recording_last_code_attempt(guesser.user_id, marking, now=now))
        return True
    return False
