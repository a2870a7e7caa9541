"""Flow of SMSAPI's reports: its numbers of states are ours, and move messages forward."""

from collections.abc import Iterable
from datetime import datetime

from shared.domain.messages import ACCEPTED, DELIVERED, EXPIRED, FAILED, REJECTED, UNDELIVERED
from shared.sending import carrier_states
from shared.sending.carrier_states import Told

STATES = {
    "402": EXPIRED,
    "404": DELIVERED,
    "405": UNDELIVERED,
    "406": FAILED,
    "407": REJECTED,
    "410": ACCEPTED,
}
"""What SMSAPI's numbers say of a message that it has taken. Others say nothing new: sent, queued, unknown."""


def take(told: Iterable[tuple[str, str, datetime]]) -> None:
    """Store what SMSAPI tells: the name of each message, the number of its state, and since when.

    Raises Unavailable as `carrier_states.take` does.
    """
    carrier_states.take(Told(name, STATES.get(number), at) for name, number, at in told)
