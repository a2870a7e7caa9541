"""Notices: what is written can be read, and nothing else can."""

import json
from dataclasses import replace

import pytest

from shared.delivery import notices
from shared.delivery.letters import ChangeMade
from shared.delivery.notices import Notice, PasswordUsed, Unreadable
from tests.shared.delivery.samples import (
    ANN,
    CHANGE,
    CODE,
    DEVICE,
    DUE,
    HOME,
    LARGE_ORDER,
    LETTERS,
    MESSAGE,
    MESSAGE_CODE,
    NOON,
    RECOVERY,
    RESET,
    SHIPMENT,
    TOKEN,
    WARNINGS,
)

USED = PasswordUsed("n-9", "Ann", "0123A", "1.seal", NOON, NOON, HOME)
EACH = [CODE, USED, *WARNINGS, MESSAGE, MESSAGE_CODE, SHIPMENT, LARGE_ORDER, *LETTERS.values()]


@pytest.mark.parametrize("notice", [*EACH, replace(DEVICE, device=""), replace(RESET, email="")])
def test_a_notice_is_read_as_it_was_written(notice: Notice) -> None:
    assert notices.read(notices.write(notice)) == notice


def test_a_code_that_was_queued_before_codes_had_a_purpose_is_one_to_sign_in() -> None:
    written = json.loads(notices.write(CODE))
    written.pop("purpose")
    assert notices.read(json.dumps(written)) == CODE


def test_a_code_for_a_purpose_without_words_is_no_notice() -> None:
    written = json.loads(notices.write(CODE)) | {"purpose": "fun"}
    with pytest.raises(notices.Unreadable):
        notices.read(json.dumps(written))


def test_there_is_one_of_each_kind_here() -> None:
    assert {type(notice) for notice in EACH} == {*notices._KINDS.values()}


def test_a_notice_is_json_with_a_kind() -> None:
    assert json.loads(notices.write(CODE)) == {
        "kind": "CodeSent",
        "id": "n-1",
        "phone": "+48500100200",
        "language": "en",
        "code": "123456",
        "purpose": "login",
        "expires_at": "2026-01-02T12:05:00+00:00",
        "account_id": "",
    }


def test_a_code_that_was_queued_before_it_named_its_account_is_read() -> None:
    written = json.loads(notices.write(CODE))
    del written["account_id"]
    assert notices.read(json.dumps(written)) == CODE


def test_numbers_and_choices_are_written_as_such() -> None:
    assert json.loads(notices.write(RECOVERY))["left"] == 9
    assert json.loads(notices.write(DUE))["forced"] is False


def _but(notice: Notice, **changes: object) -> str:
    written = {**json.loads(notices.write(notice)), **changes}
    return json.dumps({name: value for name, value in written.items() if value != "left out"})


UNREADABLE = {
    "nothing": "",
    "no JSON": "code 123456",
    "a number": "123456",
    "a list": '["kind", "123456"]',
    "a string": '"123456"',
    "no kind": _but(CODE, kind="left out"),
    "an unknown kind": _but(CODE, kind="Gossip"),
    "a kind that is none by itself": _but(CODE, kind="Letter"),
    "a kind that is a list": _but(CODE, kind=["CodeSent"]),
    "no id": _but(CODE, id="left out"),
    "an empty id": _but(CODE, id=""),
    "a code that is a number": _but(CODE, code=123456),
    "a code that is nothing": _but(CODE, code=None),
    "a field too many": _but(CODE, cc="+48500100201"),
    "no time": _but(CODE, expires_at="soon"),
    "a time that is a number": _but(CODE, expires_at=1767355200),
    "a time without a zone": _but(CODE, expires_at="2026-01-02T12:00:00"),
    "bottomless": "[" * 100_000,
    "a number too long": _but(CODE, code=0).replace(": 0,", f": {'1' * 5000},"),
    "a link left out": _but(DEVICE, token="left out"),
    "an unknown change": _but(CHANGE, change="furniture_moved"),
    "a change that is a list": _but(CHANGE, change=["totp_off"]),
    "a number that is text": _but(RECOVERY, left="9"),
    "a number that is a yes": _but(RECOVERY, left=True),
    "a number with a fraction": _but(RECOVERY, left=9.0),
    "a yes that is a number": _but(DUE, forced=1),
    "a yes that is text": _but(DUE, forced="true"),
    "a yes that is nothing": _but(DUE, forced=None),
    "a token whose change is unknown": _but(TOKEN, change="painted"),
    "a token without a name": _but(TOKEN, name=None),
    "a message to a number that is one": _but(MESSAGE, phone=48500100200),
    "a message without a text": _but(MESSAGE, text=None),
    "a message that ends like a code": _but(MESSAGE, expires_at="2026-01-02T12:05:00+00:00"),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_anything_else_is_unreadable_and_not_repeated(body: str) -> None:
    with pytest.raises(Unreadable) as refused:
        notices.read(body)
    assert str(refused.value) == "no notice of ours"
    assert refused.value.__suppress_context__


def test_a_change_that_there_are_no_words_for_cannot_even_be_said() -> None:
    with pytest.raises(ValueError, match="no change that there are words for"):
        ChangeMade("n-7", *ANN, "furniture_moved", NOON, HOME)


def test_what_befell_a_token_without_words_for_it_cannot_be_said_either() -> None:
    with pytest.raises(ValueError, match="no change that there are words for"):
        replace(TOKEN, change="painted")


def test_a_notice_shows_neither_code_nor_token_nor_whom_it_is_for() -> None:
    shown = repr(EACH)
    assert [secret for secret in ("123456", "furtka_", "500100200", "@example") if secret in shown] == []
