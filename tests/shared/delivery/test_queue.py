"""The queue: all that is put is on it after one call, or the caller hears that it is not."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared import settings
from shared.delivery import notices, queue
from shared.delivery.letters import CodesWereLocked, PasswordResetAsked
from shared.delivery.notices import CodeQueued, CodeSent, MessageQueued, Notice, ShipmentQueued
from shared.errors import Unavailable
from tests.shared.delivery.loopback import HANGS_UP, Loopback, Reply
from tests.support.world import QUEUES

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CODE = CodeSent("n-1", "+48500100200", "pl", "123456", NOON)
LOCKED = CodesWereLocked("n-2", "ann@example.com", "en", "ann", NOON)

RESET = PasswordResetAsked("n-3", "ann@example.com", "en", "ann", "token", NOON, NOON, "198.51.100.7")
MESSAGE = MessageQueued("n-4", "A" * 10, "+48500100200", "text", "Test", 1)
CUSTOMERS_CODE = CodeQueued("n-5", "A" * 10, "+48500100200", "text", "Test", 1, expires_at=NOON)
SHIPMENT = ShipmentQueued("n-6", "A" * 10, "shipment")
WHERE: list[tuple[Notice, str]] = [
    (CODE, "codes"),
    (CUSTOMERS_CODE, "codes"),
    (RESET, "codes"),
    (LOCKED, "notices"),
    (MESSAGE, "messages"),
    (SHIPMENT, "messages"),
]

SENT = Reply(body=json.dumps({"MessageId": "m-1"}))
BOTH_SENT = Reply(body=json.dumps({"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": []}))
ONE_SENT = Reply(body=json.dumps({"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "SenderFault": False}]}))
REFUSED = Reply(400, json.dumps({"__type": "AccessDenied", "message": "no"}))


@pytest.fixture(autouse=True)
def _queue(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in QUEUES:
        monkeypatch.setattr(settings, f"{name.upper()}_QUEUE_URL", f"{aws.url}/000000000000/{name}")


def test_one_notice_is_one_call(aws: Loopback) -> None:
    aws.replies = [SENT]
    queue.put(CODE)
    (call,) = aws.heard
    assert notices.read(json.loads(call.body)["MessageBody"]) == CODE


def test_several_notices_are_one_call(aws: Loopback) -> None:
    aws.replies = [BOTH_SENT]
    queue.put(CODE, LOCKED)
    (call,) = aws.heard
    entries = json.loads(call.body)["Entries"]
    assert [notices.read(entry["MessageBody"]) for entry in entries] == [CODE, LOCKED]


def test_what_people_wait_for_has_a_queue_of_its_own_and_so_have_customers_messages(aws: Loopback) -> None:
    aws.replies = [SENT]
    for put, queue_name in WHERE:
        queue.put(put)
        assert json.loads(aws.heard[-1].body)["QueueUrl"].endswith(f"/{queue_name}"), put


def test_each_message_is_in_the_group_of_its_account(aws: Loopback) -> None:
    aws.replies = [SENT]
    groups = []
    for notice in (MESSAGE, replace(MESSAGE, account_id="B" * 10), SHIPMENT, CUSTOMERS_CODE, CODE, LOCKED, RESET):
        queue.put(notice)
        groups.append(json.loads(aws.heard[-1].body)["MessageGroupId"])
    assert groups == ["A" * 10, "B" * 10, "A" * 10, "A" * 10, "CodeSent", "CodesWereLocked", "PasswordResetAsked"]
    queue.put(replace(CODE, account_id="C" * 10))
    assert json.loads(aws.heard[-1].body)["MessageGroupId"] == "C" * 10


def test_an_email_that_leaves_with_a_code_travels_with_it(aws: Loopback) -> None:
    aws.replies = [BOTH_SENT]
    queue.put(LOCKED, CODE)
    assert json.loads(aws.heard[-1].body)["QueueUrl"].endswith("/codes")


def test_nothing_to_tell_is_no_call(aws: Loopback) -> None:
    queue.put()
    assert aws.heard == []


def test_a_queue_that_refuses_is_unavailable(aws: Loopback) -> None:
    aws.replies = [REFUSED]
    with pytest.raises(Unavailable):
        queue.put(CODE)


def test_a_queue_that_takes_only_some_is_unavailable(aws: Loopback) -> None:
    aws.replies = [ONE_SENT]
    with pytest.raises(Unavailable):
        queue.put(CODE, LOCKED)


def test_a_queue_that_hangs_up_is_asked_again(aws: Loopback) -> None:
    aws.replies = [HANGS_UP, SENT]
    queue.put(CODE)
    assert len(aws.heard) == 2


def test_a_queue_that_is_not_there_is_unavailable(aws: Loopback) -> None:
    aws.replies = [HANGS_UP]
    with pytest.raises(Unavailable) as refused:
        queue.put(CODE)
    assert "123456" not in f"{refused.value} {refused.value.__cause__}"
