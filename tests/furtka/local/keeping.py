"""Run by test_cloud.py, in a process of its own: moto's state is a process's, and all that it holds is counted."""

import gc

from moto.dynamodb.models.dynamo_type import Item
from moto.sqs.models import Message

from furtka.local.cloud import Cloud
from tests.furtka.local.overlapping import FILLED, fill, refuse, row

TIMES = 5


def main() -> None:
    """Read, write and refuse in a filled table, pass messages on, and print what is held, of how many rows."""
    cloud = Cloud()
    cloud.start()
    client = cloud.client("dynamodb")
    fill(client)
    for number in range(TIMES):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "rows", "Item": row(number)}}])
        refuse(client)
        client.scan(TableName="rows")
    pass_on(cloud)
    print(held(Item), "of", FILLED + TIMES, "and", held(Message), "messages")
    cloud.stop()


def pass_on(cloud: Cloud) -> None:
    """Send messages, receive each and delete it."""
    client = cloud.client("sqs")
    url = client.create_queue(QueueName="queue")["QueueUrl"]
    for _ in range(TIMES):
        client.send_message(QueueUrl=url, MessageBody="hello")
        (message,) = client.receive_message(QueueUrl=url)["Messages"]
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def held(kind: type) -> int:
    gc.collect()
    return sum(type(one) is kind for one in gc.get_objects())


if __name__ == "__main__":
    main()
