"""The pace of customers' messages: slow enough that codes find the carrier free."""

import time

from shared import policy, settings
from shared.delivery import pacing

_GAP = pacing.gap(sms_per_second=settings.SMS_PER_SECOND, at_once=settings.MESSAGES_AT_ONCE)
_free_at = 0.0  # by the clock of this process, which handles one batch at a time


def keep() -> None:
    """Wait until this invocation may send another customer's message."""
    time.sleep(max(_free_at - time.monotonic(), 0))
    _free_for(_GAP)


def rest() -> None:
    """Send no customer's message for a while, since the carrier refused one for coming too fast."""
    _free_for(policy.MESSAGES_REST.total_seconds())


def _free_for(seconds: float) -> None:
    global _free_at  # noqa: PLW0603 - what one batch sent counts for the next batch of the same process
    _free_at = time.monotonic() + seconds
