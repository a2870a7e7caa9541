"""Notices: each goes out once and only once, and none holds another back."""

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from urllib3 import HTTPResponse

from notify.deliver_flow import deliver
from notify.handler import lambda_handler
from shared import policy, settings
from shared.delivery import email, notices, sms_voice, sns
from shared.delivery import smsapi as carrier
from shared.delivery.letters import (
    AccountInvited,
    ChangeMade,
    CodesGuessed,
    CodesWereLocked,
    EmailChangeAsked,
    NewDeviceSeen,
    PasswordDue,
    PasswordResetAsked,
    RecoveryCodeUsed,
    TokenChanged,
    TokenExpiring,
)
from shared.delivery.notices import CodeSent, Notice
from shared.storage import carriers, deliveries, engine
from tests.shared.delivery.loopback import TOKEN, Loopback, Reply, listening
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import records
from tests.support.metrics import unforeseen

NOW = datetime.now(UTC)
CODE = CodeSent("n-1", "+48500100200", "pl", "918273", NOW + timedelta(days=1))
ANN, BOB = ("ann.canary@example.com", "pl", "ann"), ("bob.canary@example.com", "en", "bob")
HOME = "198.51.100.7"
TAKEN = b'{"MessageId": "m-1"}'
DEVICE = NewDeviceSeen("n-2", *ANN, NOW, HOME, "Firefox", "furtka_notme_canary")
INVITATION = AccountInvited("n-3", *BOB, "furtka_inv_canary", NOW + timedelta(days=3))
LOCKED = CodesWereLocked("n-4", "eve.canary@example.com", "en", "eve", NOW)
RESET = PasswordResetAsked("n-5", *BOB, "furtka_reset_canary", NOW + timedelta(minutes=30), NOW, HOME)
LETTERS: list[Notice] = [
    DEVICE,
    INVITATION,
    LOCKED,
    CodesGuessed("n-12", *BOB, "ann", NOW),
    RESET,
    EmailChangeAsked("n-6", *BOB, "furtka_email_canary", NOW + timedelta(days=1)),
    ChangeMade("n-7", *ANN, "totp_off", NOW, HOME),
    RecoveryCodeUsed("n-8", *BOB, 9, NOW, HOME),
    PasswordDue("n-9", *ANN, NOW, forced=True),
    TokenChanged("n-10", *BOB, "deleted", "canary shop", "abcd", "ann", NOW, HOME),
    TokenExpiring("n-11", *ANN, "canary shop", "abcd", NOW),
]

DOWN = EndpointConnectionError(endpoint_url="https://sns.example/?+48500100200")
SILENT = ReadTimeoutError(endpoint_url="https://sns.example/?+48500100200")
HUNG_UP = ConnectionClosedError(endpoint_url="https://sns.example/?+48500100200")


def take(context: Any, *bodies: str | Notice) -> list[int]:
    """Hand a batch to the function; the places of those that stay on the queue come back."""
    event = records([body if isinstance(body, str) else notices.write(body) for body in bodies], at=NOW)
    failures = lambda_handler(event, context)["batchItemFailures"]
    return [int(failure["itemIdentifier"].removeprefix("message-")) for failure in failures]


def _counted(printed: str) -> set[str]:
    """The metrics in what the function printed."""
    metrics = [json.loads(line) for line in printed.splitlines() if '"_aws"' in line]
    return {one["Name"] for metric in metrics for one in metric["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


def test_each_notice_reaches_its_reader_in_their_language(context: Any, outbox: Any) -> None:
    assert take(context, CODE, *LETTERS) == []
    ((number, text),) = outbox.sms
    assert number == "+48500100200"
    assert text.startswith("Kod Furtka do logowania: 918273 (wazny ")
    assert text.endswith("\n@panel.example.com #918273")
    assert outbox.mails == [
        ("ann.canary@example.com", "Logowanie z nowego urządzenia"),
        ("bob.canary@example.com", "Set the password of your login"),
        ("eve.canary@example.com", "Codes for your login are locked"),
        ("bob.canary@example.com", "Many wrong codes in SMS Authenticator"),
        ("bob.canary@example.com", "Set a new password"),
        ("bob.canary@example.com", "Confirm your e-mail address"),
        ("ann.canary@example.com", "Usunięto aplikację uwierzytelniającą"),
        ("bob.canary@example.com", "A recovery code was used"),
        ("ann.canary@example.com", "Czas na nowe hasło"),
        ("bob.canary@example.com", "An API token was deleted"),
        ("ann.canary@example.com", "Kończy się ważność tokenu API"),
    ]


def test_a_queue_that_repeats_itself_is_heard_once(context: Any, outbox: Any) -> None:
    assert take(context, CODE, CODE, INVITATION) == []
    assert take(context, INVITATION, CODE) == []
    assert len(outbox.sms) == 1
    assert len(outbox.mails) == 1


def test_a_code_goes_by_end_user_messaging_where_that_is_the_carrier(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SMS_PROVIDER", "sms-voice")
    monkeypatch.setattr(settings, "SMS_CONFIGURATION_SET", "furtka-sms")
    asked: list[dict[str, Any]] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        asked.append(json.loads(request.body))
        return AWSResponse(request.url, 200, {}, HTTPResponse(io.BytesIO(TAKEN), preload_content=False))

    heard = "before-send.pinpoint-sms-voice-v2.SendTextMessage"
    sms_voice._client().meta.events.register_first(heard, answer)
    assert take(context, CODE) == []
    sms_voice._client().meta.events.unregister(heard, answer)
    assert [one["DestinationPhoneNumber"] for one in asked] == [CODE.phone]


def test_where_a_refusal_comes_without_the_row_the_row_is_read(context: Any, outbox: Any) -> None:
    def without_the_row(_: AwsCall, proceed: Proceed) -> Answer:
        try:
            return proceed()
        except ClientError as refusal:
            refusal.response.pop("Item", None)  # type: ignore[typeddict-item]
            raise

    assert take(context, CODE) == []
    with intercepted(without_the_row):
        assert take(context, CODE) == []
    assert len(outbox.sms) == 1


def test_two_notices_that_say_the_same_are_two(context: Any, outbox: Any) -> None:
    assert take(context, CODE, replace(CODE, id="n-9")) == []
    assert len(outbox.sms) == 2


def test_what_failed_stays_on_the_queue_and_goes_out_at_the_next_try(context: Any, outbox: Any, fail: Any) -> None:
    fail(sns._sns(), "Publish", DOWN)
    assert take(context, CODE) == [0]
    assert outbox.sms == []
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1


def test_a_carrier_that_is_down_holds_no_letter_back(context: Any, outbox: Any, fail: Any) -> None:
    fail(sns._sns(), "Publish", DOWN)
    assert take(context, CODE, INVITATION) == [0]
    assert len(outbox.mails) == 1


def test_an_unreadable_notice_holds_nobody_back(context: Any, outbox: Any) -> None:
    assert take(context, CODE, '{"kind": "CodeSent", "code": "918273"}', "no JSON", INVITATION) == [1, 2]
    assert len(outbox.sms) == len(outbox.mails) == 1


def test_a_batch_that_fails_whole_is_answered_like_any_other(context: Any) -> None:
    assert take(context, "no JSON", "{}") == [0, 1]


@pytest.mark.parametrize("silence", [SILENT, HUNG_UP])
@pytest.mark.parametrize("notice", [CODE, INVITATION])
def test_what_may_have_gone_out_is_not_sent_again(
    context: Any, outbox: Any, fail: Any, *, notice: Notice, silence: Exception
) -> None:
    fail(sns._sns(), "Publish", silence)
    fail(email._ses(), "SendEmail", silence)
    assert take(context, notice) == []
    assert take(context, notice) == []
    assert outbox.sms == outbox.mails == []


def test_what_may_have_gone_out_is_logged_and_counted(context: Any, fail: Any, capsys: Any, log: io.StringIO) -> None:
    fail(sns._sns(), "Publish", SILENT)
    take(context, CODE)
    assert "DeliveriesUnconfirmed" in _counted(capsys.readouterr().out)
    assert "delivery_unconfirmed" in log.getvalue()


def test_of_copies_that_come_at_once_one_goes_out_and_the_others_wait(outbox: Any, context: Any, fail: Any) -> None:
    sending, finished = threading.Event(), threading.Event()

    def linger() -> None:
        sending.set()
        finished.wait(60)

    fail(sns._sns(), "Publish", linger)
    deliveries.watch(context)
    first = threading.Thread(target=deliver, args=(CODE,), kwargs={"now": NOW})
    first.start()
    sending.wait(60)
    assert take(context, CODE, CODE) == [0, 1]
    finished.set()
    first.join()
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1


class Crash(BaseException):
    """The end of a Lambda environment, in the middle of a sending."""


def _crash() -> None:
    raise Crash


def test_a_crash_frees_the_place_when_the_invocations_time_is_up(context: Any, outbox: Any, fail: Any) -> None:
    fail(sns._sns(), "Publish", _crash)
    deliveries.watch(context)
    began = int(time.time() * 1000)
    with pytest.raises(Crash):
        deliver(CODE, now=NOW)
    assert began <= _taken_until() - context.milliseconds_left <= time.time() * 1000
    with pytest.raises(IdempotencyAlreadyInProgressError):
        deliver(CODE, now=NOW)
    _let_it_be_over()
    deliver(CODE, now=NOW)
    assert len(outbox.sms) == 1


def _taken_until() -> int:
    """When the one place that is taken is free again, in milliseconds since 1970."""
    (place,) = boto3.client("dynamodb").scan(TableName=settings.DELIVERIES_TABLE)["Items"]
    return int(place["in_progress_expiration"]["N"])


def _let_it_be_over() -> None:
    """Powertools asks the wall clock, which nobody here waits for."""
    client = boto3.client("dynamodb")
    (place,) = client.scan(TableName=settings.DELIVERIES_TABLE)["Items"]
    past = {"N": str(int(time.time() * 1000) - 1)}
    client.put_item(TableName=settings.DELIVERIES_TABLE, Item=place | {"in_progress_expiration": past})


def test_nothing_is_begun_that_the_invocation_may_not_see_the_end_of(context: Any, outbox: Any) -> None:
    context.milliseconds_left = 14_999
    assert take(context, CODE) == [0]
    context.milliseconds_left = 15_000
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1


def test_a_code_that_nobody_can_use_any_more_is_not_sent(context: Any, outbox: Any, capsys: Any) -> None:
    assert take(context, replace(CODE, expires_at=NOW)) == []
    assert outbox.sms == []
    assert "CodesExpiredUnsent" in _counted(capsys.readouterr().out)


def test_a_code_is_judged_by_a_clock_that_was_moved_ahead(context: Any, outbox: Any) -> None:
    event = records([notices.write(CODE)], at=NOW)
    expired = int(CODE.expires_at.timestamp() * 1000) + 1
    event["Records"][0]["attributes"]["ApproximateFirstReceiveTimestamp"] = str(expired)
    lambda_handler(event, context)
    assert outbox.sms == []


def test_without_the_table_nothing_is_sent(context: Any, outbox: Any, fail: Any) -> None:
    fail(deliveries._places().client, "PutItem", DOWN, DOWN)
    assert take(context, CODE) == [0]
    assert outbox.sms == []
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1


def test_what_went_out_has_gone_out_even_if_that_cannot_be_written_down(
    context: Any, outbox: Any, fail: Any, capsys: Any
) -> None:
    fail(deliveries._places().client, "UpdateItem", SILENT, SILENT)
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1
    assert "DeliveriesUnrecorded" in _counted(capsys.readouterr().out)


def test_a_failure_whose_place_cannot_be_freed_still_stays_on_the_queue(context: Any, outbox: Any, fail: Any) -> None:
    fail(sns._sns(), "Publish", DOWN)
    fail(deliveries._places().client, "DeleteItem", DOWN, DOWN)
    assert take(context, CODE) == [0]
    assert outbox.sms == []


def test_each_delivery_is_one_line_that_tells_kind_id_and_provider(context: Any, log: io.StringIO) -> None:
    take(context, CODE, INVITATION, CODE)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    told = [(line["kind"], line["notice_id"], line["provider"]) for line in lines]
    assert told == [("CodeSent", "n-1", "sns"), ("AccountInvited", "n-3", "ses")]


def _reasons(log: io.StringIO) -> list[str]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["reason"] for line in lines if line["message"] == "notice_failed"]


def test_the_log_says_why_a_notice_failed_in_our_own_words(context: Any, fail: Any, log: io.StringIO) -> None:
    fail(sns._sns(), "Publish", DOWN)
    take(context, CODE, "garbage")
    assert _reasons(log) == ["sns: EndpointConnectionError", "no notice of ours"]


def test_the_log_says_where_a_mistake_of_ours_happened_and_not_what_it_says(
    context: Any, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    monkeypatch.setattr(email, "send", _stumble)
    take(context, INVITATION)
    (reason,) = _reasons(log)
    assert re.fullmatch("KeyError in _stumble, line [0-9]+", reason)
    assert "canary" not in log.getvalue()


def _stumble(*_: Any, **__: Any) -> None:
    raise KeyError("canary, +48500100200")


def test_a_mistake_of_ours_is_counted_and_leaves_only_its_own_message_on_the_queue(
    context: Any, outbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(email, "send", _stumble)
    assert take(context, INVITATION, CODE) == [0]
    assert len(outbox.sms) == 1
    assert unforeseen(capsys.readouterr().out) == 1
    monkeypatch.undo()
    assert take(context, INVITATION) == []


def test_a_carrier_that_fails_or_a_notice_that_is_none_is_no_mistake_of_ours(
    context: Any, fail: Any, capsys: Any
) -> None:
    fail(sns._sns(), "Publish", DOWN)
    assert take(context, CODE, "garbage") == [0, 1]
    assert unforeseen(capsys.readouterr().out) == 0


# --- A reset for nobody -----------------------------------------------------------------------------------

NOBODY = replace(RESET, id="n-nobody", email="", login="login.canary")


def test_a_reset_for_a_login_that_does_not_exist_goes_to_nobody_without_a_word(
    context: Any, outbox: Any, log: io.StringIO, capsys: Any
) -> None:
    assert take(context, NOBODY) == []
    assert outbox.mails == outbox.sms == []
    assert log.getvalue() == ""
    assert _counted(capsys.readouterr().out) == {"NoticesTaken"}


def test_a_reset_for_nobody_is_taken_once_like_any_other(context: Any) -> None:
    assert take(context, NOBODY, NOBODY) == []
    (place,) = boto3.client("dynamodb").scan(TableName=settings.DELIVERIES_TABLE)["Items"]
    assert place["status"] == {"S": "COMPLETED"}


# --- The carrier's trouble --------------------------------------------------------------------------------


def _told() -> bool:
    """Whether sign-ins would be told by now that SMS may be late."""
    (item,) = engine.fetch(carriers.key())
    return carriers.in_trouble(item, now=datetime.now(UTC))


def _writes(calls: list[AwsCall]) -> list[str]:
    return [str(call) for call in calls if "carriers" in call.tables]


def _refuses(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "+48500100200 918273"}}, "Publish")


@pytest.mark.parametrize("trouble", [DOWN, _refuses("InternalError"), _refuses("AuthorizationError")])
def test_a_carrier_that_is_in_trouble_is_told_of_and_the_code_stays_on_the_queue(
    context: Any, outbox: Any, fail: Any, trouble: Exception
) -> None:
    fail(sns._sns(), "Publish", trouble)
    assert take(context, CODE) == [0]
    assert _told()
    assert take(context, CODE) == []
    assert len(outbox.sms) == 1


@pytest.mark.parametrize("silence", [SILENT, HUNG_UP])
def test_a_carrier_that_does_not_answer_is_told_of_and_the_code_counts_as_sent(
    context: Any, outbox: Any, fail: Any, silence: Exception
) -> None:
    fail(sns._sns(), "Publish", silence)
    assert take(context, CODE, CODE) == []
    assert _told()
    assert outbox.sms == []


def test_a_number_that_is_refused_is_nobody_elses_trouble_and_is_not_asked_about_again(
    context: Any, outbox: Any, fail: Any, capsys: Any, log: io.StringIO
) -> None:
    """A customer could otherwise wake an operator at will: what the carrier never takes ended in the dead letters."""
    fail(sns._sns(), "Publish", _refuses("InvalidParameter"))
    assert take(context, CODE) == []
    assert take(context, CODE) == []
    assert not _told()
    assert outbox.sms == []
    assert "SmsRefused" in _counted(capsys.readouterr().out)
    assert '"sns: InvalidParameter"' in log.getvalue()
    assert "+48500100200" not in log.getvalue()


def test_a_mailer_in_trouble_is_no_trouble_of_the_carrier(context: Any, fail: Any) -> None:
    fail(email._ses(), "SendEmail", DOWN, SILENT)
    assert take(context, INVITATION, DEVICE) == [0]
    assert not _told()


def test_in_good_weather_nothing_is_written_about_the_carrier(context: Any) -> None:
    with overheard() as calls:
        assert take(context, CODE, *LETTERS, replace(CODE, id="n-8c", expires_at=NOW)) == []
    assert _writes(calls) == []


def test_trouble_costs_one_write_a_code(context: Any, fail: Any) -> None:
    fail(sns._sns(), "Publish", DOWN)
    with overheard() as calls:
        assert take(context, CODE) == [0]
    assert _writes(calls) == ["UpdateItem carriers"]


def test_trouble_that_a_later_message_told_of_is_left_as_it_is(context: Any, fail: Any, log: io.StringIO) -> None:
    later = datetime.now(UTC) + policy.CARRIER_TROUBLE_TOLD_FOR
    engine.commit(carriers.failing(now=later))
    fail(sns._sns(), "Publish", DOWN)
    assert take(context, CODE) == [0]
    (item,) = engine.fetch(carriers.key())
    assert carriers.in_trouble(item, now=later)
    assert "carrier_trouble_unrecorded" not in log.getvalue()


NOT_WRITTEN_DOWN = {
    "refused": [ClientError({"Error": {"Code": "AccessDenied", "Message": "918273"}}, "UpdateItem")],
    "no answer": [DOWN, DOWN, DOWN],
    "no sense": [ResponseParserError("918273")],
    "our mistake": [RuntimeError("918273")],
}


@pytest.mark.parametrize("hindrances", NOT_WRITTEN_DOWN.values(), ids=NOT_WRITTEN_DOWN.keys())
@pytest.mark.parametrize(("trouble", "left"), [(DOWN, [0]), (SILENT, [])])
def test_trouble_that_cannot_be_written_down_changes_nothing_for_the_code(
    context: Any,
    outbox: Any,
    fail: Any,
    log: io.StringIO,
    *,
    trouble: Exception,
    left: list[int],
    hindrances: list[Exception],
) -> None:
    fail(sns._sns(), "Publish", trouble)
    fail(engine._connection.client, "UpdateItem", *hindrances)
    assert take(context, CODE) == left
    assert '"carrier_trouble_unrecorded"' in log.getvalue()
    assert "918273" not in log.getvalue()
    take(context, CODE)
    assert len(outbox.sms) == len(left)


@pytest.fixture
def smsapi(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    boto3.client("secretsmanager").create_secret(Name=settings.SMSAPI_TOKEN_SECRET, SecretString=TOKEN)
    with listening() as server:
        monkeypatch.setattr(settings, "SMS_PROVIDER", "smsapi")
        monkeypatch.setattr(settings, "SMSAPI_URL", server.url)
        server.replies = [Reply(body='{"count": 1, "list": [{"id": "1"}]}')]
        yield server
        carrier._HTTP.clear()
        carrier._secrets.cache_clear()


def test_codes_go_through_smsapi_where_settings_say_so(
    context: Any, outbox: Any, smsapi: Loopback, log: io.StringIO
) -> None:
    assert take(context, CODE) == []
    (call,) = smsapi.heard
    assert call.authorization == f"Bearer {TOKEN}"
    assert call.form["message"].endswith("@panel.example.com #918273")
    assert outbox.sms == []
    assert '"provider":"smsapi"' in log.getvalue()
    assert TOKEN not in log.getvalue()


@pytest.mark.parametrize(
    ("number", "left", "told"), [(13, [], False), (52, [0], False), (103, [0], True), (999, [0], True)]
)
def test_smsapis_trouble_is_told_of_and_a_numbers_is_not(
    context: Any, smsapi: Loopback, *, number: int, left: list[int], told: bool
) -> None:
    smsapi.replies = [Reply(body=json.dumps({"error": number, "message": "no"}))]
    assert take(context, CODE) == left
    assert _told() is told


ACCIDENTS: dict[str, Callable[[Any], object]] = {
    "nothing": lambda _: None,
    "down": lambda fail: fail(sns._sns(), "Publish", DOWN),
    "silent": lambda fail: fail(sns._sns(), "Publish", SILENT),
    "our mistake": lambda fail: fail(sns._sns(), "Publish", RuntimeError("+48500100200 918273")),
    "down and untold": lambda fail: [
        fail(sns._sns(), "Publish", DOWN),
        fail(engine._connection.client, "UpdateItem", RuntimeError("+48500100200 918273")),
    ],
    "no table": lambda fail: fail(deliveries._places().client, "PutItem", DOWN, DOWN),
    "unrecorded": lambda fail: fail(deliveries._places().client, "UpdateItem", SILENT, SILENT),
}


@pytest.mark.parametrize("accident", ACCIDENTS.values(), ids=ACCIDENTS.keys())
def test_no_log_line_and_no_metric_holds_a_code_a_token_or_an_address(
    context: Any, fail: Any, log: io.StringIO, capsys: Any, accident: Callable[[Any], object]
) -> None:
    accident(fail)
    unreadable = notices.write(CODE).replace("CodeSent", "Gossip")
    stale = replace(CODE, id="n-8", expires_at=NOW)
    nameless = replace(CODE, id="n-7", phone="918273 is no number")
    stranger = replace(RESET, id="n-6c", email="", login="login.canary")
    take(context, CODE, DEVICE, INVITATION, LOCKED, CODE, unreadable, stale, nameless, RESET, stranger)
    seen = log.getvalue() + "".join(capsys.readouterr())
    assert "notice_failed" in seen
    assert [
        secret for secret in (r"\b918273\b", "500100200", "canary", "panel.example") if re.search(secret, seen)
    ] == []
