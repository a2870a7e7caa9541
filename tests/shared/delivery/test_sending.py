"""One request to AWS that sends a message: what surely failed may be tried again, what may have gone out may not."""

import logging
from collections.abc import Iterator

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from shared.delivery.sending import SendingFailed, at_most_once
from shared.observability import logger, metrics

PHONE = "+48500100200"
URL = {"endpoint_url": f"https://sns.example/?{PHONE}"}


@pytest.fixture(autouse=True)
def _counts() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def asked(*outcomes: Exception | None) -> bool:
    """Send one message; the first request has the first outcome, and there may be only one."""
    left = [*outcomes]

    def request() -> object:
        outcome = left.pop(0)
        if outcome:
            raise outcome
        return {}

    return at_most_once("sns", "n-1", request)


def failed(failure: Exception) -> SendingFailed:
    with pytest.raises(SendingFailed) as raised:
        asked(failure)
    return raised.value


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"no {PHONE}"}}, "Publish")


def test_what_aws_confirms_was_sent_and_needs_no_word():
    assert asked(None) is True
    assert metrics.metric_set == {}


@pytest.mark.parametrize(
    "silence", [ReadTimeoutError(**URL), ConnectionClosedError(**URL), ResponseParserError(f"neither XML nor {PHONE}")]
)
def test_what_may_have_gone_out_counts_as_sent_and_is_logged_and_counted(
    silence: Exception, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING, logger=logger.name)
    assert asked(silence) is False
    [record] = caplog.records
    said = vars(record)
    told = (record.getMessage(), said["provider"], said["notice_id"], said["reason"])
    assert told == ("delivery_unconfirmed", "sns", "n-1", type(silence).__name__)
    assert PHONE not in f"{said}"
    assert metrics.metric_set["DeliveriesUnconfirmed"]["Value"] == [1.0]


@pytest.mark.parametrize(
    "failure",
    [EndpointConnectionError(**URL), ConnectTimeoutError(**URL), SSLError(**URL, error="x"), NoCredentialsError()],
)
def test_what_did_not_reach_aws_surely_failed_and_the_next_message_would_too(failure: BotoCoreError):
    told = failed(failure)
    assert (str(told), told.carrier_in_trouble) == (f"sns: {type(failure).__name__}", True)
    assert metrics.metric_set == {}


def test_what_the_sdk_does_not_even_send_is_about_one_message():
    told = failed(ParamValidationError(report=PHONE))
    assert (str(told), told.carrier_in_trouble) == ("sns: ParamValidationError", False)


OF_ONE_NUMBER = ["InvalidParameter", "ParameterValueInvalid", "ValidationError", "ValidationException", "OptedOut"]
OF_ONE_MAILBOX = ["MessageRejected", "BadRequestException"]


@pytest.mark.parametrize("code", [*OF_ONE_NUMBER, *OF_ONE_MAILBOX])
def test_a_refused_recipient_is_no_trouble_of_the_carriers(code: str):
    told = failed(refusal(code))
    assert (str(told), told.carrier_in_trouble) == (f"sns: {code}", False)


@pytest.mark.parametrize("code", ["InternalFailure", "AccountSendingPausedException", "messagerejected", ""])
def test_any_other_refusal_would_meet_the_next_message_too(code: str):
    told = failed(refusal(code))
    assert (str(told), told.carrier_in_trouble) == (f"sns: {code}", True)


@pytest.mark.parametrize("failure", [refusal("InternalFailure"), EndpointConnectionError(**URL)])
def test_what_aws_said_of_the_recipient_is_not_passed_on(failure: Exception):
    told = failed(failure)
    assert (told.__cause__, told.__suppress_context__) == (None, True)
    assert PHONE not in str(told)


def test_a_mistake_of_ours_is_neither_sent_nor_failed():
    with pytest.raises(KeyError):
        asked(KeyError("text"))
    assert metrics.metric_set == {}


def test_a_failure_is_trouble_of_the_carriers_unless_it_is_said_not_to_be():
    assert SendingFailed("smsapi: 500").carrier_in_trouble is True
