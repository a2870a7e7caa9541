"""What waits on the queue."""

import boto3

from shared import settings


def taken() -> list[str]:
    """The bodies of all messages, up to ten, taken off for good."""
    sqs, url = boto3.client("sqs"), settings.NOTICES_QUEUE_URL
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]
