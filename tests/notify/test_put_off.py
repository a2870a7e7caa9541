"""A busy carrier: whoever sends too fast waits, nothing is lost, and nobody is told that SMS have trouble."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend

import notify.handler
from notify import pace
from shared import policy, settings
from shared.delivery import email, notices, pacing, queue, sns
from shared.delivery.letters import CodesWereLocked
from shared.delivery.notices import CodeQueued, CodeSent, MessageQueued, Notice
from shared.domain.identifiers import account_of
from shared.storage import carriers, engine
from tests.notify.conftest import Fail, Outbox
from tests.notify.rounds import PLENTY
from tests.support import sending
from tests.support.events import Context
from tests.support.template import resources
from tests.support.world import World

NOW = datetime.now(UTC)
CODE = CodeSent("n-1", "+48500100200", "pl", "918273", NOW + timedelta(days=1))
LOCKED = CodesWereLocked("n-2", "ann@example.com", "en", "ann", NOW)
MESSAGE = MessageQueued("n-3", "A" * 10, "+48500100200", "text", "Test", 1)
CUSTOMERS_CODE = CodeQueued("n-4", "A" * 10, "+48500100200", "text", "Test", 1, expires_at=NOW + timedelta(minutes=5))


def says(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Publish")


TOO_FAST = says("Throttling")
BROKEN = says("InternalError", 500)


def take(name: str, context: Context, *, receipts: int = 1) -> list[dict[str, str]]:
    """Lambda takes what can be seen on the queue; what failed stays there."""
    sqs, url = boto3.client("sqs"), f"{settings.CODES_QUEUE_URL.rpartition('/')[0]}/{name}"
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    event = {"Records": [_record(message, name, receipts) for message in taken]}
    failed: list[dict[str, str]] = notify.handler.lambda_handler(event, context)["batchItemFailures"]  # type: ignore[arg-type]
    ids = {one["itemIdentifier"] for one in failed}
    for message in taken:
        if message["MessageId"] not in ids:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return failed


def _record(message: dict[str, Any], name: str, receipts: int) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": str(receipts), "ApproximateFirstReceiveTimestamp": "0"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{name}",
        "awsRegion": "eu-central-1",
    }


def hidden_for(name: str) -> list[float]:
    """For how many seconds from now each message of the queue cannot be seen."""
    messages = get_backend("sqs")["123456789012"]["eu-central-1"].queues[name]._messages
    now = datetime.now(UTC).timestamp() * 1000
    return [max(message.visible_at, message.delayed_until) / 1000 - now / 1000 for message in messages]


def trouble() -> bool:
    return carriers.in_trouble(engine.fetch_one(carriers.key()), now=datetime.now(UTC))


@pytest.mark.parametrize("answer", [TOO_FAST, says("Throttled"), says("TooManyRequestsException"), says("Odd", 429)])
def test_a_code_that_came_too_fast_waits_a_second_and_is_no_failure(
    context: Context, fail: Fail, outbox: Outbox, log: io.StringIO, answer: ClientError
):
    queue.put(CODE)
    fail(sns._sns(), "Publish", answer)
    assert len(take("codes", context)) == 1
    assert 0 < hidden_for("codes")[0] <= policy.CODE_PAUSES[0].total_seconds()
    assert "notice_failed" not in log.getvalue()
    assert "notice_waits" in log.getvalue()
    assert not trouble()
    _show("codes")
    assert take("codes", context) == []
    assert [number for number, _ in outbox.sms] == [CODE.phone]


def test_a_refusal_that_is_no_throttling_stays_a_failure(context: Context, fail: Fail, log: io.StringIO):
    queue.put(CODE)
    fail(sns._sns(), "Publish", BROKEN)
    assert len(take("codes", context)) == 1
    assert hidden_for("codes")[0] > policy.CODE_PAUSES[1].total_seconds()
    assert "notice_failed" in log.getvalue()
    assert trouble()


def test_an_email_that_came_too_fast_waits_too(context: Context, fail: Fail, outbox: Outbox):
    queue.put(LOCKED)
    fail(email._ses(), "SendEmail", says("TooManyRequestsException", 429))
    assert len(take("notices", context)) == 1
    assert 0 < hidden_for("notices")[0] <= policy.MESSAGE_PAUSES[0].total_seconds()
    _show("notices")
    assert take("notices", context) == []
    assert len(outbox.mails) == 1


def test_a_customers_message_that_came_too_fast_waits_too(context: Context, fail: Fail, outbox: Outbox):
    ann = World().add("ann")
    sending.give_points(account_of(ann.user_id), PLENTY)
    sending.send(ann.user_id, now=NOW)
    fail(sns._sns(), "Publish", TOO_FAST)
    assert len(take("messages", context)) == 1
    assert 0 < hidden_for("messages")[0] <= policy.MESSAGE_PAUSES[0].total_seconds()
    _show("messages")
    assert take("messages", context) == []
    assert len(outbox.sms) == 1


def test_whoever_waits_does_not_come_nearer_to_the_dead_letters(context: Context, fail: Fail, outbox: Outbox):
    """From a receipt on it is queued anew: its receipts count from one, and it is sent once."""
    queue.put(CODE)
    fail(sns._sns(), "Publish", TOO_FAST)
    assert take("codes", context, receipts=policy.RECEIPTS_WHILE_BUSY) == []
    (message,) = get_backend("sqs")["123456789012"]["eu-central-1"].queues["codes"]._messages
    assert (notices.read(message.body), message.approximate_receive_count) == (CODE, 0)
    assert 0 < hidden_for("codes")[0] <= policy.CODE_PAUSES[1].total_seconds()
    _show("codes")
    assert take("codes", context) == []
    assert len(outbox.sms) == 1


def test_a_death_between_the_new_message_and_the_end_of_the_old_one_sends_once(
    context: Context, fail: Fail, outbox: Outbox
):
    queue.put(CODE)
    fail(sns._sns(), "Publish", TOO_FAST)
    put_later = queue.put_later

    def dies(notice: Notice, seconds: int) -> None:
        put_later(notice, seconds)
        raise SystemExit

    with patch.object(queue, "put_later", dies), pytest.raises(SystemExit):
        take("codes", context, receipts=policy.RECEIPTS_WHILE_BUSY)
    assert len(hidden_for("codes")) == 2
    _show("codes")
    assert take("codes", context) == []
    assert len(outbox.sms) == 1


@pytest.mark.parametrize("operation", ["SendMessage", "ChangeMessageVisibility"])
def test_where_the_queue_does_not_answer_the_message_stays_on_it(context: Context, fail: Fail, operation: str):
    receipts = policy.RECEIPTS_WHILE_BUSY if operation == "SendMessage" else 1
    queue.put(CODE)
    fail(sns._sns(), "Publish", TOO_FAST)
    fail(queue._sqs(), operation, BROKEN, BROKEN)
    assert len(take("codes", context, receipts=receipts)) == 1
    assert len(hidden_for("codes")) == 1


@pytest.mark.parametrize("jitter", [0, 0.5, 0.999])
def test_pauses_grow_to_their_longest_and_a_code_waits_no_longer_than_it_lives(jitter: float):
    for notice, (first, longest) in ((CUSTOMERS_CODE, policy.CODE_PAUSES), (MESSAGE, policy.MESSAGE_PAUSES)):
        waits = [pacing.pause(notice, receipts, jitter=jitter, now=NOW).seconds for receipts in range(1, 40)]
        assert first.total_seconds() / 2 <= waits[0] <= first.total_seconds()
        assert waits == sorted(waits)
        assert longest.total_seconds() / 2 <= waits[-1] <= longest.total_seconds()
    short = replace(CUSTOMERS_CODE, expires_at=NOW + timedelta(seconds=2))
    assert pacing.pause(short, 9, jitter=jitter, now=NOW).seconds <= 2
    assert pacing.pause(short, 9, jitter=jitter, now=NOW + timedelta(seconds=9)).seconds == 1


def test_a_notice_that_waited_still_has_five_tries():
    for name in ("CodesQueue", "MessagesQueue", "NoticesQueue"):
        redrive = resources("AWS::SQS::Queue")[name]["RedrivePolicy"]
        assert redrive["maxReceiveCount"] - policy.RECEIPTS_WHILE_BUSY >= 5


def test_customers_messages_leave_at_a_pace_and_rest_after_a_refusal(monkeypatch: pytest.MonkeyPatch):
    clock, slept = [100.0], []
    monkeypatch.setattr(policy, "MESSAGES_REST", timedelta(seconds=1))
    monkeypatch.setattr(pace, "_GAP", 0.25)
    monkeypatch.setattr(pace, "_free_at", 0.0)
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(pace.time, "sleep", lambda seconds: (slept.append(seconds), clock.append(0)))
    pace.keep()
    pace.keep()
    pace.rest()
    pace.keep()
    assert slept == [0, 0.25, 1.0]


def _show(name: str) -> None:
    """Time passes: whatever is hidden on the queue can be seen."""
    for message in get_backend("sqs")["123456789012"]["eu-central-1"].queues[name]._messages:
        message.visible_at = message.delayed_until = 0
