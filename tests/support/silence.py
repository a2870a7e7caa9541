"""Harness: AWS that does not answer, and a clock that goes on as long as the SDK would wait."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber

from shared import deadline


@dataclass
class Silence:
    """How long the requests took together, in seconds, and which of them were sent."""

    seconds: float = 0.0
    sent: list[str] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@contextmanager
def silent_from(place: int, *, each: float) -> Iterator[Silence]:
    """Let no request of the SDK be answered from the one at *place* on, counted from 0; *each* costs so many seconds.

    What is slept between them costs its time as well. Nobody really waits.
    """
    heard, answer = Silence(), BotocoreStubber.process_request

    def process(stubber: BotocoreStubber, request: Any) -> Any:
        heard.sent.append(request.url)
        if len(heard.sent) <= place:
            return answer(stubber, request)
        heard.pass_by(each)
        raise ReadTimeoutError(endpoint_url=request.url)

    with (
        patch.object(BotocoreStubber, "process_request", process),
        patch.object(time, "sleep", heard.pass_by),
        patch.object(deadline, "clock", lambda: heard.seconds),
    ):
        yield heard
