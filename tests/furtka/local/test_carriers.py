"""The stack of this machine with End User Messaging as its carrier: what leaves, and what becomes of it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.local import Local, soon


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    options = ("--parameter", "SmsProvider=sms-voice", "--parameter", "SmsSender=Furtka")
    with Local(tmp_path_factory.mktemp("stack"), *options, program="tests.support.quick_local") as local:
        yield local


@pytest.fixture(scope="module")
def demo(stack: Local) -> dict[str, str]:
    return dict(stack.get("/_local/demo").json())


def _bearer(demo: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {demo['api_token']}"}


def test_a_message_leaves_and_arrives(stack: Local, demo: dict[str, str]):
    sent = stack.post(
        "/sms.do", json={"to": "48600100201", "message": "Do zobaczenia", "format": "json"}, headers=_bearer(demo)
    ).json()
    assert soon(lambda: "Do zobaczenia" in stack.texts())
    (message_id,) = [one["id"] for one in sent["list"]]

    def state() -> str:
        found = stack.get("/messages?limit=10", headers=_bearer(demo)).json()["messages"]
        return str(next(one["state"] for one in found if one["id"] == message_id))

    assert soon(lambda: state() == "delivered")


def test_a_mailbox_that_bounces_is_shown_until_an_e_mail_arrives(stack: Local, demo: dict[str, str]):
    before, password = len(stack.texts()), {"login": demo["login"], "password": demo["password"]}
    challenge = stack.post("/login", json=password).json()["challenge"]["id"]
    (text,) = soon(lambda: [text for text in stack.texts()[before:] if "#" in text])
    answer = stack.post("/verify-code", json={"challenge_id": challenge, "code": text.rpartition("#")[2]})
    signed_in = {"Authorization": f"Bearer {answer.json()['session']['token']}"}

    def trouble() -> Any:
        return stack.get("/account/email", headers=signed_in).json()["mail_trouble"]

    assert trouble() is None
    assert stack.post("/_local/mail", json={"to": demo["email"], "became": "bounced"}).status_code == 204
    assert soon(trouble)["reason"] == "bounced"
    stack.advance(60)
    assert stack.post("/_local/mail", json={"to": demo["email"], "became": "arrived"}).status_code == 204
    assert soon(lambda: trouble() is None)


def test_nothing_became_of_an_e_mail_that_was_not_sent(stack: Local):
    answer = stack.post("/_local/mail", json={"to": "stranger@example.com", "became": "bounced"})
    assert answer.status_code == 404


@pytest.mark.parametrize("wanted", [{"to": "a@example.com", "became": "eaten"}, {"became": "bounced"}, {}, [], 7])
def test_what_became_of_it_is_one_of_three(stack: Local, wanted: object):
    answer = stack.post("/_local/mail", json=wanted)
    assert answer.status_code == 400
    assert "bounced, complained, arrived" in answer.json()["message"]


def test_a_stack_that_reads_no_events_says_so(toy: Local):
    answer = toy.post("/_local/mail", json={"to": "someone@example.com", "became": "bounced"})
    assert answer.status_code == 404


def test_a_carrier_that_is_down_refuses_these_sms_too(toy: Local):
    where = toy.get("/_local/environment").json()["AWS_ENDPOINT_URL"]
    credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-central-1"}
    patient = Config(retries={"total_max_attempts": 1})
    client = boto3.session.Session(**credentials).client(  # type: ignore[call-overload]
        "pinpoint-sms-voice-v2", endpoint_url=where, config=patient
    )
    message = {"DestinationPhoneNumber": "+48500100200", "MessageBody": "by hand"}
    assert toy.post("/_local/carrier", json={"down": True}).ok
    with pytest.raises(ClientError, match="turned off"):
        client.send_text_message(**message)
    assert toy.post("/_local/carrier", json={"down": False}).ok
    assert client.send_text_message(**message)["MessageId"]
    assert toy.texts()[-1] == "by hand"
