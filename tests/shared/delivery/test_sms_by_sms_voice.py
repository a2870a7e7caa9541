"""SMS by AWS End User Messaging: asked once, with what is left of a code's life and the highest price."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared import policy, settings
from shared.delivery import sms
from shared.delivery.sending import CarrierBusy, SendingFailed, SendingRefused
from shared.observability import metrics
from tests.shared.delivery.loopback import HANGS, HANGS_UP, Loopback, Reply

PHONE, TEXT = "+48500100200", "Furtka code: 123456"
TAKEN = Reply(body=json.dumps({"MessageId": "m-1"}))


def _refusal(code: str, status: int = 400, **more: str) -> Reply:
    return Reply(status, json.dumps({"__type": code, "Message": f"{PHONE} {TEXT}", **more}))


@pytest.fixture(autouse=True)
def _by_sms_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SMS_PROVIDER", "sms-voice")
    monkeypatch.setattr(settings, "SMS_CONFIGURATION_SET", "furtka-sms")


def _asked(aws: Loopback) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in aws.heard]


def test_a_message_goes_to_the_number_as_urgent_and_through_the_set_that_reports(aws: Loopback) -> None:
    aws.replies = [TAKEN]
    assert sms.send(PHONE, TEXT, notice_id="n-1") is True
    assert _asked(aws) == [
        {
            "DestinationPhoneNumber": PHONE,
            "MessageBody": TEXT,
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "furtka-sms",
        }
    ]


def test_whatever_the_stack_sets_is_asked_for(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SMS_SENDER", "Furtka")
    monkeypatch.setattr(settings, "SMS_MAX_PRICE", "0.25")
    aws.replies = [TAKEN]
    sms.send(PHONE, TEXT, notice_id="n-1", reported_as="account.message")
    (asked,) = _asked(aws)
    assert asked["OriginationIdentity"] == "Furtka"
    assert asked["MaxPrice"] == "0.25"
    assert asked["Context"] == {"message": "account.message"}


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        (timedelta(minutes=4, seconds=10.5), 251),
        (timedelta(seconds=1), 5),
        (timedelta(days=30), 259_200),
    ],
)
def test_a_message_is_not_delivered_after_its_life(aws: Loopback, lifetime: timedelta, seconds: int) -> None:
    aws.replies = [TAKEN]
    sms.send(PHONE, TEXT, notice_id="n-1", lifetime=lifetime)
    (asked,) = _asked(aws)
    assert asked["TimeToLive"] == seconds


def test_the_lifetimes_that_aws_takes_are_those_of_its_sdk() -> None:
    from shared.delivery.sms_voice import _client  # noqa: PLC0415

    shape = _client().meta.service_model.operation_model("SendTextMessage").input_shape.members["TimeToLive"]
    assert [limit.total_seconds() for limit in policy.SMS_LIFETIMES] == [shape.metadata["min"], shape.metadata["max"]]


@pytest.mark.parametrize(
    ("sender", "named"),
    [("Shop24", "Shop24"), ("My-Shop", "My-Shop"), ("A Shop", "Furtka"), ("48600100200", "Furtka"), ("", "Furtka")],
)
def test_a_message_is_in_the_name_of_its_sender_where_aws_takes_that(
    aws: Loopback, monkeypatch: pytest.MonkeyPatch, sender: str, named: str
) -> None:
    monkeypatch.setattr(settings, "SMS_SENDER", "Furtka")
    aws.replies = [TAKEN]
    sms.send(PHONE, TEXT, notice_id="n-1", sender=sender)
    (asked,) = _asked(aws)
    assert asked["OriginationIdentity"] == named


NO_SUCH_NAME = [
    _refusal("ValidationException", Reason="SENDER_ID_NOT_SUPPORTED"),
    _refusal("ValidationException", Reason="SENDER_ID_REQUIRES_REGISTRATION"),
    _refusal("ValidationException", Reason="INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
    _refusal("ResourceNotFoundException", ResourceType="sender-id", ResourceId="Shop24"),
]


@pytest.mark.parametrize("refusal", NO_SUCH_NAME)
def test_a_name_that_the_country_does_not_take_is_left_out(aws: Loopback, refusal: Reply) -> None:
    aws.replies = [refusal, TAKEN]
    assert sms.send(PHONE, TEXT, notice_id="n-1", sender="Shop24") is True
    assert ["OriginationIdentity" in asked for asked in _asked(aws)] == [True, False]


def test_where_our_own_name_is_refused_too_the_message_is(aws: Loopback) -> None:
    aws.replies = [NO_SUCH_NAME[0]]
    with pytest.raises(SendingRefused):
        sms.send(PHONE, TEXT, notice_id="n-1", sender="Shop24")
    assert len(aws.heard) == 2


FOR_GOOD = [
    _refusal("ValidationException", Reason="PRICE_OVER_THRESHOLD"),
    _refusal("ValidationException", Reason="FIELD_VALIDATION_FAILED"),
    _refusal("ValidationException"),
    _refusal("ConflictException", Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT"),
    _refusal("ConflictException", Reason="DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
    _refusal("ConflictException", Reason="DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
    _refusal("ConflictException", Reason="NO_ORIGINATION_IDENTITIES_FOUND"),
]


@pytest.mark.parametrize("refusal", FOR_GOOD)
def test_what_aws_will_never_take_is_refused_for_good_and_is_no_trouble(aws: Loopback, refusal: Reply) -> None:
    aws.replies = [refusal]
    with pytest.raises(SendingRefused, match="sms-voice: ") as refused:
        sms.send(PHONE, TEXT, notice_id="n-1", sender="Shop24")
    assert not refused.value.carrier_in_trouble
    assert PHONE not in str(refused.value) + refused.value.why
    assert len(aws.heard) == 1


TROUBLE = [
    _refusal("AccessDeniedException", Reason="ACCOUNT_DISABLED"),
    _refusal("ConflictException", Reason="RESOURCE_NOT_ACTIVE"),
    _refusal("ResourceNotFoundException", ResourceType="configuration-set", ResourceId="furtka-sms"),
    _refusal("ServiceQuotaExceededException", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
    _refusal("InternalServerException", 500),
]


@pytest.mark.parametrize("refusal", TROUBLE)
def test_what_the_next_message_would_meet_too_is_trouble_and_is_tried_again(aws: Loopback, refusal: Reply) -> None:
    aws.replies = [refusal]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert not isinstance(failed.value, SendingRefused)
    assert failed.value.carrier_in_trouble
    assert len(aws.heard) == 1


def test_a_spend_limit_that_is_reached_is_counted(aws: Loopback) -> None:
    metrics.clear_metrics()
    aws.replies = [_refusal("ServiceQuotaExceededException", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")]
    with pytest.raises(SendingFailed, match="sms-voice: ServiceQuotaExceededException"):
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert metrics.metric_set["SmsSpendLimitReached"]["Value"] == [1]
    metrics.clear_metrics()


def test_what_comes_too_fast_waits(aws: Loopback) -> None:
    aws.replies = [_refusal("ThrottlingException")]
    with pytest.raises(CarrierBusy):
        sms.send(PHONE, TEXT, notice_id="n-1")


@pytest.mark.parametrize("silence", [HANGS, HANGS_UP])
def test_a_message_that_may_have_gone_out_counts_as_sent_and_is_not_sent_again(aws: Loopback, silence: Reply) -> None:
    aws.replies = [silence]
    assert sms.send(PHONE, TEXT, notice_id="n-1", sender="Shop24") is False
    assert len(aws.heard) == 1
