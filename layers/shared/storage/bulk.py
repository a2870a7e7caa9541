"""More rows than one call to DynamoDB reads or writes."""

from collections.abc import Iterable
from itertools import batched
from typing import Any

from pynamodb.models import Model

from shared import policy
from shared.storage import engine

MOST = 100
"""Rows of one BatchGetItem, and of one transaction."""

MOST_WRITTEN = 25
"""Rows of one BatchWriteItem."""


def fetch(keys: Iterable[engine.Key]) -> list[Model]:
    """Return the rows under *keys* that there are, in a round trip for each MOST."""
    return [row for some in batched(keys, MOST, strict=False) for row in engine.fetch(*some) if row is not None]


def put(items: Iterable[Model]) -> None:
    """Write the rows in the place of whatever is there, in a round trip for each MOST_WRITTEN. Not all or nothing.

    Raises Unreachable.
    """
    for some in batched(items, MOST_WRITTEN, strict=False):
        _put(some)


def _put(items: Iterable[Model]) -> None:
    """Write them. DynamoDB leaves some out where it is busy: these are written again."""
    wanted: dict[str, list[Any]] = {}
    for item in items:
        saved = item.get_save_kwargs_from_instance()
        wanted.setdefault(saved["TableName"], []).append({"PutRequest": {"Item": saved["Item"]}})
    for attempts in range(1, policy.STORE_BUSY_ATTEMPTS + 1):
        wanted = engine.call("BatchWriteItem", {"RequestItems": wanted}).get("UnprocessedItems") or {}
        if not wanted:
            return
        engine.pause(attempts, engine.BUSY)


def remove(items: Iterable[Model]) -> None:
    """Remove the rows, whatever is there, in a round trip for each MOST. Not all or nothing."""
    for some in batched(items, MOST, strict=False):
        engine.commit(*map(engine.remove, some))
