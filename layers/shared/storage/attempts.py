"""The strikes table: failed attempts in a row. One guarded write counts an attempt and checks its back-off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.backoff import Backoff, Window
from shared.domain.instants import NEVER
from shared.errors import CodesLocked, Outrun, Refusal, TooMany
from shared.storage import engine
from shared.storage.failure_marks import Updates
from shared.storage.mapping import RawItem


class AttemptItem(RawItem):
    """A count, and marks of failed attempts (`failure_marks`), which are kept when the count starts anew."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute()
    last_at = UTCDateTimeAttribute(null=True)
    lock_noted = BooleanAttribute(null=True)
    secret = UnicodeAttribute(null=True)  # missing in older rows
    user_id = UnicodeAttribute(null=True)  # of the login, empty if there is none: audit events name it
    forget_at = TTLAttribute()


class WindowItem(Model):
    """When the last requests of one kind came: `asked_0` is the newest."""

    class Meta:
        table_name = settings.STRIKES_TABLE

    about = UnicodeAttribute(hash_key=True)
    forget_at = TTLAttribute()


class LastAttempt(Outrun):
    """This attempt is the last one before the lock: only `recording_last` counts it."""


class NewlyLocked(CodesLocked):
    """Codes are locked, and the activity log has no entry of it yet."""


def is_over(row: engine.Row, *, secret: str, now: datetime) -> bool:
    """Whether the count in *row* is over: its time has passed, or it is of guesses at another secret than *secret*."""
    if not isinstance(row, AttemptItem):
        return False
    is_about_another = row.secret is not None and row.secret != secret
    return is_about_another or row.last_at is None or row.last_at <= now - policy.ATTEMPTS_FORGOTTEN_AFTER


def must_wait(row: engine.Row, backoff: Backoff, *, now: datetime) -> bool:
    """Whether `recording` would be refused for *row* as it was read, where no secret is named."""
    if not isinstance(row, AttemptItem) or row.last_at is None:
        return False
    if backoff.is_locked_after(int(row.failures)):
        return True
    is_forgotten = backoff.most is None and is_over(row, secret="", now=now)
    return not is_forgotten and now < row.last_at + backoff.wait_after(int(row.failures))


def key(about: str) -> engine.Key:
    return engine.Key(AttemptItem, about)


def recording(
    about: str,
    backoff: Backoff,
    refusal: type[TooMany],
    *,
    secret: str = "",
    guarded: bool = True,
    marking: Updates = (),
    user_id: str | None = None,
    now: datetime,
) -> engine.Write:
    """Count an attempt, before it is known whether it is right.

    Refused as *refusal*, with the time to wait, during a wait; never without *guarded*. A count that is over starts
    anew with this attempt: the clock decides that and not DynamoDB's TTL, which comes late. *secret* names the secret
    that is guessed, so that a changed one starts the count anew too. If the back-off has a `most`, the last attempt
    that it takes is refused as LastAttempt and each later one as CodesLocked; its count is kept until it is reset, any
    other for `policy.ATTEMPTS_FORGOTTEN_AFTER`. *marking* are updates of `failure_marks`, for which the row is
    kept longer. *user_id* is whose login it is, empty for one that does not exist.
    """
    counted = [AttemptItem.failures.add(1), AttemptItem.last_at.set(now), *marking, *_whose(user_id)]
    may = may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now)
    if backoff.most is not None:
        guard = may & (AttemptItem.failures.does_not_exist() | (AttemptItem.failures < backoff.most - 1))
        return engine.change(
            AttemptItem(about),
            [*counted, AttemptItem.forget_at.remove()],
            guard=guard,
            refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
        )
    goes_on = AttemptItem.about.does_not_exist() | ~_over(secret, now=now)

    def from_one(row: engine.Raw) -> engine.Write | None:
        is_new = row and is_over(AttemptItem.from_raw_data(row), secret=secret, now=now)
        if not is_new:
            return None
        return starting(
            about, backoff, refusal, secret=secret, guarded=guarded, marking=marking, user_id=user_id, now=now
        )

    return engine.change(
        AttemptItem(about),
        [*counted, *_kept(secret, marking, now=now)],
        guard=goes_on & may if guarded else goes_on,
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
        instead=from_one,
    )


def starting(
    about: str,
    backoff: Backoff,
    refusal: type[TooMany],
    *,
    secret: str = "",
    guarded: bool = True,
    marking: Updates = (),
    user_id: str | None = None,
    now: datetime,
) -> engine.Write:
    """Do what `recording` does, for a caller who has read that the count is over: it saves them a round trip."""
    begun = [AttemptItem.failures.set(1), AttemptItem.last_at.set(now), *marking, *_whose(user_id)]
    return engine.change(
        AttemptItem(about),
        [*begun, *_kept(secret, marking, now=now)],
        guard=AttemptItem.about.does_not_exist() | _over(secret, now=now),
        instead=lambda _: recording(
            about, backoff, refusal, secret=secret, guarded=guarded, marking=marking, user_id=user_id, now=now
        ),
    )


def recording_last(
    about: str, backoff: Backoff, refusal: type[TooMany], *, marking: Updates = (), now: datetime
) -> engine.Write:
    """Count the last attempt that is taken. Refused as `recording` if it is not the last, or another came first."""
    may = may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now)
    return engine.change(
        AttemptItem(about),
        [AttemptItem.failures.add(1), AttemptItem.last_at.set(now), *marking, AttemptItem.forget_at.remove()],
        guard=may & (AttemptItem.failures == _last(backoff)),
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
    )


def noting_lock(about: str, backoff: Backoff) -> engine.Write:
    """Mark the lock as written to the activity log. Refused as Outrun if it is already, or there is no lock."""
    return engine.change(
        AttemptItem(about),
        [AttemptItem.lock_noted.set(True)],
        guard=(AttemptItem.failures > _last(backoff)) & AttemptItem.lock_noted.does_not_exist(),
    )


def checking(about: str, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> engine.Write:
    """Require that an attempt would be allowed, without counting one. Refused as `recording` is.

    Only for a back-off with a `most`, whose count is never over.
    """
    return engine.check(
        key(about),
        guard=may_attempt(backoff, AttemptItem.failures, AttemptItem.last_at, now=now),
        refused=lambda row: _refusal_for(row, backoff, refusal, now=now),
    )


def resetting(about: str) -> engine.Write:
    """Reset the count, after a right attempt. Never refused."""
    return engine.remove(AttemptItem(about))


def resetting_count(about: str, *, unmarking: Updates = (), now: datetime) -> engine.Write:
    """Reset the count, after a right attempt, and keep the marks in its row. Never refused.

    *unmarking* takes back the mark of the right attempt, if one was made.
    """
    emptied = [AttemptItem.failures.set(0), AttemptItem.lock_noted.remove()]
    return engine.change(AttemptItem(about), [*emptied, *unmarking, _kept_until(marked=True, now=now)])


def giving_back(about: str, *, unmarking: Updates = (), now: datetime) -> engine.Write:
    """Take one attempt from the count, which was recorded before. Never refused."""
    # If the count is gone by now, this leaves one without a time, which is over at once.
    kept = _kept_until(marked=bool(unmarking), now=now)
    return engine.change(AttemptItem(about), [AttemptItem.failures.add(-1), *unmarking, kept])


def only_marking(about: str, marking: Updates, *, user_id: str | None = None, now: datetime) -> engine.Write:
    """Mark a failed attempt that another row counts. Never refused."""
    none = AttemptItem.failures.add(0)  # a row has a count, be it of none
    return engine.change(AttemptItem(about), [none, *marking, *_whose(user_id), _kept_until(marked=True, now=now)])


def may_attempt(
    backoff: Backoff, failures: NumberAttribute, last_at: UTCDateTimeAttribute, *, now: datetime
) -> Condition:
    """Return the condition that an attempt need not wait, for the attributes *failures* and *last_at*."""
    # One condition covers every step of the back-off: it needs no read, and of simultaneous attempts only one passes
    # after each wait.
    free = failures.does_not_exist() | (failures < backoff.free)
    *lower, (top, longest) = backoff.steps()
    waited = [(failures == step) & (last_at <= now - wait) for step, wait in lower]
    highest = (failures >= top) & (last_at <= now - longest)
    if backoff.most is not None:
        highest &= failures < backoff.most
    allowed: Condition = free | highest
    for step in waited:
        allowed |= step
    return allowed


# --- Requests in a window of time -------------------------------------------------------------------------


def asking(
    about: str, windows: Sequence[Window], refusal: type[TooMany], *, guarded: bool = True, now: datetime
) -> engine.Write:
    """Count a request. Refused as *refusal*, with the time to wait, if one of *windows*, shortest first, is full; never
    without *guarded*.
    """
    asked = _asked(windows)
    # DynamoDB reads all values of an update before it writes any.
    moved = [older.set(newer | NEVER) for newer, older in pairwise(asked)]
    guard: Condition | None = None
    for window in windows:
        oldest = asked[window.most - 1]
        fits = oldest.does_not_exist() | (oldest <= now - window.lasts)
        guard = fits if guard is None else guard & fits
    return engine.change(
        WindowItem(about),
        [asked[0].set(now), *moved, WindowItem.forget_at.set(now + windows[-1].lasts + policy.FORGET_AFTER)],
        guard=guard if guarded else None,
        refused=lambda row: refusal(retry_after=_full_for(row, windows, now=now)),
    )


def giving_back_newest(about: str, windows: Sequence[Window], *, now: datetime) -> engine.Write:
    """Take the newest request out of *windows*. Never refused."""
    asked = _asked(windows)
    moved = [newer.set(older | NEVER) for newer, older in pairwise(asked)]
    kept = WindowItem.forget_at.set(now + windows[-1].lasts + policy.FORGET_AFTER)
    return engine.change(WindowItem(about), [*moved, asked[-1].set(NEVER), kept])


def _asked(windows: Sequence[Window]) -> list[UTCDateTimeAttribute]:
    return [UTCDateTimeAttribute(attr_name=f"asked_{place}") for place in range(windows[-1].most)]


def _full_for(row: engine.Raw, windows: Sequence[Window], *, now: datetime) -> timedelta:
    def asked_at(place: int) -> datetime:
        written: engine.Raw = row.get(f"asked_{place}", {})
        return datetime.fromisoformat(written["S"]) if written else NEVER

    return max(asked_at(window.most - 1) + window.lasts for window in windows) - now


# --- The guards -------------------------------------------------------------------------------------------


def _whose(user_id: str | None) -> list[Action]:
    return [] if user_id is None else [AttemptItem.user_id.set(user_id)]


def _kept(secret: str, marking: Updates, *, now: datetime) -> list[Action]:
    """Return updates that say which secret is guessed, and when DynamoDB may remove the count."""
    return [AttemptItem.secret.set(secret), _kept_until(marked=bool(marking), now=now)]


def _kept_until(*, marked: bool, now: datetime) -> Action:
    """Return the update that says when DynamoDB may remove a row, which has marks or a count alone."""
    kept_for = policy.FAILURES_SHOWN_FOR if marked else policy.ATTEMPTS_FORGOTTEN_AFTER
    return cast(Action, AttemptItem.forget_at.set(now + kept_for))


def _over(secret: str, *, now: datetime) -> Condition:
    """Return `is_over` as a condition on a row that exists."""
    another = AttemptItem.secret.exists() & (AttemptItem.secret != secret)
    late = AttemptItem.last_at.does_not_exist() | (AttemptItem.last_at <= now - policy.ATTEMPTS_FORGOTTEN_AFTER)
    return cast(Condition, another | late)


def _refusal_for(row: engine.Raw, backoff: Backoff, refusal: type[TooMany], *, now: datetime) -> Refusal:
    item = AttemptItem.from_raw_data(row) if row else None
    if item is None or not (failures := int(item.failures)):
        # The last attempt was refused: a right one has reset the count since it was read.
        return Outrun()
    if backoff.is_locked_after(failures):
        return CodesLocked() if item.lock_noted else NewlyLocked()
    if backoff.is_locked_after(failures + 1) and now >= item.last_at + backoff.wait_after(failures):
        return LastAttempt()
    return refusal(retry_after=max(item.last_at + backoff.wait_after(failures) - now, timedelta(seconds=1)))


def _last(backoff: Backoff) -> int:
    """Return how many failures there are before the last attempt that is taken."""
    return (backoff.most or 0) - 1
