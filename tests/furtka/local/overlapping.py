"""Run by test_cloud.py, in a process of its own: there nothing of moto is changed for the tests."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from furtka.local.cloud import Cloud

FILLED, ROWS = 500, 40
AT_ONCE = 25  # rows of a BatchWriteItem


def main() -> None:
    """Write rows while transactions are refused, and print how many rows are there then, of how many."""
    cloud = Cloud()
    cloud.start()
    client = cloud.client("dynamodb")
    fill(client)
    with ThreadPoolExecutor(2) as some, ThreadPoolExecutor(2) as others:
        refusals = some.map(lambda _: refuse(client), range(ROWS))
        list(others.map(lambda number: client.put_item(TableName="rows", Item=row(number)), range(ROWS)))
        assert set(refusals) == {"TransactionCanceledException"}
    print(client.scan(TableName="rows")["Count"], "of", FILLED + ROWS)
    cloud.stop()


def fill(client: Any) -> None:
    """The more rows there are, the longer moto takes to copy them."""
    client.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    for batch in range(FILLED // AT_ONCE):
        rows = [{"PutRequest": {"Item": row(f"{batch}-{place}")}} for place in range(AT_ONCE)]
        client.batch_write_item(RequestItems={"rows": rows})


def row(name: object) -> dict[str, Any]:
    return {"id": {"S": str(name)}}


def refuse(client: Any) -> str:
    put = {"TableName": "rows", "Item": row("mine"), "ConditionExpression": "attribute_exists(id)"}
    try:
        client.transact_write_items(TransactItems=[{"Put": put}])
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return "done"


if __name__ == "__main__":
    main()
