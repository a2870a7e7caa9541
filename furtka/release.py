"""What `furtka deploy` adds to packages, so that a parameter that changed goes live."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

FILE = "release.txt"
"""What functions/Makefile puts into each package: a fingerprint of the sources."""


def mark(built: Path, parameters: Mapping[str, str]) -> None:
    """Put a fingerprint of *parameters* into each package beside the built template.

    SAM publishes a new version of a function only if its package changed. Without this a new value would reach the
    function and not the version that everybody calls.
    """
    given = sha256(json.dumps(dict(parameters), sort_keys=True).encode()).hexdigest()
    for file in built.parent.glob(f"*/{FILE}"):
        sources = file.read_text().split()[0]
        file.write_text(f"{sources}\n{given}\n")
