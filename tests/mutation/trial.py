"""One fault, put in while its module is imported, and the tests that are run against it. The source stays as it is.

A trial is a process of its own. It is forked from one that has imported what takes longest, and nothing of ours.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from multiprocessing import get_context
from pathlib import Path
from types import CodeType, FrameType, ModuleType

import boto3  # noqa: F401 - see above
import moto.dynamodb.models
import moto.server  # noqa: F401
import pynamodb.models  # noqa: F401
import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver  # noqa: F401
from aws_lambda_powertools.utilities import idempotency  # noqa: F401

from tests.mutation.coverage_map import ROOT, file_of
from tests.mutation.faults import Fault, module_with

IMPORT = "import"
"""What noticed a fault where no test was begun: nothing could be imported any more."""

LONGEST = 300
"""Seconds, after which a test fails. All that are chosen take a quarter of that."""


class TooLong(BaseException):
    """What no code under test catches."""


type Trial = tuple[Fault | None, list[list[str]]]
"""A fault, None for the code as it is, and the ids of the tests in their order. A batch runs if none before failed."""


def first_failures(trials: Sequence[Trial], *, at_once: int) -> Iterator[str]:
    """Yield for each trial the first test that failed, or what else noticed the fault; nothing where nothing did."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Pool(at_once, maxtasksperchild=1) as pool:
        yield from pool.imap(_first_failure, trials)


def _first_failure(trial: Trial) -> str:
    fault, batches = trial
    if fault:
        sys.meta_path.insert(0, _Finder(ROOT / fault.path, fault.place))
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LONGEST)
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    return next(filter(None, map(_failure_among, batches)), "")


def _failure_among(tests: list[str]) -> str:
    watcher = _Watcher(tests)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        ended = pytest.main(["-x", "-q", *dict.fromkeys(file_of(test) for test in tests)], [watcher])
    if ended == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise LookupError(f"no such tests: {tests}")
    return "" if ended == pytest.ExitCode.OK else watcher.failed or IMPORT


def _give_up(_: int, __: FrameType | None) -> None:
    raise TooLong


class _Watcher:
    """A plugin of pytest's: runs the tests in their order, and remembers the first that failed."""

    def __init__(self, tests: list[str]) -> None:
        self.failed = ""
        self._places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(wanted, key=lambda item: self._places[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


class _Finder:
    """Finds every module as ever, and the one with the fault with another loader."""

    def __init__(self, path: Path, place: int) -> None:
        self._path, self._place = path, place

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.origin and Path(spec.origin) == self._path:
            spec.loader = _Faulty(name, str(self._path), self._place)
            return spec
        return None


class _Faulty(SourceFileLoader):
    def __init__(self, name: str, path: str, place: int) -> None:
        super().__init__(name, path)
        self._place = place

    def get_code(self, _: str) -> CodeType:
        return compile(module_with(Path(self.path), self._place), self.path, "exec")
