"""Notices: what is written can be read, and nothing else can."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.delivery import notices
from shared.delivery.notices import (
    AccountInvited,
    CodeSent,
    CodesWereLocked,
    NewDeviceSeen,
    Notice,
    Unreadable,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CODE = CodeSent("n-1", "+48500100200", "pl", "123456", NOON)
DEVICE = NewDeviceSeen("n-2", "ann@example.com", "en", "ann", NOON, "198.51.100.7", "Firefox")
INVITATION = AccountInvited("n-3", "ann@example.com", "en", "ann", "furtka_inv_secret", NOON)
LOCKED = CodesWereLocked("n-4", "ann@example.com", "en", "ann", NOON)


@pytest.mark.parametrize("notice", [CODE, DEVICE, INVITATION, LOCKED, replace(DEVICE, device="")])
def test_a_notice_is_read_as_it_was_written(notice: Notice) -> None:
    assert notices.read(notices.write(notice)) == notice


def test_a_notice_is_json_with_a_kind() -> None:
    assert json.loads(notices.write(CODE)) == {
        "kind": "CodeSent",
        "id": "n-1",
        "phone": "+48500100200",
        "language": "pl",
        "code": "123456",
        "expires_at": "2026-01-02T12:00:00+00:00",
    }


def _code_but(**changes: object) -> str:
    written = {**json.loads(notices.write(CODE)), **changes}
    return json.dumps({name: value for name, value in written.items() if value != "left out"})


UNREADABLE = {
    "nothing": "",
    "no JSON": "code 123456",
    "a number": "123456",
    "a list": '["kind", "123456"]',
    "a string": '"123456"',
    "no kind": _code_but(kind="left out"),
    "an unknown kind": _code_but(kind="Gossip"),
    "a kind that is a list": _code_but(kind=["CodeSent"]),
    "no id": _code_but(id="left out"),
    "an empty id": _code_but(id=""),
    "a code that is a number": _code_but(code=123456),
    "a field too many": _code_but(cc="+48500100201"),
    "no time": _code_but(expires_at="soon"),
    "a time that is a number": _code_but(expires_at=1767355200),
    "a time without a zone": _code_but(expires_at="2026-01-02T12:00:00"),
    "bottomless": "[" * 100_000,
    "a number too long": _code_but(code=0).replace(": 0,", f": {'1' * 5000},"),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_anything_else_is_unreadable_and_not_repeated(body: str) -> None:
    with pytest.raises(Unreadable) as refused:
        notices.read(body)
    assert str(refused.value) == "no notice of ours"
    assert refused.value.__suppress_context__


def test_a_notice_shows_neither_code_nor_token_nor_whom_it_is_for() -> None:
    shown = repr([CODE, DEVICE, INVITATION, LOCKED])
    assert [secret for secret in ("123456", "furtka_inv", "500100200", "@example") if secret in shown] == []
