"""Put a sample of faults into the code, one at a time, and tell which of them no test notices.

    python -m tests.mutation --seed 2026-11-23 --sample 300

A fault that nobody notices needs a test, or, where it changes nothing that anybody could see, a line in
`equivalent.toml`. The same seed draws the same faults from the same sources.
"""

import argparse
import json
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation import coverage_map, faults
from tests.mutation.coverage_map import ROOT
from tests.mutation.faults import Fault
from tests.mutation.selection import chosen_for
from tests.mutation.trial import first_failures

SHARED = ROOT / "layers/shared"
AREAS = ("auth", "sending", "storage", "domain")
"""The folders of SHARED whose faults are drawn."""

LEFT_OUT = [f"tests/{name}" for name in ("races", "e2e", "clients", "contract", "journeys", "furtka", "mutation")]
"""Tests that start processes: no fault reaches those, and they take long."""

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
FOUND = ROOT / ".mutation"
"""Where the results and the coverage map are written."""

AT_ONCE = 2
NOTICED, SURVIVED, UNEXECUTED = "noticed", "survived", "executed by no test"


@dataclass(frozen=True)
class Result:
    """What became of a fault, and which test noticed it."""

    path: str
    line: int
    operator: str
    fault: str
    outcome: str
    noticed_by: str = ""
    tests: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.fault}: {self.outcome} {self.noticed_by and f'by {self.noticed_by}'}"

    @property
    def area(self) -> str:
        return Path(self.path).relative_to("layers/shared").parts[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 where the rate reaches the goal."""
    asked = _asked(arguments)
    every = [fault for fault in candidates() if asked.only in str(fault)]
    drawn = draw(every, seed=asked.seed, sample=asked.sample)
    if asked.list:
        print(*drawn, sep="\n")
        return 0
    coverage = coverage_map.update(FOUND / "coverage", LEFT_OUT)
    results = []
    for result in attempted([(fault, chosen_for(fault, coverage)) for fault in drawn]):
        results.append(result)
        print(f"{len(results)}/{len(drawn)} {result}", flush=True)
    (FOUND / f"{asked.seed}.json").write_text(json.dumps([asdict(result) for result in results], indent=1))
    print(summary(results))
    return int(rate(results) < asked.goal)


def attempted(chosen: Sequence[tuple[Fault, list[list[str]]]]) -> Iterator[Result]:
    """Try each fault against the tests that were chosen for it.

    Raises RuntimeError where those of the first fail without any fault: in another order than their files'.
    """
    if failed := next(first_failures([(None, tests) for _, tests in chosen if tests][:1], at_once=1), ""):
        raise RuntimeError(f"{failed} without any fault")
    noticed = first_failures([trial for trial in chosen if trial[1]], at_once=AT_ONCE)
    for fault, tests in chosen:
        yield _result(fault, tests, next(noticed) if tests else "")


def candidates() -> list[Fault]:
    """Return every fault of the areas that is not known to be equivalent."""
    known = {(entry["path"], entry["fault"]) for entry in equivalent()}
    every = [fault for area in AREAS for fault in of_area(area)]
    return [fault for fault in every if (_below_shared(fault), fault.key) not in known]


def of_area(area: str) -> list[Fault]:
    return [fault for path in sorted((SHARED / area).rglob("*.py")) for fault in faults.of_file(path, ROOT)]


def equivalent() -> list[dict[str, str]]:
    """Return the faults that change nothing anybody could see, each with the reason why."""
    return list(tomllib.loads(EQUIVALENT.read_text()).get("equivalent", ()))


def draw(candidates: Sequence[Fault], *, seed: str, sample: int) -> list[Fault]:
    return random.Random(seed).sample(candidates, min(sample, len(candidates)))  # noqa: S311 - a sample is no secret


def rate(results: Sequence[Result]) -> float:
    """Return how many per cent were noticed."""
    return 100 * sum(result.outcome == NOTICED for result in results) / max(len(results), 1)


def summary(results: Sequence[Result]) -> str:
    """Return the rate by area and by operator, and the faults that nobody noticed."""
    missed = [result for result in results if result.outcome != NOTICED]
    return "\n".join(
        [
            "",
            *map(str, missed),
            "",
            *_table("area", [(result.area, result.outcome) for result in results]),
            *_table("operator", [(result.operator, result.outcome) for result in results]),
            f"{len(results) - len(missed)} of {len(results)} noticed: {rate(results):.1f} %",
        ]
    )


def _table(name: str, outcomes: Sequence[tuple[str, str]]) -> list[str]:
    drawn, noticed = Counter(of for of, _ in outcomes), Counter(of for of, how in outcomes if how == NOTICED)
    lines = [f"{of:<20}{noticed[of]:>5} of {drawn[of]:>4}" for of in sorted(drawn)]
    return [f"by {name}", *lines, ""]


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default=f"{datetime.now(UTC):%Y-%m-%d}", help="another each day unless given")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--goal", type=float, default=97, help="per cent")
    parser.add_argument("--list", action="store_true", help="tell what was drawn, and do no more")
    parser.add_argument("--only", default="", metavar="TEXT", help="draw among faults that are told with this text")
    return parser.parse_args(arguments)


def _below_shared(fault: Fault) -> str:
    return str((ROOT / fault.path).relative_to(SHARED))


def _result(fault: Fault, batches: list[list[str]], noticed_by: str) -> Result:
    outcome = NOTICED if noticed_by else SURVIVED if batches else UNEXECUTED
    tests = sum(map(len, batches))
    return Result(fault.path, fault.lines.start, fault.operator, fault.key, outcome, noticed_by, tests)


if __name__ == "__main__":
    sys.exit(main())
