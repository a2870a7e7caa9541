"""Pages that are made of what the code says: written, or held against it."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def main(about: str | None, page: Callable[[], str], *, command: str) -> int:
    """Takes `[--check] FILE` from the command line. *command* of the Makefile writes the page; 1 where it must."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    if not asked.check:
        asked.file.write_text(page())
    elif asked.file.read_text() != page():
        print(f"{asked.file} is not what the code says. Run `make {command}`.", file=sys.stderr)
        return 1
    return 0
