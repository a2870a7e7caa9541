"""A program of its own, since moto's state is a process's: the SDK tries a transaction again whose answer came late."""

from typing import Any

from botocore.exceptions import ClientError

from furtka.local.cloud import Cloud

TABLE: dict[str, Any] = {
    "TableName": "links",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def outcome(dynamodb: Any, token: str, key: str) -> str:
    put = {"TableName": "links", "Item": {"id": {"S": key}}, "ConditionExpression": "attribute_not_exists(id)"}
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken=token)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return "done"


def main() -> None:
    cloud = Cloud()
    cloud.start()
    try:
        dynamodb = cloud.client("dynamodb")
        dynamodb.create_table(**TABLE)
        print(*(outcome(dynamodb, token, key) for token, key in (("1", "a"), ("1", "a"), ("2", "a"), ("2", "a"))))
    finally:
        cloud.stop()


if __name__ == "__main__":
    main()
