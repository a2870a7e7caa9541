"""SMS by SMSAPI: asked as often as it takes, and one message goes out."""

import json
from collections.abc import Callable

import pytest
from aws_lambda_powertools.utilities.parameters.exceptions import GetSecretError

from shared.delivery import sms, smsapi
from shared.delivery.sending import SendingFailed
from tests.shared.delivery.loopback import HANGS, HANGS_UP, TOKEN, Heard, Loopback, Reply, Secrets

PHONE, TEXT = "+48500100200", "Furtka code: 123456\n@panel.example.com #123456"


class Smsapi:
    """SMSAPI's manners: HTTP 200 whatever happens, an integer `error`, and an idx is good once."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self._seen: set[str] = set()

    def __call__(self, heard: Heard) -> Reply:
        if heard.path != "/sms.do" or heard.authorization != f"Bearer {TOKEN}":
            return _error(101, "Authorization failed")
        form = heard.form
        if form["check_idx"] == "1" and form["idx"] in self._seen:
            return _error(53, "Duplicate idx")
        self._seen.add(form["idx"])
        self.sent.append((form["to"], form["message"]))
        item = {
            "id": "6065",
            "points": 0.15,
            "number": form["to"],
            "status": "QUEUE",
            "error": None,
            "idx": form["idx"],
        }
        return _says({"count": 1, "list": [item]})

    def then(self, silence: Reply) -> Callable[[Heard], Reply]:
        """Sends the message, but its answer is *silence*."""

        def answer(heard: Heard) -> Reply:
            self(heard)
            return silence

        return answer


def _says(body: object) -> Reply:
    return Reply(body=json.dumps(body), headers={"Content-Type": "application/json"})


def _error(number: int, message: str) -> Reply:
    return _says({"error": number, "message": message})


@pytest.fixture
def provider(carrier: Loopback) -> Smsapi:
    provider = Smsapi()
    carrier.replies = [provider]
    return provider


def test_a_message_goes_out_in_smsapis_form(carrier: Loopback, provider: Smsapi) -> None:
    sms.send(PHONE, TEXT, notice_id="n-1")
    (call,) = carrier.heard
    idx = call.form["idx"]
    assert provider.sent == [("48500100200", TEXT)]
    assert call.form == {
        "to": "48500100200",
        "message": TEXT,
        "encoding": "utf-8",
        "format": "json",
        "idx": idx,
        "check_idx": "1",
    }
    assert idx.isalnum()
    assert len(idx) == 32


def test_a_notice_goes_out_once_however_often_it_is_sent(provider: Smsapi) -> None:
    for _ in range(3):
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert len(provider.sent) == 1


def test_two_notices_are_two_messages(provider: Smsapi) -> None:
    sms.send(PHONE, TEXT, notice_id="n-1")
    sms.send(PHONE, TEXT, notice_id="n-2")
    assert len(provider.sent) == 2


@pytest.mark.parametrize("silence", [HANGS, HANGS_UP])
def test_an_answer_that_got_lost_is_asked_for_again_without_a_second_message(
    carrier: Loopback, provider: Smsapi, silence: Reply
) -> None:
    carrier.replies = [provider.then(silence), provider]
    sms.send(PHONE, TEXT, notice_id="n-1")
    assert len(carrier.heard) == 2
    assert len(provider.sent) == 1


@pytest.mark.parametrize("silence", [HANGS, HANGS_UP])
def test_silence_that_lasts_is_a_failure_since_another_try_is_safe(
    carrier: Loopback, provider: Smsapi, silence: Reply
) -> None:
    carrier.replies = [provider.then(silence), silence, provider]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble
    sms.send(PHONE, TEXT, notice_id="n-1")
    assert len(provider.sent) == 1


@pytest.mark.parametrize("number", [8, 11, 13, 52, 94, 101, 103, 105, 112, 200, 201, 202, 401, 999])
def test_an_error_under_http_200_is_a_failure_that_names_its_number_and_nothing_else(
    carrier: Loopback, number: int
) -> None:
    carrier.replies = [_error(number, f"{PHONE} {TEXT}")]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert str(failed.value) == f"smsapi: error {number}"


OF_ONE_NUMBER = [13, 32, 52, 57, 59, 112]
OF_THE_CARRIER = [8, 11, 14, 74, 94, 96, 98, 101, 102, 103, 105, 110, 200, 201, 202, 203, 401, 666, 997, 999, 1000]


@pytest.mark.parametrize(
    ("number", "in_trouble"), [*((one, False) for one in OF_ONE_NUMBER), *((one, True) for one in OF_THE_CARRIER)]
)
def test_a_number_that_is_refused_is_no_trouble_of_the_carrier(
    carrier: Loopback, number: int, *, in_trouble: bool
) -> None:
    carrier.replies = [_error(number, "no")]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble is in_trouble


def test_a_message_that_was_taken_is_known_to_be_at_the_first_time_and_the_second(provider: Smsapi) -> None:
    assert [sms.send(PHONE, TEXT, notice_id="n-1") for _ in range(2)] == [True, True]


NO_ANSWERS = {
    "the text form": Reply(body="ERROR:105"),
    "nothing": Reply(),
    "no object": _says([]),
    "a word": _says("list"),
    "nobody was sent to": _says({"count": 0, "list": []}),
    "an error that is a word": _says({"error": "unauthorized", "message": "no"}),
    "a broken server": Reply(500, '{"error": "internal"}'),
    "a gateway": Reply(502, "<html>"),
    "a busy one that asks for an hour": Reply(503, "{}", {"Retry-After": "3600"}),
    "a success under another status": Reply(202, json.dumps({"count": 1, "list": [{}]})),
}


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_clear_yes_is_a_failure_and_trouble(carrier: Loopback, reply: Reply) -> None:
    carrier.replies = [reply]
    with pytest.raises(SendingFailed) as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble


def test_a_redirection_gets_neither_the_token_nor_the_code(carrier: Loopback) -> None:
    carrier.replies = [Reply(307, headers={"Location": f"{carrier.url}/elsewhere"})]
    with pytest.raises(SendingFailed, match="smsapi: HTTP 307"):
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert [heard.path for heard in carrier.heard] == ["/sms.do"]


def test_nobody_listening_is_a_failure_and_trouble(carrier: Loopback) -> None:
    carrier.leave()
    with pytest.raises(SendingFailed, match="smsapi: ") as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble


def test_a_token_that_cannot_be_read_is_a_failure_and_trouble(
    carrier: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Locked(Secrets):
        def get(self, name: str, **_: int) -> str:
            raise GetSecretError(name)

    monkeypatch.setattr(smsapi, "_secrets", Locked)
    with pytest.raises(SendingFailed, match="its token can't be read") as failed:
        sms.send(PHONE, TEXT, notice_id="n-1")
    assert failed.value.carrier_in_trouble
    assert carrier.heard == []


@pytest.mark.parametrize("sender", ["", "A Shop"])
def test_a_message_is_in_the_name_of_its_sender(carrier: Loopback, provider: Smsapi, sender: str) -> None:
    sms.send(PHONE, TEXT, notice_id="n-1", sender=sender)
    (call,) = carrier.heard
    assert call.form.get("from", "") == sender
