"""Harness: two running functions, each with a cache of its own, and the waiting of `furtka keys` without waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider

from furtka import rotation
from shared import secret_store


class Function:
    """A running function: what it does in a `with` block, it does with the keys that it read."""

    def __init__(self) -> None:
        self._provider = SecretsProvider(boto3_client=boto3.client("secretsmanager"))

    def read_again(self) -> None:
        """Its cache has come to its end."""
        self._provider.clear_cache()

    @contextmanager
    def running(self) -> Iterator[None]:
        with patch.object(secret_store, "provider", lambda: self._provider):
            yield


@contextmanager
def hurried() -> Iterator[list[float]]:
    """Let `furtka keys` find that the time it sleeps has passed, and return what it slept, in seconds."""
    slept: list[float] = []

    def now(_: Any) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(slept))

    with patch.object(rotation, "_now", now), patch.object(time, "sleep", slept.append):
        yield slept


def past(time: timedelta) -> Any:
    """Let `furtka keys` run as long after the secret was changed."""
    return patch.object(rotation, "_now", lambda _: datetime.now(UTC) + time)
