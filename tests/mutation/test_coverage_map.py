"""The map of tests and lines: the parts of several processes are one, and a file that was run again counts anew."""

import json
from pathlib import Path

from tests.mutation import coverage_map

OLD, NEW, OTHER = "tests/a/test_a.py::old", "tests/a/test_a.py::new", "tests/b/test_b.py::other"


def write(folder: Path, name: str, seconds: dict[str, float], lines: dict[str, dict[int, list[int]]]) -> None:
    (folder / f"{name}.json").write_text(json.dumps({"seconds": seconds, "lines": lines}))


def test_the_parts_of_all_processes_are_one_map(tmp_path: Path):
    write(tmp_path, "1-gw0", {OLD: 1.5}, {"layers/x.py": {7: [0]}})
    write(tmp_path, "1-gw1", {OTHER: 2}, {"layers/x.py": {7: [0], 8: [0]}})
    found = coverage_map.read(tmp_path)
    assert found.seconds == {OLD: 1.5, OTHER: 2}
    assert {line: sorted(tests) for line, tests in found.tests["layers/x.py"].items()} == {7: [OLD, OTHER], 8: [OTHER]}


def test_a_file_that_was_run_again_counts_as_it_was_run_last(tmp_path: Path):
    write(tmp_path, "1-gw0", {OLD: 1, OTHER: 2}, {"layers/x.py": {7: [0, 1], 9: [0]}})
    write(tmp_path, "2-gw0", {NEW: 3}, {"layers/x.py": {8: [0]}})
    found = coverage_map.read(tmp_path)
    assert found.seconds == {NEW: 3, OTHER: 2}
    assert {line: tests for line, tests in found.tests["layers/x.py"].items() if tests} == {7: [OTHER], 8: [NEW]}


def test_without_a_run_nothing_is_executed(tmp_path: Path):
    assert coverage_map.read(tmp_path).seconds == {}
