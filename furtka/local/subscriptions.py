"""CloudWatch Logs' subscription filters: pass lines of the functions' log to a function."""

import json
import os
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from gzip import compress
from itertools import count
from queue import SimpleQueue
from typing import IO

from furtka.complaint import Complaint
from furtka.local.cloud import ACCOUNT
from furtka.local.runner import EventTooLarge, FunctionFailed, Runner
from furtka.local.template import Function, Template

FILTER = '{{ $.{} = "*" }}'
"""The one form of a filter's pattern that is understood here: lines that are JSON and have this key."""


def subscriptions(template: Template, functions: list[Function]) -> Iterator[tuple[str, str]]:
    """Yield (function, key): which function gets the lines of any log that have that key. Raises Complaint."""
    found: dict[tuple[str, str], None] = {}
    for function in functions:
        for name, event in function.events.items():
            if event["Type"] == "CloudWatchLogs":
                pattern = template.value(event["Properties"])["FilterPattern"]
                key = pattern.removeprefix("{ $.").removesuffix(' = "*" }')
                if pattern != FILTER.format(key):
                    raise Complaint(f"the filter of {name} can't be applied here: {pattern}")
                found[function.name, key] = None
    yield from found


class Log:
    """The log of all functions: a pipe that they write into.

    Its lines go on to *log*, and to the functions that want them, for which no function that writes waits.
    """

    def __init__(self, log: IO[str] | None) -> None:
        self._log = log or sys.stderr
        reading, writing = os.pipe()
        self._lines, self.end = os.fdopen(reading, errors="replace"), os.fdopen(writing, "w")
        self._wanted: list[tuple[str, str]] = []
        self._numbers = count(1)
        self._found: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, name="log", daemon=True)
        self._thread.start()

    def subscribe(self, wanted: list[tuple[str, str]], runner: Runner) -> None:
        """Pass on lines from now on: *wanted* are functions, each with the key of its lines."""
        self._wanted = wanted
        threading.Thread(target=self._pass_on, args=[runner], name="subscriptions", daemon=True).start()

    def close(self) -> None:
        """Stop reading, once every function has ended."""
        self.end.close()
        self._thread.join(timeout=5)

    def _read(self) -> None:
        for line in self._lines:
            with suppress(ValueError):  # the log was closed
                self._log.write(line)
                self._log.flush()
            for function, key in self._wanted:
                if f'"{key}"' in line:
                    self._found.put((function, line))

    def _pass_on(self, runner: Runner) -> None:
        while True:
            function, line = self._found.get()
            with suppress(FunctionFailed, EventTooLarge):  # the runner tells so
                runner.call(function, {"awslogs": {"data": self._batch(line)}})

    def _batch(self, line: str) -> str:
        now = int(datetime.now(UTC).timestamp() * 1000)
        batch = {
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": "local",
            "logStream": "local",
            "subscriptionFilters": ["local"],
            "logEvents": [{"id": f"{next(self._numbers):056}", "timestamp": now, "message": line}],
        }
        return b64encode(compress(json.dumps(batch).encode())).decode()
