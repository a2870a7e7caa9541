"""Clients of AWS: how long they wait for an answer, and how often they ask. A client is opened at first use."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.hooks import BaseEventHooks

from shared import deadline, policy


@dataclass(frozen=True)
class Patience:
    """How long a client waits, and how often it asks."""

    connects_within: timedelta
    answers_within: timedelta
    attempts: int

    @property
    def config(self) -> Config:
        return Config(
            connect_timeout=self.connects_within.total_seconds(),
            read_timeout=self.answers_within.total_seconds(),
            retries={"mode": "standard", "total_max_attempts": self.attempts},
        )

    @property
    def attempt(self) -> timedelta:
        """How long one attempt takes at most."""
        return self.connects_within + self.answers_within


KEYS = Patience(policy.STORE_CONNECTS_WITHIN, policy.STORE_ANSWERS_WITHIN, policy.STORE_ATTEMPTS)
"""For the secret store and KMS, which a request waits for."""

DELIVERY = Patience(policy.CONNECT_WITHIN, policy.ANSWER_WITHIN, 2)
"""For the queue, the carrier's secret, and the note of what was sent."""

ONCE = Patience(policy.CONNECT_WITHIN, policy.ANSWER_WITHIN, 1)
"""For what must not happen twice: the SDK repeats a request that timed out, and AWS may have done it."""


def session(patience: Patience, *, spare: timedelta = timedelta(0)) -> Session:
    """Return a session for one client of that patience: boto3's default session is not made for several threads.

    No attempt at a call is begun that could end after the deadline of the invocation, or with less than *spare* left
    before it: it fails with `deadline.DeadlinePassed`.
    """
    new = Session()
    keep_deadline(new.events, (patience.attempt + spare).total_seconds())
    return new


def keep_deadline(events: BaseEventHooks, needed: float) -> None:
    """Let clients with these *events* begin no attempt that takes *needed* seconds, nor a pause before it, too late."""

    def before_pause(attempts: int, caught_exception: Exception | None, **_: Any) -> None:
        if caught_exception:  # no answer: the SDK pauses up to so many seconds, if it asks again
            deadline.must_allow(2 ** (attempts - 1) + needed)

    events.register_first("before-send.*.*", lambda **_: deadline.must_allow(needed), unique_id="deadline-send")
    events.register_first("needs-retry.*.*", before_pause, unique_id="deadline-pause")
