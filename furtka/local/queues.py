"""Lambda's event source mappings: pass the messages of a queue to its function, in batches."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.sqs.models import sqs_backends

from furtka.local.clock import Clock
from furtka.local.cloud import ACCOUNT, REGION, Cloud
from furtka.local.runner import EventTooLarge, FunctionFailed, Runner
from furtka.local.template import Function, Properties, Template

LONG_POLL = 5  # seconds; a message ends the wait at once
PAUSE = 1  # seconds, before a queue that could not be read is tried again
MILLISECOND = timedelta(milliseconds=1)


class Turns:
    """The turns of the pollers of one function, which has one process here: the most urgent that waits is next."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[int] = []
        self._taken = False

    @contextmanager
    def turn(self, place: int) -> Iterator[None]:
        """Wait for a turn of the poller at *place*, of which the lowest is the most urgent."""
        with self._changed:
            self._waiting.append(place)
            self._changed.wait_for(lambda: not self._taken and min(self._waiting) == place)
            self._waiting.remove(place)
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()


@dataclass(frozen=True)
class Mapping:
    """Which queue feeds which function. `reports_failures`: the answer names the messages that failed.

    `place` is its place among the function's events in the template, the most urgent queue first.
    """

    function: str
    place: int
    queue_arn: str
    batch_size: int
    reports_failures: bool

    @property
    def queue_name(self) -> str:
        return self.queue_arn.rpartition(":")[2]


def mappings(template: Template, functions: list[Function]) -> Iterator[Mapping]:
    """Yield the enabled mappings of the template."""
    for function in functions:
        for place, event in enumerate(function.events.values()):
            properties = template.value(event.get("Properties", {})) if event["Type"] == "SQS" else {}
            if properties.get("Enabled", bool(properties)):
                yield _mapping(function.name, place, properties)


def _mapping(function: str, place: int, properties: Properties) -> Mapping:
    return Mapping(
        function=function,
        place=place,
        queue_arn=properties["Queue"],
        batch_size=int(properties.get("BatchSize", 10)),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


class Poller(threading.Thread):
    """Receives messages, invokes the function, and deletes those that it handled.

    The others become visible in the queue again after its visibility timeout.
    """

    def __init__(self, mapping: Mapping, turns: Turns, cloud: Cloud, runner: Runner, clock: Clock) -> None:
        super().__init__(name=f"poller of {mapping.queue_name}", daemon=True)
        self._mapping = mapping
        self._turns = turns
        self._runner = runner
        self._clock = clock
        self._sqs = cloud.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=mapping.queue_name)["QueueUrl"]
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._poll()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.wait(PAUSE):
                    print(f"{self.name}: {error}", file=sys.stderr, flush=True)

    def _poll(self) -> None:
        messages = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(self._mapping.batch_size, 10),
            WaitTimeSeconds=LONG_POLL,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages and not self._stopping.is_set():
            for message in self._handled(messages):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _handled(self, messages: list[Any]) -> list[Any]:
        """Invoke the function and return the messages that it handled."""
        try:
            event = {"Records": [self._record(one) for one in messages]}
            with self._turns.turn(self._mapping.place):
                result = self._runner.call(self._mapping.function, event)
        except (FunctionFailed, EventTooLarge):
            return []
        failed = failures(result) if self._mapping.reports_failures else set()
        known = {message["MessageId"] for message in messages}
        # An id that is not in the batch means, as with Lambda, that the whole batch failed.
        return [] if failed - known else [one for one in messages if one["MessageId"] not in failed]

    def _record(self, message: Any) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": self._on_our_clock(message["Attributes"]),
            "messageAttributes": _as_in_event(message.get("MessageAttributes", {})),
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.queue_arn,
            "awsRegion": REGION,
        }

    def _on_our_clock(self, attributes: dict[str, str]) -> dict[str, str]:
        ahead = int(self._clock.ahead / MILLISECOND)
        times = {name: str(int(value) + ahead) for name, value in attributes.items() if name.endswith("Timestamp")}
        return {**attributes, **times}


def failures(result: Any) -> set[Any]:
    """Return the ids of failed messages; None among them, for an entry without an id, fails the whole batch."""
    listed = (result or {}).get("batchItemFailures") or []
    return {failure.get("itemIdentifier") for failure in listed}


def _as_in_event(attributes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return message attributes with keys as in an event: SQS writes StringValue, an event stringValue."""
    return {name: {key[0].lower() + key[1:]: one for key, one in value.items()} for name, value in attributes.items()}


def deliver_sooner(step: timedelta) -> None:
    """Make delayed and in-flight messages visible sooner by *step*: the clock was moved, and moto uses real time."""
    for queue in sqs_backends[ACCOUNT][REGION].queues.values():
        for message in queue._messages:
            message.visible_at -= step / MILLISECOND
            message.delayed_until -= step / MILLISECOND
