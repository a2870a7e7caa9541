"""`furtka local`, started as a person does, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import boto3
import requests

from tests.support.template import ROOT

PATIENCE = 120  # seconds: longer than anything that works takes, even on a busy machine


def soon(look: Callable[[], Any]) -> Any:
    """What *look* sees, once it sees something. A function's log, too, is only written after its answer."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return seen


class Local:
    """A running `furtka local`, started as the command of the module *program*."""

    def __init__(self, folder: Path, *options: str, program: str = "furtka", **variables: str) -> None:
        self._log = folder / "log.txt"
        self._has_another = "--also" in options
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", program, "local", "--port", "0", *options],
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
        self.also = self._other_address() if self._has_another else ""
        return self

    def _other_address(self) -> str:
        """Return the address of the API that is served beside Furtka's."""
        line = next(line for line in self.process.stdout if "the other API" in line)
        return line.split()[-1]

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def end(self, with_signal: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            self.rest, _ = self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()  # a test that fails disturbs no other
            self.process.communicate()
            raise
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
