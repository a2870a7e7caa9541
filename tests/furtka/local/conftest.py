"""Starts `furtka local` as a person does, in a process of its own, and ends it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import boto3
import pytest
import requests

ROOT = Path(__file__).parents[3]
TOY = Path(__file__).parent / "toy" / "template.yaml"

PATIENCE = 30


class Local:
    """A running `furtka local`."""

    def __init__(self, folder: Path, *options: str, **variables: str) -> None:
        self._log = folder / "log.txt"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "furtka", "local", "--port", "0", *options],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Self:
        banner = self.process.stdout.readline()
        found = re.search(r"http://[0-9.:]+", banner)
        assert found, self.log
        self.url = found[0]
        self.stack = f"furtka-local-{self.url.rpartition(':')[2]}"
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def end(self, with_signal: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        self.rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    @property
    def log(self) -> str:
        return self._log.read_text()

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=PATIENCE, **options)

    def door(self, room: str, body: str | bytes = "", **options: Any) -> requests.Response:
        return self.post(f"/door/{room}", data=body, **options)

    def texts(self) -> list[str]:
        return [message["text"] for message in self.get("/_local/outbox").json()]

    def advance(self, seconds: float) -> None:
        assert self.post("/_local/clock", json={"advance_seconds": seconds}).ok

    def aws(self, service: str) -> Any:
        environment = self.get("/_local/environment").json()
        return boto3.session.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        ).client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])


def soon(look: Callable[[], Any]) -> Any:
    """What `look` sees, once it sees something."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return seen


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
