"""Which tests are run against a fault: those that execute its line, the nearest ones first, as many as time allows."""

from collections.abc import Iterable, Iterator
from itertools import takewhile, zip_longest
from pathlib import PurePath

from tests.mutation.coverage_map import CoverageMap, file_of
from tests.mutation.faults import Fault

NEAR_SECONDS, QUICK_SECONDS, FAR_SECONDS = 15.0, 20.0, 60.0
"""For tests whose path mirrors the module's; for the quickest of all others, which are many; and for others."""

ROOM = 2
"""Folders that path and module have in common from where on a test counts as near: `shared/storage`."""


def chosen_for(fault: Fault, coverage: CoverageMap) -> list[list[str]]:
    """Return the ids of the tests, near and far, in the order in which they are run.

    None is chosen where no test executes the line. The far ones are loaded only when no near one noticed the fault.
    """
    executing = _executing(fault, coverage)
    near = [test for test in executing if _nearness(test, fault.path) >= ROOM]
    far = [test for test in executing if _nearness(test, fault.path) < ROOM]
    quick = _within(QUICK_SECONDS, sorted(far, key=coverage.seconds.__getitem__), coverage.seconds)
    others = _within(FAR_SECONDS, _in_turns(far, fault.path), coverage.seconds)
    batches = [
        [*_within(NEAR_SECONDS, _in_turns(near, fault.path), coverage.seconds)],
        [*dict.fromkeys([*quick, *others])],
    ]
    return [batch for batch in batches if batch]


def _executing(fault: Fault, coverage: CoverageMap) -> list[str]:
    """Return the tests that execute the fault's lines, and all of the module's own: constants of theirs may do it.

    What an import executes is seen by no test's lines: then every test counts that executes anything nearby, and every
    test of all for a module that holds nothing else.
    """
    tests = coverage.tests.get(fault.path, {})
    own = [test for test in coverage.seconds if _mirrored(test) == _parts(fault.path)]
    if not (fault.in_function or tests):
        return [*dict.fromkeys([*own, *coverage.seconds])]
    lines: Iterable[int] = fault.lines if fault.in_function else tests
    executing = (test for line in lines for test in tests.get(line, ()))
    return [*dict.fromkeys([*executing, *own])]


def _in_turns(tests: Iterable[str], path: str) -> Iterator[str]:
    """Yield the nearest files first, and of files that are equally near one test each, over and over."""
    files: dict[str, list[str]] = {}
    for test in tests:
        files.setdefault(file_of(test), []).append(test)
    for nearness in sorted({_nearness(file, path) for file in files}, reverse=True):
        beside = [tests for file, tests in files.items() if _nearness(file, path) == nearness]
        for turn in zip_longest(*beside):
            yield from filter(None, turn)


def _within(seconds: float, tests: Iterable[str], taken: dict[str, float]) -> Iterator[str]:
    spent = 0.0

    def fits(test: str) -> bool:
        nonlocal spent
        spent += taken[test]
        return spent <= seconds

    return takewhile(fits, tests)


def _nearness(test: str, path: str) -> int:
    """How many parts the paths have in common: `shared`, `storage`, and `tokens` of `test_tokens.py`."""
    pairs = zip(_mirrored(test), _parts(path), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _mirrored(test: str) -> tuple[str, ...]:
    return tuple(part.removeprefix("test_") for part in _parts(file_of(test)))


def _parts(path: str) -> tuple[str, ...]:
    return PurePath(path).with_suffix("").parts[1:]
