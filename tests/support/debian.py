"""Debian packages, unpacked into a folder of the checkout: nothing is installed, and nobody has to be root.

`apt-get` checks their signatures. They have no hashes here, since Debian replaces a package when it mends it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.npm import ROOT, Missing, alone_in

SIMULATE = ("apt-get", "--simulate", "install", "--no-install-recommends")
FROM_NOTHING = ("--option", "Dir::State::status=/dev/null")
"""As if nothing was installed yet, so that what is installed here by chance is unpacked as well."""


def install(packages: Sequence[str], family: str, home: Path) -> None:
    """Unpack *packages* into *home*, once a checkout, with all that they need of the same *family* of names.

    Other libraries that they need are unpacked where this machine lacks them. Raises Missing.
    """
    with alone_in(home):
        done = home / "packages.txt"  # written last, so that a broken installation has none
        if done.exists() and done.read_text().split() == list(packages):
            return
        print(f"unpacking {' '.join(packages)} into {home.relative_to(ROOT)}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        (home / "downloads").mkdir(parents=True)
        _run(["apt-get", "download", *_needed(packages, family)], home / "downloads")
        for package in sorted((home / "downloads").glob("*.deb")):
            _run(["dpkg", "--extract", str(package), str(home)], home)
        done.write_text("\n".join(packages))


def _needed(packages: Sequence[str], family: str) -> list[str]:
    """Return the names of what has to be unpacked, after the lists of packages are fetched if they are missing."""
    if not shutil.which("apt-get"):
        raise Missing(f"{' '.join(packages)} can be had from Debian alone, and there is no `apt-get` here")
    try:
        return _simulated(packages, family)
    except Missing:
        if os.geteuid():
            raise
        _run(["apt-get", "update", "-qq"], ROOT)
        return _simulated(packages, family)


def _simulated(packages: Sequence[str], family: str) -> list[str]:
    missing = _installed_by(_run([*SIMULATE, *packages], ROOT))
    every = _installed_by(_run([*SIMULATE, *FROM_NOTHING, *packages], ROOT))
    return sorted(missing | {name for name in every if name.startswith(family)})


def _installed_by(told: str) -> set[str]:
    return set(re.findall(r"^Inst (\S+)", told, re.MULTILINE))


def _run(command: list[str], directory: Path) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Missing(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout
