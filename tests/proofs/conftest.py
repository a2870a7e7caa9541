"""One stack for all proofs of a file: to build one takes longer than most of them."""

from collections.abc import Iterator

import pytest
from moto.backends import get_backend

from tests.proofs import tables
from tests.support.world import NOON, World, new_world


@pytest.fixture(scope="module")
def stack() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture
def world(stack: World) -> World:
    """As new: nothing in the tables, on the queue or in the outbox, and one user, ann."""
    stack.deliver()
    for backend, outbox in (("sns", "sms_messages"), ("ses", "sent_messages")):
        getattr(get_backend(backend)["123456789012"]["eu-central-1"], outbox).clear()
    tables.empty()
    stack.now = NOON
    stack.ann = stack.add("ann")
    return stack
