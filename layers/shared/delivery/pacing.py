"""Delivery: how fast messages go to the carrier, and how long one waits that came too fast."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import policy, settings
from shared.delivery.notices import CODES, CodeQueued, CodeSent, Notice, queue_for


@dataclass(frozen=True)
class Pause:
    """How many seconds a notice waits; `anew` as a new message of the queue, whose receipts count from one."""

    seconds: int
    anew: bool


def pause(notice: Notice, receipts: int, *, jitter: float, now: datetime) -> Pause:
    """Return how long *notice* waits that a busy carrier refused at its receipt of that number.

    *jitter*, from 0 to 1, spreads those that were refused together. A code does not wait longer than it lives.
    """
    first, longest = policy.CODE_PAUSES if queue_for(notice) == CODES else policy.MESSAGE_PAUSES
    step = min(first * 2 ** min(receipts - 1, 16), longest).total_seconds()
    seconds = math.ceil(step * (1 + jitter) / 2)
    if isinstance(notice, CodeSent | CodeQueued):
        seconds = max(1, min(seconds, math.ceil((notice.expires_at - now).total_seconds())))
    return Pause(seconds, receipts >= policy.RECEIPTS_WHILE_BUSY)


def gap(*, sms_per_second: int, at_once: int) -> float:
    """Return the seconds between two customers' messages of one invocation, if so many send *at_once*."""
    return at_once * 100 / (sms_per_second * policy.MESSAGES_PERCENT)


def sent_within(time: timedelta) -> float:
    """Return how many customers' messages leave in that time at most."""
    return settings.SMS_PER_SECOND * policy.MESSAGES_PERCENT / 100 * time.total_seconds()
