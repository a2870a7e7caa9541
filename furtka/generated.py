"""Pages that are generated from the code: write one, or check that it is up to date."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def main(about: str | None, page: Callable[[], str], *, command: str) -> int:
    """Write the page to a file, or with `--check` compare them; return 1 if they differ.

    The arguments come from the command line: `[--check] FILE`. *command* is the make target that writes the page.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="compare the file instead of writing it")
    parser.add_argument("file", type=Path, help="the page")
    asked = parser.parse_args()
    if not asked.check:
        asked.file.write_text(page())
    elif asked.file.read_text() != page():
        print(f"{asked.file} is out of date. Run `make {command}`.", file=sys.stderr)
        return 1
    return 0
