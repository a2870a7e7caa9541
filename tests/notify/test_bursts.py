"""Bursts of customers' messages: a model of the queues, of Lambda and of the carrier around our own decisions.

The settings are the template's, the pauses and the pace are the code's. The rest is as AWS describes it: a queue gives
its next message to the group that has the fewest in flight (fair queues), Lambda has so many invocations at a time as
the event source allows, and the carrier takes so many messages in a second.
"""

import heapq
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import policy
from shared.delivery import pacing
from shared.delivery.notices import CodeQueued, MessageQueued
from tests.support.template import resources, template

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
REST = policy.MESSAGES_REST
CODES_AT_ONCE = 5
"""Invocations with which Lambda begins to read a queue."""


@dataclass
class Message:
    """A message of a queue. `receipts` counts how often it was received as this message."""

    notice: MessageQueued
    put_at: float
    receipts: int = 0


@dataclass
class Model:
    """Two queues, their invocations and one carrier, in seconds since noon."""

    seed: int
    sends_within: float
    per_second: int
    now: float = 0
    left: dict[str, tuple[float, float]] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - the same in every run
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._tokens, self._filled_at = float(self.per_second), 0.0
        self._visible: dict[str, dict[str, deque[Message]]] = {
            name: defaultdict(deque) for name in ("Codes", "Messages")
        }
        self._in_flight: dict[str, Counter[str]] = {name: Counter() for name in self._visible}
        at_once = template()["Parameters"]["MessagesAtOnce"]["Default"]
        sources = {name: event["Properties"] for name, event in _notify()["Events"].items()}
        assert sources["Messages"]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MessagesAtOnce"}}
        self._free = {"Codes": CODES_AT_ONCE, "Messages": at_once}
        self._batch = {name: sources[name]["BatchSize"] for name in self._free}
        self._receipts = {name: _queue(name)["RedrivePolicy"]["maxReceiveCount"] for name in self._free}
        self._gap = pacing.gap(sms_per_second=20, at_once=at_once)

    def put(self, name: str, notice: MessageQueued, *, at: float) -> None:
        self._at(at, lambda: self._show(name, Message(notice, at)))

    def run(self) -> None:
        while self._events:
            self.now, _, happen = heapq.heappop(self._events)
            happen()

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._events, (when, self._order, happen))

    def _show(self, name: str, message: Message) -> None:
        self._visible[name][message.notice.account_id].append(message)
        self._invoke(name)

    def _invoke(self, name: str) -> None:
        while self._free[name] and (batch := self._receive(name)):
            self._free[name] -= 1
            self._send_next(name, batch)

    def _receive(self, name: str) -> deque[Message]:
        batch: deque[Message] = deque()
        while len(batch) < self._batch[name] and (
            waiting := [one for one, rest in self._visible[name].items() if rest]
        ):
            account = min(waiting, key=lambda one: self._in_flight[name][one])
            message = self._visible[name][account].popleft()
            message.receipts += 1
            if message.receipts > self._receipts[name]:
                self.dead.append(message.notice.id)
                continue
            self._in_flight[name][account] += 1
            batch.append(message)
        return batch

    def _send_next(self, name: str, batch: deque[Message]) -> None:
        if not batch:
            self._free[name] += 1
            return self._invoke(name)
        message, takes = batch.popleft(), self.sends_within
        self._in_flight[name][message.notice.account_id] -= 1
        if self._is_taken():
            self.left[message.notice.id] = (message.put_at, self.now + takes)
        else:
            self._put_off(name, message)
            takes = REST.total_seconds() if name == "Messages" else takes
        pause = max(takes, self._gap) if name == "Messages" else takes
        return self._at(self.now + pause, lambda: self._send_next(name, batch))

    def _put_off(self, name: str, message: Message) -> None:
        now = NOON + timedelta(seconds=self.now)
        pause = pacing.pause(message.notice, message.receipts, jitter=self._random.random(), now=now)
        message.receipts = 0 if pause.anew else message.receipts
        self._at(self.now + pause.seconds, lambda: self._show(name, message))

    def _is_taken(self) -> bool:
        grown = self._tokens + (self.now - self._filled_at) * self.per_second
        self._tokens, self._filled_at = min(grown, self.per_second), self.now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def waited(self, prefix: str) -> list[float]:
        return sorted(left - put for name, (put, left) in self.left.items() if name.startswith(prefix))


def _notify() -> dict[str, Any]:
    return dict(resources("AWS::Serverless::Function")["NotifyFunction"])


def _queue(name: str) -> dict[str, Any]:
    return dict(resources("AWS::SQS::Queue")[f"{name}Queue"])


def message(account: str, place: int) -> MessageQueued:
    return MessageQueued(f"{account}-{place}", account, "+48500100200", "text", "Test", 1)


def code(place: int, at: float) -> CodeQueued:
    expires_at = NOON + timedelta(seconds=at) + policy.CODE_LIFETIME
    return CodeQueued(f"code-{place}", f"bank-{place % 7}", "+48500100200", "text", "Test", 1, expires_at=expires_at)


SLOW, USUAL, QUICK = 0.4, 0.15, 0.03
"""Seconds that the carrier takes for one message."""


@pytest.mark.parametrize("burst", [2_000, 10_000])
@pytest.mark.parametrize(("sends_within", "per_second"), [(USUAL, 20), (QUICK, 20), (SLOW, 20), (USUAL, 12)], ids=str)
def test_codes_leave_within_seconds_however_many_messages_wait_and_nothing_is_lost(
    burst: int, sends_within: float, per_second: int
):
    """20 a second is what the template expects; with 12 the carrier takes fewer than it was said to."""
    model = Model(burst, sends_within, per_second)
    for place in range(burst):
        model.put("Messages", message("shop", place), at=0)
    for place in range(50):
        model.put("Messages", message("dentist", place), at=10)
    lasts = burst // 20
    for place in range(2 * lasts):
        model.put("Codes", code(place, place / 2), at=place / 2)
    model.run()
    assert model.dead == []
    assert len(model.left) == burst + 50 + 2 * lasts
    codes, dentist = model.waited("code-"), model.waited("dentist-")
    assert codes[int(0.99 * len(codes))] <= 5
    assert dentist[-1] <= 30  # of the burst before them, the last waits for minutes


def test_all_of_a_burst_leaves_before_what_waits_is_given_up():
    model = Model(1, USUAL, 20)
    for place in range(10_000):
        model.put("Messages", message("shop", place), at=0)
    model.run()
    assert model.waited("shop-")[-1] <= policy.SHIPMENT_GIVEN_UP_AFTER.total_seconds()
