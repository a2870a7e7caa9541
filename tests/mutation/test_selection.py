"""The tests that are run against a fault: those that execute its line, the nearest first, within some time."""

from typing import Any

import pytest

from tests.mutation import selection
from tests.mutation.coverage_map import CoverageMap
from tests.mutation.faults import Fault
from tests.mutation.selection import chosen_for

MODULE = "layers/shared/storage/tokens.py"
OWN, BESIDE, FAR, FARTHER = (
    "tests/shared/storage/test_tokens.py",
    "tests/shared/storage/test_users.py",
    "tests/tokens/test_tokens.py",
    "tests/login/test_sign_in.py",
)


def fault(line: int = 5, *, in_function: bool = True) -> Fault:
    return Fault(MODULE, 0, "key", "operator", in_function, range(line, line + 1))


def covered(lines: dict[int, list[str]], **seconds: float) -> CoverageMap:
    every = {test for tests in lines.values() for test in tests}
    return CoverageMap({test: seconds.get(test.partition("::")[2], 1.0) for test in every}, {MODULE: lines})


def test_only_tests_that_execute_the_line_are_run():
    coverage = covered({4: [f"{BESIDE}::a"], 5: [f"{BESIDE}::b"], 6: [f"{BESIDE}::c"]})
    assert chosen_for(fault(), coverage) == [[f"{BESIDE}::b"]]
    assert chosen_for(fault(7), coverage) == []


def test_the_modules_own_tests_are_run_whatever_they_execute():
    coverage = covered({4: [f"{OWN}::a"], 5: [f"{BESIDE}::b"]})
    assert chosen_for(fault(), coverage) == [[f"{OWN}::a", f"{BESIDE}::b"]]  # the nearest first


def test_a_line_that_an_import_executes_concerns_every_test_of_the_module():
    coverage = covered({4: [f"{OWN}::a"], 6: [f"{OWN}::c", f"{OWN}::a"]})
    assert chosen_for(fault(in_function=False), coverage) == [[f"{OWN}::a", f"{OWN}::c"]]


def test_a_constant_of_a_module_that_holds_nothing_else_concerns_every_test():
    other = CoverageMap({f"{BESIDE}::b": 1.0, f"{OWN}::a": 1.0}, {})
    assert chosen_for(fault(in_function=False), other) == [[f"{OWN}::a", f"{BESIDE}::b"]]
    assert chosen_for(fault(), CoverageMap({f"{BESIDE}::b": 1.0}, {})) == []


def test_the_modules_own_tests_come_first_then_those_beside_and_then_all_others_in_turns(
    monkeypatch: pytest.MonkeyPatch,
):
    tests = [f"{file}::{name}" for file in (FARTHER, FAR, BESIDE, OWN) for name in ("a", "b")]
    near = [(OWN, "a"), (OWN, "b"), (BESIDE, "a"), (BESIDE, "b")]
    far = [(FARTHER, "a"), (FAR, "a"), (FARTHER, "b"), (FAR, "b")]
    monkeypatch.setattr(selection, "QUICK_SECONDS", 0)
    assert chosen_for(fault(), covered({5: tests})) == [
        [f"{file}::{name}" for file, name in near],
        [f"{file}::{name}" for file, name in far],
    ]


def test_among_the_others_the_quickest_come_first_and_each_once():
    tests = [f"{FAR}::{name}" for name in "abc"]
    [chosen] = chosen_for(fault(), covered({5: tests}, a=9, b=2, c=1))
    assert "".join(test[-1] for test in chosen) == "cba"


TIMES = [((2, 0, 2), "ab cd"), ((1, 0, 2), "a cd"), ((2, 0, 1), "ab c"), ((2, 1, 0), "ab c"), ((0.5, 0.5, 0.5), "")]


@pytest.mark.parametrize(("seconds", "run"), TIMES)
def test_no_more_are_run_than_time_allows(monkeypatch: pytest.MonkeyPatch, seconds: Any, run: str):
    for name, some in zip(("NEAR", "QUICK", "FAR"), seconds, strict=True):
        monkeypatch.setattr(selection, f"{name}_SECONDS", some)
    coverage = covered({5: [f"{OWN}::a", f"{OWN}::b", f"{FAR}::c", f"{FAR}::d"]})
    assert " ".join("".join(test[-1] for test in batch) for batch in chosen_for(fault(), coverage)) == run
