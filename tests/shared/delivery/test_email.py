"""E-mail by SES: asked once, whatever the answer."""

import json

import pytest

from shared import settings
from shared.delivery import email
from shared.delivery.sending import SendingFailed
from tests.shared.delivery.loopback import HANGS, HANGS_UP, Loopback, Reply

ACCEPTED = Reply(body=json.dumps({"MessageId": "m-1"}))
REJECTED = Reply(
    400, json.dumps({"message": "ann@example.com is bad"}), headers={"x-amzn-ErrorType": "MessageRejected"}
)


def _send() -> None:
    email.send("ann@example.com", "Temat", "Zażółć gęślą jaźń", notice_id="n-1")


def test_a_letter_is_plain_text_from_our_address(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MAIL_FROM", "furtka@example.com")
    aws.replies = [ACCEPTED]
    _send()
    (call,) = aws.heard
    assert json.loads(call.body) == {
        "FromEmailAddress": "furtka@example.com",
        "Destination": {"ToAddresses": ["ann@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Temat", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Zażółć gęślą jaźń", "Charset": "UTF-8"}},
            }
        },
    }


def test_a_refusal_is_a_failure_that_does_not_repeat_the_address(aws: Loopback) -> None:
    aws.replies = [REJECTED]
    with pytest.raises(SendingFailed) as failed:
        _send()
    assert str(failed.value) == "ses: MessageRejected"
    assert not failed.value.carrier_in_trouble
    assert len(aws.heard) == 1


@pytest.mark.parametrize("silence", [HANGS, HANGS_UP])
def test_a_letter_that_may_have_gone_out_counts_as_sent(aws: Loopback, silence: Reply) -> None:
    aws.replies = [silence]
    _send()
    assert len(aws.heard) == 1
