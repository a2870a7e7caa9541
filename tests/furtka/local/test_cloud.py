"""The emulated AWS of one laptop: requests at the same moment do not undo each other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from furtka.local.cloud import Cloud

FILLED, ROWS = 500, 40


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    cloud = Cloud()
    cloud.start()
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    for number in range(FILLED // 25):  # the more rows there are, the longer moto takes to copy them
        rows = [{"PutRequest": {"Item": {"id": {"S": f"{number}-{place}"}}}} for place in range(25)]
        client.batch_write_item(RequestItems={"rows": rows})
    yield client
    cloud.stop()


def test_a_transaction_that_is_refused_takes_nobody_elses_rows_along(dynamodb: Any):
    def refused(_: int) -> str:
        put = {"TableName": "rows", "Item": {"id": {"S": "mine"}}, "ConditionExpression": "attribute_exists(id)"}
        with pytest.raises(ClientError) as refusal:
            dynamodb.transact_write_items(TransactItems=[{"Put": put}])
        return str(refusal.value.response["Error"]["Code"])

    def put(number: int) -> None:
        dynamodb.put_item(TableName="rows", Item={"id": {"S": str(number)}})

    with ThreadPoolExecutor(2) as some, ThreadPoolExecutor(2) as others:
        codes = some.map(refused, range(ROWS))
        written = others.map(put, range(ROWS))
        list(written)
    assert set(codes) == {"TransactionCanceledException"}
    assert dynamodb.scan(TableName="rows")["Count"] == FILLED + ROWS
