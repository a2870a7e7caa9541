"""More rows than one call to DynamoDB reads or writes."""

from collections.abc import Iterable
from itertools import batched

from pynamodb.models import Model

from shared.storage import engine

MOST = 100
"""Rows of one BatchGetItem, and of one transaction."""


def fetch(keys: Iterable[engine.Key]) -> list[Model]:
    """Return the rows under *keys* that there are, in a round trip for each MOST."""
    return [row for some in batched(keys, MOST, strict=False) for row in engine.fetch(*some) if row is not None]


def remove(items: Iterable[Model]) -> None:
    """Remove the rows, whatever is there, in a round trip for each MOST. Not all or nothing."""
    for some in batched(items, MOST, strict=False):
        engine.commit(*map(engine.remove, some))
