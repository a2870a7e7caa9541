"""The queue: all that is put is on it after one call, or the caller hears that it is not."""

import json
from datetime import UTC, datetime

import pytest

from shared import settings
from shared.delivery import notices, queue
from shared.delivery.letters import CodesWereLocked
from shared.delivery.notices import CodeSent
from shared.errors import Unavailable
from tests.shared.delivery.loopback import HANGS_UP, Loopback, Reply

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CODE = CodeSent("n-1", "+48500100200", "pl", "123456", NOON)
LOCKED = CodesWereLocked("n-2", "ann@example.com", "en", "ann", NOON)

SENT = Reply(body=json.dumps({"MessageId": "m-1"}))
BOTH_SENT = Reply(body=json.dumps({"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": []}))
ONE_SENT = Reply(body=json.dumps({"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "SenderFault": False}]}))
REFUSED = Reply(400, json.dumps({"__type": "AccessDenied", "message": "no"}))


@pytest.fixture(autouse=True)
def _queue(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "NOTICES_QUEUE_URL", f"{aws.url}/000000000000/notices")


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
