"""Clients of AWS: how long they wait for an answer, and how often they ask. A client is opened at first use."""

from datetime import timedelta

from boto3.session import Session
from botocore.config import Config

from shared import policy


def _patient(connects_within: timedelta, answers_within: timedelta, attempts: int) -> Config:
    return Config(
        connect_timeout=connects_within.total_seconds(),
        read_timeout=answers_within.total_seconds(),
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


KEYS = _patient(policy.STORE_CONNECTS_WITHIN, policy.STORE_ANSWERS_WITHIN, policy.STORE_ATTEMPTS)
"""For the secret store and KMS, which a request waits for."""

DELIVERY = _patient(policy.CONNECT_WITHIN, policy.ANSWER_WITHIN, 2)
"""For the queue, the carrier's secret, and the note of what was sent."""

ONCE = _patient(policy.CONNECT_WITHIN, policy.ANSWER_WITHIN, 1)
"""For what must not happen twice: the SDK repeats a request that timed out, and AWS may have done it."""


def session() -> Session:
    """Return a session for one client: boto3's default session is not made for several threads."""
    return Session()
