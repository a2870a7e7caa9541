"""What Lambda does around messages of customers: the pass of each minute, the queue, and calls that fail on the way."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import boto3
from moto.backends import get_backend

import notify.handler
import notify.shipments
from shared import settings
from shared.delivery import email, queue
from shared.domain.points import Points
from shared.observability import metrics
from shared.storage import deliveries
from tests.proofs import tables
from tests.support import deaths, sending
from tests.support.calls import Answer, AwsCall, Fault, Proceed, intercepted
from tests.support.events import Context, records
from tests.support.world import NOON, QUEUES, World

PLENTY = 1_000_000


def forget_clients() -> None:
    """So that the next test's own stack is asked."""
    metrics.clear_metrics()
    for opened in (email._ses, queue._sqs, deliveries._places):
        opened.cache_clear()


def start_anew(world: World) -> None:
    for name in QUEUES:
        backend("sqs").queues[name]._messages.clear()
    backend("sns").sms_messages.clear()
    tables.empty()
    world.now = NOON
    world.ann = world.add("ann")
    sending.give_points(world.ann.user_id[:10], PLENTY)


def backend(service: str) -> Any:
    """What lies inside of moto."""
    return get_backend(service)["123456789012"]["eu-central-1"]


def look(now: datetime, *, milliseconds_left: int = 60_000) -> None:
    """The schedule fires, as EventBridge writes its event."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    notify.shipments.lambda_handler(event, Context(milliseconds_left))  # type: ignore[arg-type]


def take(now: datetime) -> None:
    """Once through the queue: what failed stays there, to be seen again at once."""
    sqs = boto3.client("sqs")
    taken: list[dict[str, Any]] = []
    while found := sqs.receive_message(QueueUrl=settings.MESSAGES_QUEUE_URL, MaxNumberOfMessages=10).get("Messages"):
        taken += found
    try:
        while taken:
            event = records([taken[0]["Body"]], at=now)
            if notify.handler.lambda_handler(event, Context(60_000))["batchItemFailures"]:  # type: ignore[arg-type]
                _put_back(taken[0])
            else:
                sqs.delete_message(QueueUrl=settings.MESSAGES_QUEUE_URL, ReceiptHandle=taken[0]["ReceiptHandle"])
            taken.pop(0)
    finally:
        for message in taken:
            _put_back(message)


def _put_back(message: dict[str, Any]) -> None:
    boto3.client("sqs").change_message_visibility(
        QueueUrl=settings.MESSAGES_QUEUE_URL, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )


def sent() -> dict[str, int]:
    """How many messages each number got."""
    return dict(Counter(number for number, _ in backend("sns").sms_messages.values()))


def waiting() -> list[dict[str, Any]]:
    """What lies on the queue."""
    return [json.loads(message.body) for message in backend("sqs").queues["messages"].messages]


def paid(world: World) -> Points:
    return PLENTY - sending.balance(world.ann.user_id)


def before(do: Callable[[], object]) -> Fault:
    def first(_: AwsCall, proceed: Proceed) -> Answer:
        do()
        return proceed()

    return first


@contextmanager
def while_(operation: str, fault: Fault) -> Iterator[None]:
    """Every call by that name goes through *fault*."""

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return fault(call, proceed) if call.operation == operation else proceed()

    with intercepted(stumble):
        yield


SOME = ("is refused", "is done but not heard of", "is the last before the end", "is where it ends")
ENDS = {name: deaths.ENDS[name] for name in SOME}

BY_THE_QUEUE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
"""What Lambda does itself."""


@contextmanager
def ending(place: int, fault: Fault) -> Iterator[list[AwsCall]]:
    """Of the calls that Furtka makes the one at *place*, counted from 0, fails."""
    made: list[AwsCall] = []

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation in BY_THE_QUEUE:
            return proceed()
        made.append(call)
        return fault(call, proceed) if len(made) == place + 1 else proceed()

    with intercepted(stumble):
        yield made
