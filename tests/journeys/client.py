"""Harness: a client that speaks HTTP to the stack of this machine, and its hand on what only a laptop has."""

import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from subprocess import CompletedProcess
from typing import Any

import requests

from tests.support import commands

ARRIVES_WITHIN = 120  # seconds, on a machine that is busy with other tests

type Message = dict[str, str]


@dataclass
class Stack:
    """A running `furtka local`. `also` is the address of the API beside it, examples/protected-api."""

    url: str
    also: str = ""
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, timeout=ARRIVES_WITHIN, **more)

    def post(self, path: str, body: object = None, **more: Any) -> requests.Response:
        return self.call("POST", path, body, **more)

    # --- Its clock, its carrier, its schedule ---

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.call("GET", "/_local/clock").json()["now"])

    def wait(self, seconds: float) -> None:
        """Move the stack's clock: everything in it is now so much later."""
        assert self.post("/_local/clock", {"advance_seconds": seconds}).ok

    def let(self, time: timedelta) -> None:
        self.wait(time.total_seconds())

    def carrier_is(self, state: str) -> None:
        assert self.post("/_local/carrier", {"down": state == "down"}).ok

    def fire(self, schedule: str) -> None:
        assert self.post(f"/_local/fire/{schedule}").status_code == 204

    @property
    def demo(self) -> dict[str, str]:
        return dict(self.call("GET", "/_local/demo").json())

    # --- What it sent ---

    def outbox(self) -> list[Message]:
        return list(self.call("GET", "/_local/outbox").json())

    def sent(self, kind: str, to: str, *, after: int = 0, about: str = "") -> list[Message]:
        """What went to *to* behind the first *after* messages of the outbox and has *about* in its subject or text."""
        return [
            message
            for message in self.outbox()[after:]
            if (message["kind"], message["to"]) == (kind, to)
            and about in f"{message.get('subject', '')}\n{message['text']}"
        ]

    def message(self, kind: str, to: str, *, after: int = 0, about: str = "") -> str:
        """The text of the next such message, as soon as it is there."""
        deadline = time.monotonic() + ARRIVES_WITHIN
        while time.monotonic() < deadline:
            if found := self.sent(kind, to, after=after, about=about):
                return found[0]["text"]
            time.sleep(0.05)
        raise AssertionError(f"no {kind} to {to} about {about!r} arrived")

    def code(self, phone: str, *, after: int) -> str:
        found = re.search(r"\b[0-9]{6}\b", self.message("sms", phone, after=after))
        assert found
        return found[0]

    def furtka(self, *command: str) -> CompletedProcess[str]:
        """Run the command line as an operator does."""
        return commands.furtka(*command)
