"""What waits on the queue, and what left the house."""

from typing import Any

import boto3
from moto.backends import get_backend

from shared import settings
from tests.support.world import QUEUES


def taken() -> list[str]:
    """The bodies of all messages, up to ten of each queue, taken off for good."""
    sqs, bodies = boto3.client("sqs"), []
    for url in (settings.CODES_QUEUE_URL, settings.NOTICES_QUEUE_URL, settings.MESSAGES_QUEUE_URL):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            bodies.append(message["Body"])
    return bodies


def forget() -> None:
    """Nothing waits any more, and nothing was ever sent."""
    for name in QUEUES:
        queue = _inside("sqs").queues[name]
        queue._messages, queue._pending_messages = [], set()  # as a purge, which is refused for a minute after another
    _inside("sns").sms_messages.clear()
    _inside("ses").sent_messages.clear()


def _inside(service: str) -> Any:
    return get_backend(service)["123456789012"]["eu-central-1"]
