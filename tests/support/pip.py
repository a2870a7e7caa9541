"""Packages of PyPI as a file pins them, each in a folder of its own, so that no other release is in their way."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.npm import ROOT, Missing, alone_in


def install(pins: Path, home: Path) -> None:
    """Install what *pins* names, without what it depends on, into *home*, once a checkout. Raises Missing."""
    with alone_in(home):
        done = home / "pins.txt"  # written last, so that a broken installation has none
        if done.exists() and done.read_bytes() == pins.read_bytes():
            return
        print(f"installing {pins.relative_to(ROOT)} into {home.relative_to(ROOT)}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        where = ["--require-hashes", "--target", str(home), "--requirement", str(pins)]
        ran = subprocess.run([*command, *where], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if ran.returncode:
            raise Missing(f"`pip install` of {pins.relative_to(ROOT)} failed:\n{ran.stdout}{ran.stderr}")
        shutil.copy(pins, done)
