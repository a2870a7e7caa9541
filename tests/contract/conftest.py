"""docs/openapi.json in the hands of a stranger: linters, and clients that are generated from it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import npm
from tests.support.template import ROOT

HERE = Path(__file__).parent
PINS = ROOT / "requirements" / "contract"
INSTALLED = ROOT / ".furtka" / "contract"
"""Where .spectral.yaml looks for the OWASP ruleset."""

QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

type Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def tool() -> Tool:
    """Run a program of the pinned npm packages. Where they can't be had the tests fail, and say why."""
    npm.install(PINS, INSTALLED)

    def run(program: str, *given: object, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
        command = [npm.NODE, str(INSTALLED / "node_modules" / ".bin" / program), *map(str, given)]
        return subprocess.run(command, cwd=at, env=os.environ | QUIET, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def document() -> dict[str, Any]:
    """The contract, which a test may spoil."""
    return dict(json.loads((ROOT / "docs/openapi.json").read_text()))
