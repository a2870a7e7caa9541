"""Prints a fingerprint of all that is below a folder, links followed: `fingerprint.py FOLDER`. Run by the Makefile."""

import sys
from hashlib import file_digest, sha256
from pathlib import Path

MADE_BY_RUNNING = "__pycache__"


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of all files below *folder*, but for Python's byte code."""
    total = sha256()
    for path in sorted(_files(folder)):
        total.update(f"{path.relative_to(folder)}\n{_digest(path)}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    every = folder.rglob("*", recurse_symlinks=True)
    return [path for path in every if path.is_file() and MADE_BY_RUNNING not in path.parts]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    print(fingerprint(Path(sys.argv[1])))
