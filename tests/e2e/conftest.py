"""Fixtures: one AWS and one deployed Furtka for all that happens here."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e import deployment, emulator, people
from tests.e2e.deployment import Stack
from tests.e2e.emulator import Emulator
from tests.e2e.people import Person


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whatever fails here, the reason is most likely in what a function wrote."""
    report = yield
    if report.failed:
        stacks = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Stack)]
        report.sections += [(f"Logs of {stack.name}", stack.logs()) for stack in stacks]
    return report


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An AWS account with nothing in it."""
    with emulator.running(tmp_path_factory.mktemp("ministack")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def built(cloud: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """template.yaml after `sam build`."""
    return deployment.build(cloud, tmp_path_factory.mktemp("sam"))


@pytest.fixture(scope="session")
def stack(cloud: Emulator, built: Path) -> Iterator[Stack]:
    """template.yaml as it is, after `sam deploy`. Nobody kept quiet about something that a role does not allow."""
    stack = deployment.deploy(cloud, built, "furtka")
    yield stack
    assert "AccessDenied" not in stack.logs()


@pytest.fixture
def guest(stack: Stack) -> Person:
    """Somebody who was invited, and has no password yet."""
    return people.invited(stack)


@pytest.fixture
def owner(stack: Stack) -> Person:
    """Somebody with a password and a phone."""
    return people.member(stack)
