"""`make mirror` holds moto against AWS's engine: here against one that answers what a test makes it answer."""

import json
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from shared import settings
from tests.support import mirror
from tests.support.mirror import Call, Mirror
from tests.support.world import World

TABLE = settings.STRIKES_TABLE
KEY = {"about": {"S": "one"}}
ROW = KEY | {"number": {"N": "1"}, "set": {"SS": ["a", "b"]}}
REFUSAL = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": ROW}


class Engine:
    """Answers *status* and *said*, and has *row* in place of what is brought to it, if there is one."""

    def __init__(
        self, status: int = 200, said: dict[str, Any] | None = None, row: dict[str, Any] | None = None
    ) -> None:
        self._outcome = status, said or {}
        self._row = row
        self.brought: list[dict[str, Any]] = []

    def ask(self, _: str, __: bytes) -> tuple[int, dict[str, Any]]:
        return self._outcome

    def dispatch(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation == "BatchWriteItem":
            self.brought += arguments["RequestItems"][TABLE]
            return {"UnprocessedItems": {}}
        return {"Responses": {TABLE: [self._row] if self._row else []}}


@pytest.fixture
def stored(world: World) -> dict[str, Any]:
    """A row of moto's."""
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=ROW)
    return ROW


def differences(engine: Engine, operation: str, moto: dict[str, Any], status: int = 200) -> list[str]:
    call = Call(operation, {"TableName": TABLE, "Key": KEY})
    held = Mirror(engine)  # type: ignore[arg-type]
    held.answer(call, b"{}", lambda: (status, {}, json.dumps(moto)))
    return held.differences


@pytest.mark.usefixtures("stored")
def test_a_row_that_only_moto_finds_is_a_difference_which_shows_both():
    [told] = differences(Engine(), "GetItem", {"Item": ROW})
    assert told.startswith("GetItem ")
    assert "AWS:  {}" in told
    assert 'moto: {"Item"' in told


@pytest.mark.usefixtures("stored")
def test_a_refusal_that_only_the_engine_makes_is_a_difference():
    assert differences(Engine(400, REFUSAL), "GetItem", {"Item": ROW})


@pytest.mark.usefixtures("stored")
def test_another_reason_for_a_refusal_is_a_difference():
    other = REFUSAL | {"__type": "com.amazonaws.dynamodb.v20120810#ValidationException"}
    assert differences(Engine(400, REFUSAL), "GetItem", other, 400)
    assert not differences(Engine(400, REFUSAL), "GetItem", REFUSAL, 400)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("row", [None, ROW | {"number": {"N": "2"}}], ids=["gone", "changed"])
def test_a_row_that_a_write_left_otherwise_in_the_engine_is_a_difference(row: dict[str, Any] | None):
    [told] = differences(Engine(row=row), "UpdateItem", {})
    assert '"row"' in told


@pytest.mark.usefixtures("stored")
def test_how_a_number_is_written_and_how_a_set_is_ordered_is_none():
    same = ROW | {"number": {"N": "1.0"}, "set": {"SS": ["b", "a"]}}
    assert not differences(Engine(said={"Item": same}), "GetItem", {"Item": ROW})
    assert not differences(Engine(row=same), "UpdateItem", {})


@pytest.mark.parametrize(("last", "differ"), [("same", False), ("later", True)])
@pytest.mark.usefixtures("world")
def test_how_many_rows_follow_on_a_page_may_differ_where_rows_have_equal_keys_in_an_index(last: str, differ: bool):
    rows = [
        {"user_id": {"S": one}, "shard": {"S": "0"}, "due_at": {"S": at}} for one, at in (("a", "same"), ("b", last))
    ]
    for row in rows:
        boto3.client("dynamodb").put_item(TableName=settings.REMINDERS_TABLE, Item=row)
    asked = {"TableName": settings.REMINDERS_TABLE, "IndexName": "due", "ExclusiveStartKey": rows[0]}
    held = Mirror(Engine(said={"Count": 1, "Items": rows[1:]}))  # type: ignore[arg-type]
    with patch.object(held, "_bring"):
        held.answer(Call("Query", asked), b"{}", lambda: (200, {}, "{}"))
    assert bool(held.differences) == differ


def test_what_a_call_needs_is_brought_to_the_engine_once(stored: dict[str, Any]):
    engine = Engine(said={"Item": stored})
    held = Mirror(engine)  # type: ignore[arg-type]
    for _ in range(2):
        held.answer(
            Call("GetItem", {"TableName": TABLE, "Key": KEY}), b"{}", lambda: (200, {}, json.dumps({"Item": stored}))
        )
    assert [put["PutRequest"]["Item"]["about"] for put in engine.brought] == [KEY["about"]]
    assert held.calls["calls"] == 2


@pytest.mark.usefixtures("stored")
def test_what_moto_breaks_at_is_a_difference_and_breaks_the_request():
    def breaks() -> Any:
        raise RuntimeError("moto")

    held = Mirror(Engine())  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        held.answer(Call("GetItem", {"TableName": TABLE, "Key": KEY}), b"{}", breaks)
    assert held.differences


def test_a_test_fails_where_the_two_differ_and_the_next_begins_without():
    held = SimpleNamespace(differences=["GetItem {}"])
    item: Any = SimpleNamespace(config=SimpleNamespace(stash={mirror.MIRROR: held}))
    with pytest.raises(pytest.fail.Exception, match="GetItem"):
        mirror._fail_if_different(item)
    mirror._fail_if_different(item)
