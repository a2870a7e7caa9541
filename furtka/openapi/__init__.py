"""The contract, docs/openapi.json: what the handlers declare, the table of who may ask, and a word on each property."""

import os
import re

from furtka import paths

PRETENDED = "1"
"""A value that both a text and a number can have."""


def pretend_settings() -> None:
    """The contract does not depend on the stage, but the handlers read their settings when they are imported."""
    settings = paths.LAYERS / "shared" / "settings.py"
    for name in re.findall(r'os\.environ\["([A-Z_]+)"\]', settings.read_text()):
        os.environ.setdefault(name, PRETENDED)
