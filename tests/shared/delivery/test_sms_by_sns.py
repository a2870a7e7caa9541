"""SMS by AWS: asked once, whatever the answer."""

import pytest

from shared import settings
from shared.delivery import sms
from shared.delivery.sending import SendingFailed
from tests.shared.delivery.loopback import HANGS, HANGS_UP, Loopback, Reply

PHONE, TEXT = "+48500100200", "Furtka code: 123456"
PUBLISHED = Reply(body="<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>")


def _refusal(status: int, code: str) -> Reply:
    return Reply(
        status,
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{PHONE} {TEXT}</Message></Error></ErrorResponse>",
    )


@pytest.fixture(autouse=True)
def _by_sns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SMS_PROVIDER", "sns")


def test_a_message_goes_to_the_number_as_urgent(aws: Loopback) -> None:
    aws.replies = [PUBLISHED]
    sms.send(PHONE, TEXT, notice_id="n-1")
    (call,) = aws.heard
    assert call.form == {
        "Action": "Publish",
        "Version": "2010-03-31",
        "PhoneNumber": PHONE,
        "Message": TEXT,
        "MessageAttributes.entry.1.Name": "AWS.SNS.SMS.SMSType",
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue": "Transactional",
    }


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "InvalidParameter"), (400, "EndpointDisabled"), (403, "OptedOut"), (500, "InternalFailure")],
)
def test_a_refusal_is_a_failure_that_names_its_code_and_nothing_else(aws: Loopback, status: int, code: str) -> None:
    aws.replies = [_refusal(status, code)]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert str(failed.value) == f"sns: {code}"
    assert failed.value.__suppress_context__
    assert len(aws.heard) == 1


OF_ONE_NUMBER = ["InvalidParameter", "OptedOut", "ParameterValueInvalid", "ValidationError", "ValidationException"]
OF_THE_CARRIER = ["AuthorizationError", "InternalError", "InternalFailure", "KMSThrottling", "Unheard Of"]


@pytest.mark.parametrize(
    ("code", "in_trouble"), [*((code, False) for code in OF_ONE_NUMBER), *((code, True) for code in OF_THE_CARRIER)]
)
def test_a_number_that_is_refused_is_no_trouble_of_the_carrier(aws: Loopback, code: str, *, in_trouble: bool) -> None:
    aws.replies = [_refusal(400, code)]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble is in_trouble


def test_a_message_that_was_taken_is_known_to_be(aws: Loopback) -> None:
    aws.replies = [PUBLISHED]
    assert sms.send(PHONE, TEXT, notice_id="n-1") is True


@pytest.mark.parametrize("silence", [HANGS, HANGS_UP, Reply(body="neither XML nor sense")])
def test_a_message_that_may_have_gone_out_counts_as_sent_and_is_not_sent_again(aws: Loopback, silence: Reply) -> None:
    aws.replies = [silence]
    assert sms.send(PHONE, TEXT, notice_id="n-1") is False
    assert len(aws.heard) == 1


def test_nobody_listening_is_a_failure_and_trouble(aws: Loopback) -> None:
    aws.leave()
    with pytest.raises(SendingFailed, match="sns: EndpointConnectionError") as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble


def test_a_request_that_the_sdk_does_not_even_send_is_no_trouble(aws: Loopback) -> None:
    with pytest.raises(SendingFailed, match="sns: ParamValidationError") as failed:
        sms.send(PHONE, 123456, notice_id="n-1")  # type: ignore[arg-type]
    assert not failed.value.carrier_in_trouble
    assert aws.heard == []


def test_each_message_has_a_connection_of_its_own(aws: Loopback) -> None:
    """One that was kept may have died during a Lambda's sleep, and would look like a message on its way."""
    aws.replies = [PUBLISHED, HANGS_UP, PUBLISHED]
    for number in range(3):
        sms.send(PHONE, TEXT, notice_id=f"n-{number}")
    assert len(aws.heard) == 3


@pytest.mark.parametrize(
    ("sender", "named"), [("Shop24", True), ("A Shop", False), ("48600100200", False), ("", False)]
)
def test_a_message_is_in_the_name_of_its_sender_where_sns_takes_that(
    aws: Loopback, sender: str, *, named: bool
) -> None:
    aws.replies = [PUBLISHED]
    sms.send(PHONE, TEXT, notice_id="n-1", sender=sender)
    (call,) = aws.heard
    values = [value for name, value in call.form.items() if name.endswith("StringValue")]
    assert sorted(values) == sorted(["Transactional", *([sender] if named else [])])
