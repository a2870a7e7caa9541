"""The stack of this machine, and somebody to use it."""

from collections.abc import Iterator

import pytest

from tests.journeys.client import Stack
from tests.journeys.people import Person
from tests.support.local import Local


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    options = ("--also", "examples/protected-api", "--parameter", "NeededScope=sms")
    with Local(tmp_path_factory.mktemp("stack"), *options, program="tests.support.quick_local") as local:
        yield Stack(local.url, also=local.also)


@pytest.fixture
def person(stack: Stack) -> Person:
    """Somebody with a password and a phone."""
    return Person(stack)


@pytest.fixture
def newcomer(stack: Stack) -> Person:
    """Somebody with a password and no second factor yet."""
    return Person(stack, phone=False)
