"""Calls of the SDK were made quicker for these tests, and are to be answered, heard and refused as before."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from shared import deadline, settings
from shared.delivery import queue
from tests.support import quick_calls
from tests.support.world import World

TABLE = settings.STRIKES_TABLE
KEY = {"about": {"S": "one"}}
ROW = {**KEY, "many": {"NS": ["1", "2"]}, "raw": {"B": b"\0\1"}, "none": {"NULL": True}, "yes": {"BOOL": True}}
ABOUT_A_ROW = {"TableName": TABLE, "Key": KEY, "ReturnConsumedCapacity": "TOTAL"}
MAIL = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Ann"}}}
CALLS: dict[tuple[str, str], dict[str, Any]] = {
    ("dynamodb", "GetItem"): ABOUT_A_ROW,
    ("dynamodb", "BatchGetItem"): {"RequestItems": {TABLE: {"Keys": [KEY]}}},
    ("dynamodb", "Query"): {
        "TableName": TABLE,
        "KeyConditionExpression": "about = :one",
        "ExpressionAttributeValues": {":one": {"S": "one"}},
    },
    ("dynamodb", "PutItem"): {"TableName": TABLE, "Item": ROW, "ReturnValues": "ALL_OLD"},
    ("dynamodb", "UpdateItem"): {**ABOUT_A_ROW, "UpdateExpression": "REMOVE yes", "ReturnValues": "ALL_NEW"},
    ("dynamodb", "DeleteItem"): {**ABOUT_A_ROW, "ReturnValues": "ALL_OLD"},
    ("dynamodb", "TransactWriteItems"): {
        "TransactItems": [{"Put": {"TableName": TABLE, "Item": ROW}}],
        "ClientRequestToken": "once",
    },
    ("secretsmanager", "GetSecretValue"): {"SecretId": settings.NAMING_KEY_SECRET},
    ("sqs", "SendMessage"): {"QueueUrl": settings.CODES_QUEUE_URL, "MessageBody": "hello"},
    ("sqs", "SendMessageBatch"): {
        "QueueUrl": settings.CODES_QUEUE_URL,
        "Entries": [{"Id": "1", "MessageBody": "hello", "DelaySeconds": 0}],
    },
    ("sqs", "ReceiveMessage"): {"QueueUrl": settings.CODES_QUEUE_URL, "AttributeNames": ["All"]},
    ("sqs", "DeleteMessage"): {"QueueUrl": settings.CODES_QUEUE_URL, "ReceiptHandle": "known"},
    ("sns", "Publish"): {"PhoneNumber": "+48600100200", "Message": "hello"},
    ("sesv2", "SendEmail"): {
        "FromEmailAddress": settings.MAIL_FROM,
        "Destination": {"ToAddresses": ["ann@example.com"]},
        "Content": {"Simple": MAIL},
    },
}
"""A call of each operation that goes the quick way."""

DRAWN = ("MessageId", "ReceiptHandle", "ResponseMetadata", "SentTimestamp", "ApproximateFirstReceiveTimestamp")
"""Fields that are others in each answer, and what was said about HTTP."""


def call(service: str, operation: str, **arguments: Any) -> dict[str, Any]:
    client = boto3.client(service)
    return dict(client._make_api_call(operation, arguments))


def same(answer: Any) -> Any:
    """What is the same in each answer to a call."""
    if isinstance(answer, dict):
        return {name: "drawn" if name in DRAWN else same(part) for name, part in answer.items()}
    return [same(part) for part in answer] if isinstance(answer, list) else answer


def laid_out() -> None:
    """What the calls find: a row, and a message."""
    call("dynamodb", "PutItem", TableName=TABLE, Item=ROW)
    for message in boto3.client("sqs").receive_message(QueueUrl=settings.CODES_QUEUE_URL).get("Messages", []):
        call("sqs", "DeleteMessage", QueueUrl=settings.CODES_QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])
    call("sqs", "SendMessage", QueueUrl=settings.CODES_QUEUE_URL, MessageBody="waiting")


def with_handle(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if operation != "DeleteMessage":
        return arguments
    (message,) = boto3.client("sqs").receive_message(QueueUrl=settings.CODES_QUEUE_URL)["Messages"]
    return {**arguments, "ReceiptHandle": message["ReceiptHandle"]}


def test_each_operation_is_tried_here():
    assert CALLS.keys() == quick_calls.METHODS.keys()


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_the_quick_answer_is_that_of_the_long_way(world: World, service: str, operation: str):
    laid_out()
    quick = call(service, operation, **with_handle(operation, CALLS[service, operation]))
    laid_out()
    arguments = with_handle(operation, CALLS[service, operation])
    with patch.object(quick_calls, "METHODS", {}):
        long = call(service, operation, **arguments)
    assert same(quick) == same(long)
    for about in (quick["ResponseMetadata"], long["ResponseMetadata"]):
        assert (about["HTTPStatusCode"], about["RetryAttempts"]) == (200, 0)


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_the_quick_way_is_taken(world: World, service: str, operation: str):
    laid_out()
    arguments = with_handle(operation, CALLS[service, operation])
    with patch.object(quick_calls, "_make_api_call", _never):
        assert call(service, operation, **arguments)


def _never(*_: Any) -> dict[str, Any]:
    raise AssertionError("the long way")


def test_what_the_sdk_refuses_is_refused(world: World):
    wrong: list[dict[str, Any]] = [{"TableName": TABLE}, {"TableName": TABLE, "Key": {"about": "one"}}]
    for arguments in wrong:
        with pytest.raises(ParamValidationError):
            call("dynamodb", "GetItem", **arguments)
    with pytest.raises(ParamValidationError):
        call("dynamodb", "GetItem", **ABOUT_A_ROW, Colour="red")


def test_what_moto_refuses_is_refused_in_its_words_and_not_done(world: World):
    with pytest.raises(ClientError) as refused:
        call("dynamodb", "PutItem", TableName=TABLE, Item=ROW, ConditionExpression="attribute_exists(about)")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert "Item" not in call("dynamodb", "GetItem", TableName=TABLE, Key=KEY)


def test_who_listens_hears_each_request(world: World):
    heard: list[str] = []
    client = boto3.client("dynamodb")
    hook = ("before-send.dynamodb.GetItem", lambda request, **_: heard.append(request.url))
    client.meta.events.register_first(*hook)
    client.get_item(**ABOUT_A_ROW)
    client.meta.events.unregister(*hook)
    client.get_item(**ABOUT_A_ROW)
    assert heard == ["https://dynamodb.eu-central-1.amazonaws.com/"]


def test_a_deadline_that_has_passed_is_kept(world: World):
    with deadline.within(timedelta(0)), pytest.raises(deadline.DeadlinePassed):
        queue._sqs().send_message(QueueUrl=settings.CODES_QUEUE_URL, MessageBody="too late")
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=settings.CODES_QUEUE_URL)


def test_what_a_caller_does_to_an_answer_or_to_its_arguments_changes_no_row(world: World):
    item: dict[str, Any] = {**KEY, "deep": {"M": {"a": {"L": [{"S": "b"}]}}}}
    call("dynamodb", "PutItem", TableName=TABLE, Item=item)
    item["deep"]["M"].clear()
    call("dynamodb", "GetItem", **ABOUT_A_ROW)["Item"]["deep"]["M"]["a"]["L"].clear()
    assert call("dynamodb", "GetItem", **ABOUT_A_ROW)["Item"]["deep"] == {"M": {"a": {"L": [{"S": "b"}]}}}
