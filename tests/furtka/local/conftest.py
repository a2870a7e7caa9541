"""Starts `furtka local` as a person does, in a process of its own, and ends it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.local import PATIENCE, Local
from tests.support.template import ROOT

TOY = Path(__file__).parent / "toy" / "template.yaml"


SOMEONES_ACCOUNT = {
    "AWS_PROFILE": "no-such-profile",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:9",
}


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """The toy, started in a shell that is set up for an AWS account."""
    folder = tmp_path_factory.mktemp("toy")
    with Local(folder, "--template", str(TOY), "--no-seed", **SOMEONES_ACCOUNT) as local:
        yield local


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Local]]:
    """Starts another one, with options and environment variables of the test's own."""
    with ExitStack() as running:

        def started(*options: str, **variables: str) -> Local:
            return running.enter_context(Local(tmp_path, *options, **variables))

        yield started


@pytest.fixture
def furtka() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command to its end."""

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "furtka", *arguments],
            cwd=ROOT,
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run
