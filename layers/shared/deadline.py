"""The deadline of the running invocation: every attempt at a call to AWS asks first whether it can end in time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import Protocol

from botocore.exceptions import BotoCoreError

from shared import policy


class LeavesTime(Protocol):
    """Lambda's context object, as much of it as is needed here."""

    def get_remaining_time_in_millis(self) -> int: ...


class DeadlinePassed(BotoCoreError):
    """A call was not made, because its answer could come too late. Callers treat it as any failure of the SDK."""

    fmt = "too little time is left for this call"


clock = time.monotonic
"""Seconds that pass. It tells no time of day: only doors know that."""

_ends: ContextVar[float | None] = ContextVar("ends", default=None)


def kept[Event, Context: LeavesTime, Answer](
    handler: Callable[[Event, Context], Answer],
) -> Callable[[Event, Context], Answer]:
    """Return *handler*, a Lambda entry point, changed so that what it calls ends before the invocation does."""

    @wraps(handler)
    def lambda_handler(event: Event, context: Context) -> Answer:
        with within(timedelta(milliseconds=context.get_remaining_time_in_millis())):
            return handler(event, context)

    return lambda_handler


@contextmanager
def within(time_left: timedelta) -> Iterator[None]:
    """Set the deadline for the calls in the block, *policy.ANSWER_NEEDS* before the end of *time_left*."""
    token = _ends.set(clock() + (time_left - policy.ANSWER_NEEDS).total_seconds())
    try:
        yield
    finally:
        _ends.reset(token)


def allows(seconds: float) -> bool:
    """Return whether something that takes up to *seconds* ends in time. Always, outside of an invocation."""
    ends = _ends.get()
    return ends is None or clock() + seconds <= ends


def must_allow(seconds: float) -> None:
    """Raise DeadlinePassed unless something that takes up to *seconds* ends in time."""
    if not allows(seconds):
        raise DeadlinePassed
