"""A run: the same faults for the same seed, none that is known to be equivalent, and a fault that is really put in."""

from collections import Counter
from pathlib import Path

import pytest

from tests.mutation import __main__ as run
from tests.mutation.__main__ import NOTICED, SURVIVED, UNEXECUTED, Result
from tests.mutation.faults import Fault

BACKOFF = "tests/shared/domain/test_backoff.py"
UNCONCERNED = [f"{BACKOFF}::test_only_a_ladder_with_a_last_rung_locks"]


@pytest.fixture(scope="module")
def every() -> list[Fault]:
    return run.candidates()


def test_a_seed_draws_the_same_faults_again_and_another_seed_others(every: list[Fault]):
    first, again, other = (run.draw(every, seed=seed, sample=300) for seed in ("a", "a", "b"))
    assert first == again
    assert len(set(first)) == len(set(other)) == 300
    assert len(set(first) & set(other)) < 100


def test_every_area_has_faults(every: list[Fault]):
    assert {Path(fault.path).parts[2] for fault in every} == set(run.AREAS)


def test_what_is_known_to_be_equivalent_is_there_says_why_and_is_not_drawn(every: list[Fault]):
    there = {(run._below_shared(fault), fault.key) for area in run.AREAS for fault in run.of_area(area)}
    known = [(entry["path"], entry["fault"]) for entry in run.equivalent()]
    assert [one for one in known if one not in there] == []
    assert [one for one, times in Counter(known).items() if times > 1] == []
    assert all(len(entry["why"]) > 20 for entry in run.equivalent())
    assert len(every) == len(there) - len(known)


def test_a_fault_is_put_in_and_noticed_while_the_source_stays_as_it_is(every: list[Fault]):
    path = "layers/shared/domain/backoff.py"
    before = (run.ROOT / path).read_text()
    fault = next(one for one in every if one.path == path and "failures < self.free ->" in one.key)
    tests = [f"{BACKOFF}::{name}" for name in _tests_of(BACKOFF)]
    unexecuted, result = run.attempted([(every[0], []), (fault, [UNCONCERNED, tests])])
    assert (result.outcome, result.noticed_by.partition("::")[0]) == (NOTICED, BACKOFF)
    assert (unexecuted.outcome, unexecuted.noticed_by) == (UNEXECUTED, "")
    assert (run.ROOT / path).read_text() == before


def test_a_fault_that_the_chosen_tests_do_not_look_at_survives(every: list[Fault]):
    fault = next(one for one in every if one.path.endswith("domain/points.py"))
    (result,) = run.attempted([(fault, [UNCONCERNED])])
    assert result.outcome == SURVIVED


def test_tests_that_fail_by_themselves_end_the_run(every: list[Fault]):
    with pytest.raises(RuntimeError, match="without any fault"):
        next(run.attempted([(every[0], [["tests/there_is_no_such_file.py::test_nothing"]])]))


def test_tests_that_are_not_there_end_the_run(every: list[Fault]):
    with pytest.raises(LookupError):
        next(run.attempted([(every[0], [[f"{BACKOFF}::test_that_is_not_there"]])]))


def test_the_summary_tells_what_was_missed_and_the_rates():
    results = [
        Result("layers/shared/auth/sessions.py", 7, "guard dropped", "f(): guard dropped: x", SURVIVED, "", 3),
        *[Result("layers/shared/storage/users.py", 8, "constant", "g(): constant: 1 -> 2", NOTICED, "test", 3)] * 3,
    ]
    told = run.summary(results).splitlines()
    assert told[1].strip() == "layers/shared/auth/sessions.py:7: f(): guard dropped: x: survived"
    assert [line.split() for line in told if " of " in line] == [
        ["auth", "0", "of", "1"],
        ["storage", "3", "of", "3"],
        ["constant", "3", "of", "3"],
        ["guard", "dropped", "0", "of", "1"],
        ["3", "of", "4", "noticed:", "75.0", "%"],
    ]
    assert run.rate(results) == 75


def _tests_of(path: str) -> list[str]:
    text = (run.ROOT / path).read_text()
    return [line.split("(")[0].removeprefix("def ") for line in text.splitlines() if line.startswith("def test_")]
