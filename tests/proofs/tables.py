"""What lies in the tables, seen past every door."""

from copy import deepcopy
from typing import Any

import boto3
from moto.backends import get_backend

type Rows = dict[str, Any]


def names() -> list[str]:
    return [name.removeprefix("test-") for name in _tables()]


def rows(name: str) -> list[dict[str, Any]]:
    """Every row of the table, as DynamoDB writes rows."""
    return [item.to_json()["Attributes"] for item in _tables()[f"test-{name}"].all_items()]


def row(name: str, key: dict[str, Any]) -> dict[str, Any]:
    """The row under *key*, or an empty one."""
    return next((row for row in rows(name) if key.items() <= row.items()), {})


def key_names(name: str) -> list[str]:
    return [part["AttributeName"] for part in _tables()[f"test-{name}"].schema]


def empty() -> None:
    put_back({name: type(table.items)(table.items.default_factory) for name, table in _tables().items()})


def remove_all(name: str) -> None:
    """Remove every row of one table."""
    keys = key_names(name)
    for row in rows(name):
        boto3.client("dynamodb").delete_item(TableName=f"test-{name}", Key={key: row[key] for key in keys})


def kept() -> Rows:
    """Everything as it lies there now, for `put_back`."""
    return {name: deepcopy(table.items) for name, table in _tables().items()}


def put_back(rows: Rows) -> None:
    for name, table in _tables().items():
        table.items = deepcopy(rows[name])


def _tables() -> dict[str, Any]:
    return dict(get_backend("dynamodb")["123456789012"]["eu-central-1"].tables)
