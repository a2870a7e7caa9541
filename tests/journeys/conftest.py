"""The stack of this machine, started as its users start it, and a client that speaks HTTP to it."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.support.local import Local
from tests.support.template import ROOT

READY_WITHIN = 60  # seconds, on a machine that is busy with other tests


@dataclass
class Stack:
    """A running `furtka local`."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, timeout=30, **more)

    def post(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.call("POST", path, body, **more)

    def wait(self, seconds: int) -> None:
        """Move the stack's clock: everything in it is now so much later."""
        assert self.post("/_local/clock", {"advance_seconds": seconds}).ok

    @property
    def demo(self) -> dict[str, str]:
        return dict(self.call("GET", "/_local/demo").json())

    def outbox(self) -> list[dict[str, str]]:
        return list(self.call("GET", "/_local/outbox").json())

    def message(self, kind: str, to: str, *, after: int = 0, about: str = "") -> str:
        """The text of the next message to *to*, behind the first *after* messages of the outbox."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            for message in self.outbox()[after:]:
                if message["kind"] == kind and message["to"] == to and about in message["text"]:
                    return message["text"]
            time.sleep(0.05)
        raise AssertionError(f"no {kind} to {to} arrived")

    def code(self, phone: str, *, after: int) -> str:
        found = re.search(r"\b[0-9]{6}\b", self.message("sms", phone, after=after))
        assert found
        return found[0]

    def furtka(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as an operator does."""
        return subprocess.run(
            [sys.executable, "-m", "furtka", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Local(tmp_path_factory.mktemp("stack")) as local:
        yield Stack(local.url)
