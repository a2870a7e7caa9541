"""The deliveries table: a notice that the queue repeats is sent once, and one that surely failed is sent again."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
)
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from moto import mock_aws

from shared import policy
from shared.observability import logger, metrics
from shared.storage import deliveries
from tests.proofs import tables
from tests.support.calls import AwsCall, Fault, intercepted, overheard, refuse, time_out_after, time_out_before
from tests.support.events import Context
from tests.support.template import create_tables

DAY = 24 * 3600


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield


@pytest.fixture(autouse=True)
def _empty(aws: None) -> Iterator[None]:
    tables.empty()
    metrics.clear_metrics()
    deliveries.watch(Context(60_000))  # type: ignore[arg-type]
    yield
    metrics.clear_metrics()


@dataclass(frozen=True)
class Notice:
    """What is to be sent."""

    id: str
    text: str = ""


@dataclass
class Post:
    """Sends notices once each. `troubles` are what the next sendings run into."""

    sent: list[tuple[str, str, int]] = field(default_factory=list)
    troubles: list[BaseException] = field(default_factory=list)

    def send(self, notice: Notice, stamp: str = "", *, worth: int = 0) -> None:
        @deliveries.once
        def send(notice: Notice, stamp: str, *, worth: int) -> None:
            if self.troubles:
                raise self.troubles.pop()
            self.sent.append((notice.text, stamp, worth))

        send(notice, stamp, worth=worth)


class Crash(BaseException):
    """The end of a Lambda environment, in the middle of a sending."""


@pytest.fixture
def post() -> Post:
    return Post()


def failing(operation: str, fault: Fault) -> Any:
    return intercepted(lambda call, proceed: fault(call, proceed) if call.operation == operation else proceed())


def place() -> dict[str, Any]:
    [row] = tables.rows("deliveries")
    return row


def test_a_notice_is_sent_once_with_what_was_handed_over(post: Post):
    post.send(Notice("n-1", "hello"), "first", worth=2)
    post.send(Notice("n-1", "again"), "second", worth=3)
    assert post.sent == [("hello", "first", 2)]


def test_two_notices_that_say_the_same_are_two(post: Post):
    for name in ("n-1", "n-2", "N-1"):
        post.send(Notice(name, "hello"))
    assert len(post.sent) == 3


@pytest.mark.parametrize("trouble", [ValueError("no"), ClientError({"Error": {"Code": "Throttling"}}, "Publish")])
def test_what_failed_is_sent_at_the_next_try(post: Post, trouble: Exception):
    post.troubles = [trouble]
    with pytest.raises(type(trouble)):
        post.send(Notice("n-1", "hello"))
    assert (post.sent, tables.rows("deliveries")) == ([], [])
    post.send(Notice("n-1", "hello"))
    assert len(post.sent) == 1


def test_while_it_is_sent_nobody_else_sends_it(post: Post):
    post.troubles = [Crash()]
    with pytest.raises(Crash):
        post.send(Notice("n-1"))
    with pytest.raises(IdempotencyAlreadyInProgressError):
        post.send(Notice("n-1"))
    post.send(Notice("n-2"))
    assert len(post.sent) == 1


def test_a_crash_holds_its_place_as_long_as_the_invocation_would_have_lasted(post: Post):
    deliveries.watch(Context(5_000))  # type: ignore[arg-type]
    post.troubles, began = [Crash()], time.time()
    with pytest.raises(Crash):
        post.send(Notice("n-1"))
    assert int(began * 1000) <= int(place()["in_progress_expiration"]["N"]) - 5_000 <= time.time() * 1000
    past = {"N": str(int(time.time() * 1000) - 1)}
    boto3.client("dynamodb").put_item(TableName="test-deliveries", Item=place() | {"in_progress_expiration": past})
    post.send(Notice("n-1"))
    assert len(post.sent) == 1


def test_what_was_sent_is_known_longer_than_a_queue_keeps_it(post: Post):
    began = int(time.time())
    post.send(Notice("n-1"))
    kept = int(place()["expiration"]["N"]) - began
    assert policy.NOTICE_REMEMBERED_FOR.total_seconds() == 15 * DAY <= kept <= 15 * DAY + 60
    assert place()["status"] == {"S": "COMPLETED"}


def test_a_place_holds_neither_the_notice_nor_its_id(post: Post):
    post.send(Notice("n-canary", "text-canary"), "stamp-canary")
    assert "canary" not in f"{place()}"
    assert place()["id"]["S"].startswith("notice#")


@pytest.mark.parametrize("fault", [refuse("AccessDeniedException"), refuse("ThrottlingException"), time_out_before])
def test_nothing_is_sent_whose_place_cannot_be_taken(post: Post, fault: Fault):
    with failing("PutItem", fault), pytest.raises(IdempotencyPersistenceLayerError):
        post.send(Notice("n-1"))
    assert post.sent == []


def answer_nonsense(_: AwsCall, __: object) -> Any:
    raise ResponseParserError("neither JSON nor sense")


@pytest.mark.parametrize("fault", [refuse("ThrottlingException"), time_out_before, time_out_after, answer_nonsense])
def test_what_was_sent_is_not_sent_again_for_want_of_a_record(
    post: Post, fault: Fault, caplog: pytest.LogCaptureFixture
):
    with failing("UpdateItem", fault):
        post.send(Notice("n-1"))
    [record] = [one for one in caplog.records if one.name == logger.name]
    assert (len(post.sent), record.getMessage()) == (1, "delivery_unrecorded")
    assert vars(record)["reason"] in ("ClientError", "ConnectTimeoutError", "ReadTimeoutError", "ResponseParserError")
    assert metrics.metric_set["DeliveriesUnrecorded"]["Value"] == [1.0]


def test_a_mistake_of_ours_in_recording_is_not_taken_for_an_answer_of_aws(post: Post):
    def mistake(_: AwsCall, __: object) -> Any:
        raise KeyError("Attributes")

    with failing("UpdateItem", mistake), pytest.raises(IdempotencyPersistenceLayerError):
        post.send(Notice("n-1"))
    assert "DeliveriesUnrecorded" not in metrics.metric_set


def test_a_notice_costs_two_writes_and_a_repeated_one_costs_one(post: Post):
    with overheard() as first:
        post.send(Notice("n-1"))
    with overheard() as second:
        post.send(Notice("n-1"))
    assert [str(call) for call in first] == ["PutItem deliveries", "UpdateItem deliveries"]
    assert [str(call) for call in second] == ["PutItem deliveries"]
