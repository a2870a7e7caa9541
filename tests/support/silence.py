"""Harness: AWS that does not answer, and a clock that goes on as long as the SDK would wait."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff
from moto.core.botocore_stubber import BotocoreStubber

from shared import clients, deadline


@dataclass
class Silence:
    """How long the requests took together, in seconds, and which of them were sent."""

    seconds: float = 0.0
    sent: list[str] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@contextmanager
def silent_from(place: int, *, seed: int = 0) -> Iterator[Silence]:
    """Let no request of the SDK be answered from the one at *place* on, counted from 0.

    Each costs all the time that its client allows, and pauses cost theirs; *seed* draws how long they are. Nobody
    really waits.
    """
    heard, answer, drawn = Silence(), BotocoreStubber.process_request, Random(seed)  # noqa: S311 - draws no secret

    def process(stubber: BotocoreStubber, request: Any) -> Any:
        heard.sent.append(request.url)
        if len(heard.sent) <= place:
            return answer(stubber, request)
        patience = clients.DELIVERY if "//sqs." in request.url else clients.KEYS
        heard.pass_by(patience.attempt.total_seconds())
        raise ReadTimeoutError(endpoint_url=request.url)

    def delay(_: Any, context: Any) -> float:
        return drawn.random() * 2.0 ** (context.attempt_number - 1)

    with (
        patch.object(BotocoreStubber, "process_request", process),
        patch.object(time, "sleep", heard.pass_by),
        patch.object(ExponentialBackoff, "delay_amount", delay),
        patch.object(deadline, "clock", lambda: heard.seconds),
    ):
        yield heard
