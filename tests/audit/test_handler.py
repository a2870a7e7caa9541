"""The function `audit`: its role grants what it does and nothing else, and every log of refusals reaches it."""

from datetime import timedelta
from typing import Any

from audit import handler
from shared.observability import metrics
from tests.support.audit import MINUTE, Desk
from tests.support.calls import overheard
from tests.support.events import Context
from tests.support.template import resources
from tests.support.world import HANDLERS, World

SECOND = timedelta(seconds=1)

AUDIT = resources("AWS::Serverless::Function")["AuditFunction"]


def test_its_role_grants_what_it_does_and_nothing_else(world: World, audit: Desk):
    world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"})
    world.session()
    broken = audit.records("activity")
    del broken[0]["dynamodb"]["NewImage"]["proof"]
    with overheard() as calls:
        handler.lambda_handler({"Records": broken}, Context())  # type: ignore[arg-type]
        audit.tell_counts(at=world.now + SECOND - MINUTE)  # so late in the window that it is looked at again
    used = {f"{call.service}:{call.operation}" for call in calls}
    granted = {one["Action"]: one["Resource"] for policy in AUDIT["Policies"] for one in policy["Statement"]}
    assert used == set(granted)
    assert granted == {
        "dynamodb:BatchGetItem": {"Fn::GetAtt": ["StrikesTable", "Arn"]},
        "events:PutEvents": {"Fn::GetAtt": ["AuditBus", "Arn"]},
        "sqs:SendMessage": {"Fn::GetAtt": ["AuditDeadLetters", "Arn"]},
    }


def _events(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in AUDIT["Events"].items() if one["Type"] == kind}


def test_the_log_of_each_function_that_refuses_reaches_it_and_its_own_does_not():
    logs = {one["LogGroupName"]["Ref"] for one in _events("CloudWatchLogs").values()}
    functions = resources("AWS::Serverless::Function")
    assert logs == {
        functions[name]["LoggingConfig"]["LogGroup"]["Ref"]
        for name in (*HANDLERS, "AuthorizerFunction", "DeliveryEventsFunction")
    }


def test_what_it_cannot_tell_is_brought_again_for_a_day_and_then_kept_apart():
    for properties in _events("DynamoDB").values():
        assert properties["StartingPosition"] == "TRIM_HORIZON"
        assert properties["MaximumRecordAgeInSeconds"] == 86400
        assert "MaximumRetryAttempts" not in properties
        assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {
            "Fn::GetAtt": ["AuditDeadLetters", "Arn"]
        }


def test_a_stream_has_what_is_read_of_it():
    views = {
        name: table["StreamSpecification"]
        for name, table in resources("AWS::DynamoDB::Table").items()
        if "StreamSpecification" in table
    }
    assert views == {
        "ActivityTable": {"StreamViewType": "NEW_IMAGE"},
        "StrikesTable": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


def test_a_batch_of_counts_without_a_window_is_a_window_by_itself(world: World, audit: Desk):
    world.post("/login", {"login": "ann", "password": "Wrong-Horse-7"})
    handler.lambda_handler({"Records": audit.records("strikes")}, Context())  # type: ignore[arg-type]
    assert [one["times"] for one in audit.told()] == [1]
    assert metrics.metric_set == {}
