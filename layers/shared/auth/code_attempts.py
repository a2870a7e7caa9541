"""Attempts at a code: each is counted before the code is checked, and a lock is told to its user and to their log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from shared import audit
from shared.auth import attempt_limits
from shared.delivery import account_mail, queue
from shared.delivery.account_mail import Reader
from shared.delivery.letters import CodesWereLocked
from shared.domain.activity import Event
from shared.domain.failure_marks import FailureMarks
from shared.domain.origins import Origin
from shared.errors import Outrun, WrongCode
from shared.storage import failure_marks
from shared.storage.attempts import LastAttempt, NewlyLocked
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class Guesser:
    """Whose codes are tried, who is told of a lock, and from where. `marks` are those of wrong codes read before."""

    user_id: str
    reader: Reader
    origin: Origin
    marks: FailureMarks = field(default_factory=FailureMarks)


@contextmanager
def paid_for(guesser: Guesser, *writes: Write, now: datetime) -> Iterator[None]:
    """Count an attempt, in one transaction with *writes*, and let the caller check the code inside the `with`.

    The attempt is counted before the code is checked, so parallel guesses are all counted. The wrong code that locks
    codes is told as `note_lock` does, once for each lock. Raises TooManyCodes, CodesLocked or what refuses
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
    """Tell the user and their activity log that codes are locked, unless another request has, and commit *writes*."""
    actor = guesser.reader.login
    noting = [
        attempt_limits.noting_lock(guesser.user_id),
        audit.noting(
            Event.CODES_LOCKED, guesser.user_id, actor=actor, proof="password", origin=guesser.origin, now=now
        ),
    ]
    try:
        commit(*noting, *writes)
    except Outrun:
        return commit(*writes) if writes else None
    return queue.tell(letter_of_lock(guesser, now=now))


def letter_of_lock(guesser: Guesser, *, now: datetime) -> CodesWereLocked:
    """Return the e-mail about the lock. It is sent once a day at most: its id contains the day."""
    notice_id = f"codes-locked:{guesser.user_id}:{now:%Y-%m-%d}"
    return account_mail.addressed(CodesWereLocked, notice_id, guesser.reader, at=now)


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
