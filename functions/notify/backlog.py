"""How far customers' messages are behind."""

from shared import policy
from shared.delivery import pacing, queue
from shared.delivery.notices import MESSAGES


def is_behind() -> bool:
    """Whether the queue of messages is so long that one may be in there still which was put there long ago.

    Raises Unavailable.
    """
    return queue.length(MESSAGES) > pacing.sent_within(policy.QUEUE_IS_BEHIND)
