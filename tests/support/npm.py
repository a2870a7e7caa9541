"""Harness: npm packages as a lock pins them, installed once a checkout."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Missing(Exception):
    """Something that tests need is not here, and we can't get it."""


def install(pins: Path, home: Path) -> None:
    """Once a checkout: what `package-lock.json` in *pins* names, into *home*. No package's script is run.

    Raises Missing.
    """
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(f"{home.name} comes from npm: there is no `{program}` on the PATH")
    if not _is_done(pins, home):
        print(f"installing {home.name} into {home.relative_to(ROOT)}", file=sys.stderr, flush=True)
        _install(pins, home)


def _is_done(pins: Path, home: Path) -> bool:
    """npm writes its own list last, so a broken installation has none."""
    lock, done = home / "package-lock.json", home / "node_modules" / ".package-lock.json"
    return done.exists() and lock.read_bytes() == (pins / "package-lock.json").read_bytes()


def _install(pins: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(pins / file, home)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")
