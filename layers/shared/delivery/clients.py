"""Delivery: timeouts and retries of AWS clients. Each client is opened at its first use, once a process."""

from boto3.session import Session
from botocore.config import Config

from shared import policy

PATIENT = Config(
    connect_timeout=policy.CONNECT_WITHIN.total_seconds(),
    read_timeout=policy.ANSWER_WITHIN.total_seconds(),
    retries={"mode": "standard", "total_max_attempts": 2},
)
ONCE = PATIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
"""For requests that must not be made twice: the SDK would retry one that timed out but may have arrived."""


def session() -> Session:
    """Return a new session, one for each client, because boto3's default session is not thread-safe."""
    return Session()
