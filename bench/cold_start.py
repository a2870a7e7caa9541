"""How long a new Lambda environment takes to import a function: package and layer with byte code, and without.

Run `make bench`. It times whole processes, in turn, so that a machine that drifts slows both alike.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from furtka.openapi import pretend_settings
from furtka.paths import ROOT

BUILT = ROOT / ".aws-sam" / "build"
RUNS = 11
HANDLERS = {
    "LoginFunction": "login",
    "VerifyCodeFunction": "verify_code",
    "AccountFunction": "account",
    "NotifyFunction": "notify",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time what a cold start imports.")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"imports of each function, of each kind ({RUNS})")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        layer = _without_byte_code("SharedLayer/python", Path(folder))
        print(f"{'function':<22}{'with byte code':>16}{'without':>12}   (median of {runs}, ms)")
        for function, door in HANDLERS.items():
            package = _without_byte_code(function, Path(folder))
            pairs = [
                (_import(door, BUILT / function, BUILT / "SharedLayer" / "python"), _import(door, package, layer))
                for _ in range(runs)
            ]
            compiled, plain = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
            print(f"{function:<22}{compiled:>16.0f}{plain:>12.0f}")


def _without_byte_code(built: str, folder: Path) -> Path:
    return shutil.copytree(BUILT / built, folder / built, ignore=shutil.ignore_patterns("__pycache__"))


def _import(door: str, package: Path, layer: Path) -> float:
    """Return the seconds until a process that may write no byte code, as in Lambda, has imported the handler."""
    program = f"import sys; sys.path[:0] = [{str(package)!r}, {str(layer)!r}]; import {door}.handler"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", program], check=True, env=_environment())
    return time.perf_counter() - started


def _environment() -> dict[str, str]:
    pretend_settings()
    return {**os.environ, "AWS_DEFAULT_REGION": "eu-central-1"}


if __name__ == "__main__":
    main()
