"""The reports function, by the events that SQS sends: what customers' servers are asked, and what stays queued."""

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from moto import mock_aws

from reports import flow, handler, web
from shared import policy, settings
from shared.delivery import reports
from shared.delivery.reports import DeliveryReport
from shared.observability import Unforeseen, logger, metrics
from tests.support.events import Context
from tests.support.metrics import unforeseen

URL = "https://shop.example/report?key=s3cret"
REPORT = DeliveryReport(
    url=URL,
    message_id="0123456789abcdef01234500",
    state="DELIVERED",
    at=datetime(2026, 12, 1, 12, 0, tzinfo=UTC),
    username="shop",
    points=0.16,
    sender="Shop",
    idx="order 7, part 1",
    number="48600100200",
)


class Server:
    """Customers' servers: what they were asked, by host and query, and which of them refuse."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.refuses: set[str] = set()

    def get(self, url: Any) -> None:
        self.asked.append((url.host, parse_qs(url.target.partition("?")[2], keep_blank_values=True)))
        if url.host in self.refuses:
            raise web.NotConfirmed("HTTP 500")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(web, "get", made.get)
    return made


@pytest.fixture(autouse=True)
def queue() -> Iterator[Any]:
    with mock_aws():
        sqs = boto3.client("sqs")
        sqs.create_queue(QueueName="reports", Attributes={"VisibilityTimeout": "60"})
        yield sqs
    metrics.clear_metrics()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    lines = io.StringIO()
    listener = logging.StreamHandler(lines)
    listener.setFormatter(logger.registered_formatter)
    logging.getLogger().addHandler(listener)
    yield lines
    logging.getLogger().removeHandler(listener)


def _of(**facts: Any) -> DeliveryReport:
    return DeliveryReport(**vars(REPORT) | facts)


def _run(sqs: Any, *bodies: str, tries: int = 1, age: timedelta = timedelta(0), left: int = 60_000) -> list[str]:
    """Put *bodies* on the queue, let the function take them, and return the bodies that stay there."""
    for body in bodies:
        sqs.send_message(QueueUrl=settings.REPORTS_QUEUE_URL, MessageBody=body)
    taken = sqs.receive_message(QueueUrl=settings.REPORTS_QUEUE_URL, MaxNumberOfMessages=10)["Messages"]
    sent = datetime.now(UTC) - age
    records = [
        {
            "messageId": one["MessageId"],
            "receiptHandle": one["ReceiptHandle"],
            "body": one["Body"],
            "attributes": {
                "ApproximateReceiveCount": str(tries),
                "SentTimestamp": str(int(sent.timestamp() * 1000)),
            },
            "eventSource": "aws:sqs",
        }
        for one in taken
    ]
    answer = handler.lambda_handler({"Records": records}, Context(left))
    names = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    return [one["Body"] for one in taken if one["MessageId"] in names]


def _pause(monkeypatch: pytest.MonkeyPatch, queue: Any, tries: int) -> int:
    """Return for how many seconds a report that was not confirmed stays away from the function."""
    asked: list[int] = []

    class Sqs:
        def change_message_visibility(self, **how: Any) -> None:
            asked.append(how["VisibilityTimeout"])

    monkeypatch.setattr(flow, "_sqs", Sqs)
    _run(queue, reports.write(REPORT), tries=tries)
    return asked[0]


def test_a_report_reaches_the_customers_server_with_the_names_that_smsapi_gives(queue, server):
    assert _run(queue, reports.write(REPORT)) == []
    assert server.asked == [
        (
            "shop.example",
            {
                "key": ["s3cret"],
                "MsgId": [REPORT.message_id],
                "status": ["404"],
                "status_name": ["DELIVERED"],
                "idx": ["order 7  part 1"],
                "donedate": [str(int(REPORT.at.timestamp()))],
                "username": ["shop"],
                "points": ["0.16"],
                "from": ["Shop"],
                "to": ["48600100200"],
            },
        )
    ]


def test_up_to_five_reports_for_one_url_come_in_one_request_with_commas(queue, server):
    bodies = [reports.write(_of(message_id=f"{place:024}", state="SENT")) for place in range(7)]
    bodies.append(reports.write(_of(url="https://other.example/", message_id="f" * 24)))
    assert _run(queue, *bodies) == []
    ids = [(host, fields["MsgId"][0].split(","), fields["status"][0].split(",")) for host, fields in server.asked]
    assert [(host, len(names)) for host, names, _ in ids] == [
        ("shop.example", 5),
        ("shop.example", 2),
        ("other.example", 1),
    ]
    assert ids[0][2] == ["403"] * 5
    assert [name for _, names, _ in ids for name in names][:7] == [f"{place:024}" for place in range(7)]


def test_what_a_server_does_not_confirm_stays_on_the_queue_and_others_go_on(queue, server):
    server.refuses = {"broken.example"}
    broken = reports.write(_of(url="https://broken.example/"))
    assert _run(queue, broken, reports.write(REPORT)) == [broken]
    assert [host for host, _ in server.asked] == ["broken.example", "shop.example"]


def test_each_try_comes_later_than_the_one_before_and_the_last_pause_repeats(queue, server, monkeypatch):
    server.refuses = {"shop.example"}
    pauses = [_pause(monkeypatch, queue, tries) for tries in range(1, len(policy.REPORT_RETRIES) + 3)]
    expected = [int(pause.total_seconds()) for pause in policy.REPORT_RETRIES]
    assert pauses == expected + expected[-1:] * 2
    assert expected == sorted(expected)


def test_a_report_is_given_up_after_a_day(queue, server):
    server.refuses = {"shop.example"}
    assert _run(queue, reports.write(REPORT), age=policy.REPORT_GIVEN_UP_AFTER - timedelta(minutes=1)) != []
    assert _run(queue, reports.write(REPORT), age=policy.REPORT_GIVEN_UP_AFTER + timedelta(minutes=1)) == []


def test_all_tries_of_a_day_are_fewer_than_the_receipts_that_lead_to_the_dead_letters():
    tries, age = 1, timedelta(0)
    while age < policy.REPORT_GIVEN_UP_AFTER:
        age += policy.REPORT_RETRIES[min(tries, len(policy.REPORT_RETRIES)) - 1]
        tries += 1
    assert tries < 50 / 2


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "null", "no json", reports.write(_of(state="WHATEVER")), "[" * 10_000]
)
def test_what_is_no_report_goes_to_the_dead_letters_and_keeps_no_other_back(queue, server, body):
    if body:
        assert _run(queue, body, reports.write(REPORT)) == [body]
        assert len(server.asked) == 1


def test_a_mistake_of_ours_is_counted_and_leaves_only_the_reports_of_its_url_on_the_queue(
    queue, server, monkeypatch, capsys, log
):
    get, other = web.get, reports.write(_of(url="https://other.example/"))

    def broken(url: Any) -> None:
        if url.host == "shop.example":
            raise ArithmeticError("s3cret")
        get(url)

    with monkeypatch.context() as instead:
        instead.setattr(web, "get", broken)
        assert _run(queue, reports.write(REPORT), other) == [reports.write(REPORT)]
    assert [host for host, _ in server.asked] == ["other.example"]
    said = capsys.readouterr().out
    assert unforeseen(said) == 1
    assert "s3cret" not in said + log.getvalue()
    assert _run(queue, reports.write(REPORT)) == []


def test_a_record_that_the_function_cannot_take_apart_is_counted_and_its_batch_stays(capsys):
    with pytest.raises(Unforeseen):
        handler.lambda_handler({"Records": [{"messageId": "1"}]}, Context(60_000))
    assert unforeseen(capsys.readouterr().out) == 1


def test_nothing_is_begun_that_the_function_has_no_time_to_end(queue, server):
    assert _run(queue, reports.write(REPORT), left=9_000) != []
    assert server.asked == []


def test_a_url_that_is_no_longer_taken_is_not_called(queue, server):
    assert _run(queue, reports.write(_of(url="http://169.254.169.254/"))) != []
    assert server.asked == []


def test_no_log_line_has_a_url_a_number_or_an_idx(queue, server, log):
    server.refuses = {"shop.example"}
    _run(queue, reports.write(REPORT))
    _run(queue, reports.write(REPORT), age=policy.REPORT_GIVEN_UP_AFTER * 2)
    server.refuses = set()
    _run(queue, reports.write(REPORT), "broken 48600100200 s3cret")
    written = log.getvalue()
    assert REPORT.message_id in written
    assert not [word for word in ("s3cret", "48600100200", "order 7", "shop.example") if word in written]


def test_reports_that_the_queue_does_not_take_are_counted_and_raise_nothing(queue, monkeypatch, log):
    monkeypatch.setattr(settings, "REPORTS_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/none")
    reports.put(*[REPORT] * 11)
    assert log.getvalue().count("reports_lost") == 2
