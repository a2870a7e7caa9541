"""`make smoke`: each command of the Makefile once, in its shortest form, so that none of them is broken unseen."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from furtka.paths import ROOT

PATIENCE = 600  # seconds: nothing that works takes so long, and what hangs must end
TARGET = re.compile(r"^([a-z0-9-]+(?:\.json)?):", re.MULTILINE)
BANNER = re.compile(r"Furtka is ready at (http://\S+)")


class Broken(Exception):
    """A command that did not do what it is for. Says what it said."""


@dataclass(frozen=True)
class Short:
    """The command itself, with arguments that make it short, or let it look without writing."""

    arguments: str = ""

    def __call__(self, target: str) -> None:
        _make(target, *([f"ARGS={self.arguments}"] if self.arguments else []))


@dataclass(frozen=True)
class Dry:
    """What the command would do is spelt out and not done, for the reason that is given."""

    why: str

    def __call__(self, target: str) -> None:
        _make("--dry-run", target)


@dataclass(frozen=True)
class Whole:
    """`.ci/run` runs all of it."""

    def __call__(self, target: str) -> None:
        if not re.search(rf"^(.* )?(step|make) {target}\b", (ROOT / ".ci/run").read_text(), re.MULTILINE):
            raise Broken(f".ci/run does not run `make {target}`")


def play(_: str) -> None:
    _play()


@cache
def _play() -> None:
    """Start the stack, use it and stop it: `run` and what needs it at once, since a start takes long."""
    with _stack() as url, tempfile.TemporaryDirectory() as folder:
        _make("demo", f"ARGS=--url {url}")
        _make("env.json", f"ARGS=--url {url} --file {folder}/env.json")


SMOKES: Mapping[str, Callable[[str], None]] = {
    "help": Short(),
    "run": play,
    "demo": play,
    "env.json": play,
    "test": Whole(),
    "proofs": Whole(),
    "journeys": Whole(),
    "quick": Short("--collect-only --quiet"),
    "mirror": Short("--collect-only --quiet"),
    "contract": Whole(),
    "races": Whole(),
    "e2e": Whole(),
    "deploy": Dry("it needs an account of AWS"),
    "mutants": Short("--list"),
    "nightly": Dry("it takes hours"),
    "check": Whole(),
    "smoke": Whole(),
    "bench": Short("--runs 1"),
    "openapi": Short("--check"),
    "limits": Short("--check"),
    "access": Short("--check"),
    "audit-events": Short("--check"),
    "sbom": Short(),
    "vulnerabilities": Dry("it asks the package index, which a build machine may not reach"),
    "costs": Short("--check"),
    "format": Short("--diff"),
    "lock": Dry("it asks the package index for whatever is newest today"),
}
"""How each target of the Makefile is smoked. A target that is not here is a failure."""


def targets() -> list[str]:
    """The commands of the Makefile, as they stand in it."""
    return TARGET.findall((ROOT / "Makefile").read_text())


def unknown() -> list[str]:
    """Targets without a smoke, and smokes without a target."""
    return sorted(set(targets()) ^ set(SMOKES))


def main() -> int:
    if unknown():
        print(f"SMOKES in tests/smoke.py and the Makefile differ in: {' '.join(unknown())}", file=sys.stderr)
        return 1
    broken = [target for target in targets() if not _is_well(target)]
    return 1 if broken else 0


def _is_well(target: str) -> bool:
    started = time.monotonic()
    try:
        SMOKES[target](target)
    except (Broken, subprocess.TimeoutExpired) as failure:
        print(f"make {target} is broken\n{failure}", file=sys.stderr, flush=True)
        return False
    print(f"make {target:<10} {time.monotonic() - started:6.1f} s", flush=True)
    return True


def _make(*arguments: str) -> None:
    """Raise Broken where `make` with these arguments does not end well."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise Broken(done.stdout)


def _environment() -> dict[str, str]:
    """Without what this `make` tells those that it starts: each command is smoked as if it were typed."""
    return {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


@contextmanager
def _stack() -> Iterator[str]:
    """Where `make run` answers, started as a person starts it and stopped with Ctrl-C."""
    with tempfile.TemporaryFile("w+") as said:
        stack = subprocess.Popen(
            ["make", "run", "ARGS=--port 0"],
            cwd=ROOT,
            env=_environment(),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches all of it, and nothing else
        )
        try:
            yield _address(stack, said.fileno())
        finally:
            os.killpg(stack.pid, signal.SIGINT)
            stack.wait(PATIENCE)
        said.seek(0)
        if "Traceback" in (told := said.read()):
            raise Broken(told)


def _address(stack: subprocess.Popen[bytes], said: int) -> str:
    """Where the stack answers, once it says so."""
    patience = time.monotonic() + PATIENCE
    while stack.poll() is None and time.monotonic() < patience:
        if found := BANNER.search(_told(said)):
            return found[1]
        time.sleep(0.1)
    raise Broken(_told(said))


def _told(said: int) -> str:
    return os.pread(said, 10_000, 0).decode()


if __name__ == "__main__":
    sys.exit(main())
