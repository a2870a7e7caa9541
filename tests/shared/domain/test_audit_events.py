"""Audit events: one schema, and what lacks a field is no event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain import audit_events
from shared.domain.activity import Event
from shared.domain.audit_events import FIELDS, LONGEST_TEXT, AuditEvent, IncompleteEvent, Refused, account_of_subject

FACTS: dict[str, Any] = {
    "id": "1",
    "time": datetime(2026, 3, 1, 12, 30, 15, 123456, UTC),
    "event": Event.LOGIN,
    "actor": "ann",
    "proof": "password sms",
    "subject": "A" * 16,
    "account": "A" * 10,
    "address": "198.51.100.7",
    "device": "Firefox",
    "outcome": "success",
    "reason": "none",
    "request_id": "request-1",
    "about": "none",
    "times": 1,
}


def test_an_event_is_told_with_every_field_and_its_time_in_utc():
    told = audit_events.facts(AuditEvent(**FACTS))
    assert list(told) == list(FIELDS)
    assert told["time"] == "2026-03-01T12:30:15.123Z"


@pytest.mark.parametrize("name", FACTS)
def test_an_event_without_a_field_cannot_be_made(name: str):
    with pytest.raises(TypeError, match=name):
        AuditEvent(**{key: value for key, value in FACTS.items() if key != name})


@pytest.mark.parametrize("name", [name for name in FACTS if name not in ("time", "times")])
@pytest.mark.parametrize("value", ["", None, "x" * (LONGEST_TEXT + 1)], ids=["empty", "none", "endless"])
def test_a_field_that_says_nothing_or_never_ends_is_refused(name: str, value: str | None):
    with pytest.raises(IncompleteEvent) as refused:
        AuditEvent(**FACTS | {name: value})
    assert str(refused.value) == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event", "no_such_event"),
        ("proof", "password magic"),
        ("outcome", "perhaps"),
        ("times", 0),
        ("time", datetime(2026, 3, 1, tzinfo=None)),  # noqa: DTZ001 - without a zone on purpose
    ],
)
def test_a_word_that_nobody_knows_is_refused_and_not_repeated(name: str, value: object):
    with pytest.raises(IncompleteEvent) as refused:
        AuditEvent(**FACTS | {name: value})
    assert str(refused.value) == name


def test_no_refusal_has_the_name_of_an_entry_of_the_log():
    assert set(Refused).isdisjoint(Event)


def test_only_a_user_has_an_account():
    assert account_of_subject("A" * 16) == "A" * 10
    assert [account_of_subject(one) for one in ("none", "many", "login:abc")] == ["none"] * 3
