"""A pytest plugin that writes down which lines of ours each test executes: `-p tests.mutation.coverage_map`.

Each process of xdist writes a file of its own into the folder that MUTATION_MAP names; `update` sees to it that they
are there, and puts them together.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import monitoring
from types import CodeType

import pytest

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / folder}{os.sep}" for folder in ("layers/shared", "functions"))

TOOL = monitoring.COVERAGE_ID

_seconds: dict[str, float] = {}
_lines: dict[str, list[tuple[str, int]]] = {}
_met: set[tuple[str, int]] = set()


@dataclass(frozen=True)
class CoverageMap:
    """What was written down: how long each test took, and which tests execute a line."""

    seconds: dict[str, float]
    tests: dict[str, dict[int, list[str]]]


def update(folder: Path, ignored: Sequence[str]) -> CoverageMap:
    """Return the map in *folder*, after a run of the tests that changed since; of all where anything else did."""
    began = folder / "began"
    since = began.stat().st_mtime if began.exists() else 0.0
    left_out = [ROOT / path for path in ignored]
    tests: list[Path] = []
    others = [*(ROOT / "layers/shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    for path in (ROOT / "tests").rglob("*.py"):
        if not any(path.is_relative_to(one) for one in left_out):
            (tests if path.name.startswith("test_") else others).append(path)
    if any(path.stat().st_mtime > since for path in others):
        shutil.rmtree(folder, ignore_errors=True)
        since = 0.0
    if changed := [path for path in tests if path.stat().st_mtime > since]:
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        _run(folder, changed)
        began.touch()
        os.utime(began, (now, now))
    return read(folder)


def read(folder: Path) -> CoverageMap:
    """Return the map that lies in *folder*. A file of tests that was run again counts as it was run last."""
    seconds: dict[str, float] = {}
    tests: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    known: set[str] = set()
    for part in sorted(folder.glob("*.json"), reverse=True):
        written = json.loads(part.read_text())
        names = [name if file_of(name) not in known else "" for name in written["seconds"]]
        seconds |= {name: written["seconds"][name] for name in names if name}
        for path, lines in written["lines"].items():
            for line, places in lines.items():
                tests[path][int(line)] += [names[place] for place in places if names[place]]
        known |= {file_of(name) for name in names}
    return CoverageMap(seconds, tests)


def file_of(test: str) -> str:
    return test.partition("::")[0]


def _run(folder: Path, tests: Sequence[Path]) -> None:
    together = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.coverage_map", *together, *map(str, tests)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"MUTATION_MAP": str(folder)}, check=True)


def pytest_configure() -> None:
    monitoring.use_tool_id(TOOL, "mutation")
    monitoring.register_callback(TOOL, monitoring.events.PY_START, _started)
    monitoring.register_callback(TOOL, monitoring.events.LINE, _executed)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Setup and teardown count too: what a fixture executes stands or falls with its test."""
    _met.clear()
    monitoring.set_events(TOOL, monitoring.events.PY_START)
    monitoring.restart_events()
    began = time.monotonic()
    answer = yield
    _seconds[item.nodeid] = time.monotonic() - began
    _lines[item.nodeid] = sorted(_met)
    return answer


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The process that only hands out tests has executed none."""
    monitoring.set_events(TOOL, monitoring.events.NO_EVENTS)
    monitoring.free_tool_id(TOOL)
    if not _lines:
        return
    places: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, met in enumerate(_lines.values()):
        for path, line in met:
            places[path][line].append(place)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "all")
    part = Path(os.environ["MUTATION_MAP"]) / f"{time.time_ns()}-{worker}.json"
    part.write_text(json.dumps({"seconds": {name: round(_seconds[name], 4) for name in _lines}, "lines": places}))


def _started(code: CodeType, _: int) -> object:
    """A function is asked for its lines only if it is ours, so that nothing else becomes slower."""
    if code.co_filename.startswith(OURS):
        monitoring.set_local_events(TOOL, code, monitoring.events.LINE)
    return monitoring.DISABLE


def _executed(code: CodeType, line: int) -> object:
    _met.add((os.path.relpath(code.co_filename, ROOT), line))
    return monitoring.DISABLE
