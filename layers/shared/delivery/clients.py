"""Delivery: how long AWS may keep us waiting. Clients are opened at first use, once a process."""

from boto3.session import Session
from botocore.config import Config

from shared import policy

PATIENT = Config(
    connect_timeout=policy.CONNECT_WITHIN.total_seconds(),
    read_timeout=policy.ANSWER_WITHIN.total_seconds(),
    retries={"mode": "standard", "total_max_attempts": 2},
)
ONCE = PATIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
"""For what must not happen twice: the SDK repeats what timed out, and that may have been heard."""


def session() -> Session:
    """One for each client, since boto3's default session is not made for several threads."""
    return Session()
