"""Changes are told: each entry of the activity log leaves as one event, and none is lost."""

import json
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError

from audit import handler
from shared.delivery import event_bus
from shared.domain.activity import Event
from tests.support import tokens
from tests.support.audit import Desk
from tests.support.events import HOME, Context
from tests.support.world import World

FAILS = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "PutEvents")


def _call(records: list[dict[str, Any]]) -> list[str]:
    answer = handler.lambda_handler({"Records": records}, Context())  # type: ignore[arg-type]
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]  # type: ignore[index]


def test_a_sign_in_is_told_with_who_it_was_and_how_they_proved_it(world: World, audit: Desk):
    world.session()
    assert audit.tell_changes() == {"batchItemFailures": []}
    asked, opened = audit.told()
    assert asked["event"] == Event.LOGIN_CHALLENGED
    assert (asked["proof"], asked["outcome"], asked["reason"]) == ("password", "started", "sms")
    assert opened == {
        "version": 1,
        "id": opened["id"],
        "time": world.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "event": "authn_login_success",
        "actor": "ann",
        "proof": "password sms",
        "subject": world.ann.user_id,
        "account": world.ann.user_id[:10],
        "address": HOME,
        "device": "Check/1.0",
        "outcome": "success",
        "reason": "password sms",
        "request_id": "request-1",
        "about": "none",
        "times": 1,
    }


def test_an_event_has_its_name_as_its_type_and_one_source(world: World, audit: Desk):
    world.session()
    audit.tell_changes()
    assert {event["source"] for event in audit.bus.events()} == {"furtka.audit"}
    assert [event["detail-type"] for event in audit.bus.events()] == [one["event"] for one in audit.told()]


def test_what_is_brought_twice_is_told_under_the_same_id(world: World, audit: Desk):
    world.session()
    records = audit.records("activity")
    assert _call(records) == _call(records) == []
    ids = [one["id"] for one in audit.told()]
    assert ids[: len(records)] == ids[len(records) :]
    assert len(set(ids)) == len(records)


def test_what_happens_often_in_an_hour_is_told_each_time(world: World, audit: Desk):
    client = tokens.make(world.ann.user_id, "client", now=world.now)
    for _ in range(3):
        tokens.get_token(world, client)
    audit.tell_changes()
    told = audit.told(Event.ACCESS_TOKEN_ISSUED)
    assert [one["times"] for one in told] == [1, 1, 1]
    assert len({one["id"] for one in told}) == 3
    assert {(one["actor"], one["proof"]) for one in told} == {(f"token:{client.id}", "client_secret")}


def test_an_event_that_the_bus_does_not_take_comes_again_and_no_other_is_lost(world: World, audit: Desk):
    world.session()
    records = audit.records("activity")
    second = records[1]["dynamodb"]["SequenceNumber"]
    taken = {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "InternalFailure"}]}
    with patch.object(event_bus._events(), "put_events", return_value=taken):
        assert _call(records) == [second]


def test_nothing_is_lost_while_the_bus_is_busy(world: World, audit: Desk):
    world.session()
    records = audit.records("activity")
    with patch.object(event_bus._events(), "put_events", side_effect=FAILS):
        assert _call(records) == [one["dynamodb"]["SequenceNumber"] for one in records]
    assert _call(records) == []


def test_a_row_that_cannot_be_read_holds_up_no_other_and_its_key_is_kept(world: World, audit: Desk):
    world.session()
    asked, opened = audit.records("activity")
    del asked["dynamodb"]["NewImage"]["proof"]
    assert _call([asked, opened]) == []
    assert [one["event"] for one in audit.told()] == [Event.LOGIN]
    queue = boto3.client("sqs")
    url = queue.get_queue_url(QueueName="auditdeadletters")["QueueUrl"]
    (letter,) = queue.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(letter["Body"]) == {"table": "test-activity", "keys": asked["dynamodb"]["Keys"]}


def test_where_even_that_fails_the_record_comes_again(world: World, audit: Desk):
    world.session()
    (asked, _) = audit.records("activity")
    del asked["dynamodb"]["NewImage"]["actor"]
    with (
        patch.object(event_bus._sqs(), "send_message", side_effect=FAILS),
        pytest.raises(Exception, match="ClientError"),
    ):
        _call([asked])


def test_an_entry_that_is_forgotten_is_not_told(world: World, audit: Desk):
    world.session()
    asked, _ = audit.records("activity")
    assert _call([asked | {"eventName": "REMOVE"}]) == []
    assert audit.told() == []
