"""The canary on this machine: its account is made by the command, and the schedule runs it."""

import json
from collections.abc import Iterator

import pytest

from tests.support.commands import furtka
from tests.support.local import Local, soon


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with Local(
        tmp_path_factory.mktemp("canary"), "--parameter", "Canary=on", program="tests.support.quick_local"
    ) as local:
        yield local


def _counted(stack: Local, runs: int) -> list[float]:
    """Return whether each of so many runs succeeded, in their order."""
    soon(lambda: len(_lines(stack)) >= runs)
    return [line["CanarySucceeded"][0] for line in _lines(stack)]


def _lines(stack: Local) -> list[dict[str, list[float]]]:
    whole, *_ = stack.log.rpartition("\n")
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{") and "CanarySucceeded" in line]


def _fire(stack: Local) -> None:
    done = furtka("local", "--port", stack.url.rpartition(":")[2], "fire", "Canary")
    assert done.returncode == 0, done.stderr


def test_it_fails_until_its_account_is_made_and_succeeds_from_then_on(stack: Local):
    _fire(stack)
    assert _counted(stack, 1) == [0]
    made = furtka("canary", "create", "--url", stack.url, "--email", "team@example.com")
    assert made.returncode == 0, made.stderr
    before = stack.texts()
    _fire(stack)
    assert _counted(stack, 2) == [0, 1]
    assert stack.texts() == before, "it sends nothing, and nobody is told of its sign-in"
    stack.advance(3600)
    _fire(stack)
    assert _counted(stack, 3) == [0, 1, 1]


def test_a_stack_without_a_canary_says_how_to_get_one(tmp_path_factory: pytest.TempPathFactory):
    with Local(tmp_path_factory.mktemp("none"), program="tests.support.quick_local") as local:
        done = furtka("canary", "create", "--url", local.url, "--email", "team@example.com")
    assert done.returncode == 2
    assert "Canary=on" in done.stderr
