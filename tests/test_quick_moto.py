"""moto was made quicker for these tests, and is to judge as before: what it remembers it must not mix up."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend

from shared import settings
from tests.support import quick_moto
from tests.support.world import World

TABLE = settings.STRIKES_TABLE
ROW = {
    "about": {"S": "one"},
    "number": {"N": "1"},
    "list": {"L": [{"S": "a"}, {"M": {"deep": {"S": "b"}}}]},
    "set": {"SS": ["a"]},
}
CHANGE_ALL = "SET #list[0] = :new, #list[1].deep = :new ADD #number :one, #set :more"
NAMES = {"#list": "list", "#number": "number", "#set": "set"}
VALUES = {":new": {"S": "new"}, ":one": {"N": "1"}, ":more": {"SS": ["b"]}}


@pytest.fixture
def dynamodb(world: World) -> Iterator[Any]:
    client = boto3.client("dynamodb")
    client.put_item(TableName=TABLE, Item=ROW)
    yield client
    client.close()


def key(about: str) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": {"about": {"S": about}}}


def read(dynamodb: Any, about: str = "one") -> dict[str, Any]:
    return dict(dynamodb.get_item(**key(about))["Item"])


def change(dynamodb: Any, expression: str, about: str = "one", **more: Any) -> None:
    dynamodb.update_item(**key(about), UpdateExpression=expression, **more)


def test_what_is_changed_is_changed_wherever_it_lies(dynamodb: Any):
    change(dynamodb, CHANGE_ALL, ExpressionAttributeNames=NAMES, ExpressionAttributeValues=VALUES)
    assert read(dynamodb) == {
        "about": {"S": "one"},
        "number": {"N": "2"},
        "list": {"L": [{"S": "new"}, {"M": {"deep": {"S": "new"}}}]},
        "set": {"SS": ["a", "b"]},
    }


def test_a_transaction_that_fails_leaves_every_row_as_it_was(dynamodb: Any):
    writes = [
        {
            "Update": key("one")
            | {
                "UpdateExpression": CHANGE_ALL,
                "ExpressionAttributeNames": NAMES,
                "ExpressionAttributeValues": VALUES,
            }
        },
        {"Put": {"TableName": TABLE, "Item": ROW | {"about": {"S": "two"}}}},
        {"ConditionCheck": key("three") | {"ConditionExpression": "attribute_exists(about)"}},
    ]
    with pytest.raises(ClientError, match="TransactionCanceled"):
        dynamodb.transact_write_items(TransactItems=writes)
    assert dynamodb.scan(TableName=TABLE)["Items"] == [ROW]


def test_one_expression_is_judged_anew_with_every_value_and_for_every_row(dynamodb: Any):
    dynamodb.put_item(TableName=TABLE, Item=ROW | {"about": {"S": "two"}, "number": {"N": "2"}})
    for about, number in product(["one", "two", "one"], ["1", "2"]):
        values = {":is": {"N": number}, ":seen": {"S": f"{about} {number}"}}
        names = {"#number": "number"}
        more = {"ConditionExpression": "#number = :is", "ExpressionAttributeNames": names}
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            change(dynamodb, "SET seen = :seen", about, **more, ExpressionAttributeValues=values)
    assert [read(dynamodb, about)["seen"] for about in ("one", "two")] == [{"S": "one 1"}, {"S": "two 2"}]


def test_what_is_no_expression_is_refused_every_time(dynamodb: Any):
    value = {":new": {"S": "new"}}
    for _ in range(2):
        with pytest.raises(ClientError, match="only be used once"):
            change(dynamodb, "SET seen = :new SET heard = :new", ExpressionAttributeValues=value)
        with pytest.raises(ClientError, match="Two document paths overlap"):
            change(dynamodb, "SET seen = :new, seen = :new", ExpressionAttributeValues=value)
    assert read(dynamodb) == ROW


def test_one_expression_is_judged_anew_with_other_names(dynamodb: Any):
    again = "SET #one = :new, #other = :new"
    values = {":new": {"S": "new"}}
    for names in ({"#one": "seen", "#other": "heard"}, {"#one": "heard", "#other": "seen"}):
        change(dynamodb, again, ExpressionAttributeNames=names, ExpressionAttributeValues=values)
    for names, why in (
        ({"#one": "seen", "#other": "seen"}, "paths overlap"),
        ({"#one": "about", "#other": "seen"}, "key"),
    ):
        with pytest.raises(ClientError, match=why):
            change(dynamodb, again, ExpressionAttributeNames=names, ExpressionAttributeValues=values)
    assert read(dynamodb) == ROW | {"seen": {"S": "new"}, "heard": {"S": "new"}}


def test_a_value_may_be_made_of_what_is_there_and_of_nothing_that_is_not(dynamodb: Any):
    more = {"ExpressionAttributeNames": {"#number": "number"}, "ExpressionAttributeValues": {":one": {"N": "1"}}}
    for grown in ("1", "2"):
        change(dynamodb, "SET seen = if_not_exists(seen, :one), #number = #number + :one, later = #number", **more)
        assert read(dynamodb)["later"] == {"N": grown}
    assert read(dynamodb) == ROW | {"seen": {"N": "1"}, "number": {"N": "3"}, "later": {"N": "2"}}
    with pytest.raises(ClientError, match="does not exist"):
        change(dynamodb, "SET later = nowhere + :one", ExpressionAttributeValues={":one": {"N": "1"}})


def test_a_row_that_gets_too_heavy_is_refused_and_stays_as_it_was(dynamodb: Any):
    half = {":half": {"S": "x" * 210_000}}
    change(dynamodb, "SET one_half = :half", ExpressionAttributeValues=half)
    change(dynamodb, "SET seen = :new", ExpressionAttributeValues={":new": {"S": "new"}})
    with pytest.raises(ClientError, match="Item size"):
        change(dynamodb, "SET other_half = :half", ExpressionAttributeValues=half)
    assert "other_half" not in read(dynamodb)


ATTRIBUTES = {"#about": "about", "#number": "number", "#set": "set", "#list": "list", "#new": "new"}
GIVEN = {
    ":one": {"N": "1"},
    ":half": {"N": "0.5"},
    ":text": {"S": "t"},
    ":set": {"SS": ["b", "a", "c"]},
    ":a": {"SS": ["a"]},
}
SHORT = (
    "SET #new = :text, #number = :text",
    "SET #number = #number + :one",
    "SET #number = #number - :half",
    "SET #new = if_not_exists(#number, :text)",
    "SET #new = if_not_exists(#number, :one) + :one",
    "SET #new = if_not_exists(#new, :one) + :half",
    "SET #new = if_not_exists(#new, #number)",
    "SET #new = #number ADD #number :one DELETE #set :a REMOVE #list",
    "ADD #number :one, #set :set",
    "ADD #new :half",
    "ADD #new :set",
    "DELETE #set :set",
    "DELETE #set :a, #new :a",
    "REMOVE #number, #set, #new",
)
"""Updates of whole attributes, which are worked out without moto."""

REFUSED = (
    "SET #about = :text",
    "SET #new = :text, #new = :one",
    "SET #new = #new + :one",
    "SET #new = #list + :one",
    "SET #new = :text + :one",
    "SET #new = :nothing",
    "ADD #set :one",
    "ADD #number :set",
    "ADD #number :text",
    "DELETE #set :one",
    "DELETE #number :a",
    "REMOVE #about",
)
LONG = (
    "SET #list[0] = :text",
    "SET #list = list_append(#list, #list)",
    "SET #number = #number + :one + :one",
    "SET plain = :text",
)


def outcome(dynamodb: Any, expression: str, condition: str, there: dict[str, Any] | None) -> tuple[Any, Any]:
    """What DynamoDB answers to the update, and the rows that it has then."""
    dynamodb.delete_item(**key("one"))
    if there:
        dynamodb.put_item(TableName=TABLE, Item=there)
    asked = f"{expression} {condition}"
    names = {name: attribute for name, attribute in ATTRIBUTES.items() if name in asked}
    values = {name: value for name, value in GIVEN.items() if name in asked}
    more = {
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ConditionExpression": condition,
    }
    more = {name: given for name, given in more.items() if given}
    try:
        answer = dynamodb.update_item(**key("one"), UpdateExpression=expression, ReturnValues="ALL_NEW", **more)
        said = answer["Attributes"]
    except ClientError as refusal:
        said = refusal.response["Error"]
    return said, dynamodb.scan(TableName=TABLE)["Items"]


CONDITIONS = ("", "attribute_exists(#about)", "#number = :one")
ROWS = {"full": ROW, "bare": {"about": {"S": "one"}, "number": {"N": "7"}}, "none": None}


@pytest.mark.parametrize("there", ROWS.values(), ids=ROWS.keys())
def test_an_update_has_the_outcome_that_it_has_in_moto(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch, there: dict[str, Any] | None
):
    cases = list(product(SHORT + REFUSED + LONG, CONDITIONS))
    quick = {case: outcome(dynamodb, *case, there) for case in cases}
    monkeypatch.setattr(DynamoDBBackend, "update_item", quick_moto._update_a_copy)
    assert {case: outcome(dynamodb, *case, there) for case in cases} == quick


def test_an_update_of_whole_attributes_is_not_left_to_moto(dynamodb: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(quick_moto, "_update_a_copy")
    row = ROW | {"new": {"N": "1"}}
    for expression in SHORT:
        there = row | {"new": {"SS": ["a"]}} if expression.endswith(("#new :set", "#new :a")) else row
        said, _ = outcome(dynamodb, expression, "attribute_exists(#about)", there)
        assert said["about"] == {"S": "one"}


def test_what_is_copied_from_another_attribute_does_not_change_with_it(dynamodb: Any):
    said, _ = outcome(dynamodb, "SET #new = #set DELETE #set :a", "", ROW | {"set": {"SS": ["a", "b"]}})
    assert (said["new"], said["set"]) == ({"SS": ["a", "b"]}, {"SS": ["b"]})


def test_a_transaction_that_fails_leaves_the_rows_of_a_user_as_they_were(world: World):
    """Their table has a range key: a transaction keeps aside only the rows under the hash keys that it touches."""
    client = boto3.client("dynamodb")
    before = client.scan(TableName=settings.USERS_TABLE)["Items"]
    change_one = {
        "TableName": settings.USERS_TABLE,
        "Key": {name: before[0][name] for name in ("account_id", "user_id")},
        "UpdateExpression": "SET #email = :email",
        "ExpressionAttributeNames": {"#email": "email"},
        "ExpressionAttributeValues": {":email": {"S": "other@example.com"}},
    }
    missing = key("three") | {"ConditionExpression": "attribute_exists(about)"}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        client.transact_write_items(TransactItems=[{"Update": change_one}, {"ConditionCheck": missing}])
    assert client.scan(TableName=settings.USERS_TABLE)["Items"] == before
    client.transact_write_items(TransactItems=[{"Update": change_one}])
    assert client.scan(TableName=settings.USERS_TABLE)["Items"] != before
