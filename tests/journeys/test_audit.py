"""What happens in the stack of this machine is told on its event bus, as at AWS."""

import time
from collections.abc import Callable
from typing import Any

from tests.journeys.client import ARRIVES_WITHIN, Stack
from tests.journeys.people import Person

type Detail = dict[str, Any]


def _told(stack: Stack, wanted: Callable[[Detail], bool]) -> Detail:
    """Return the first event that is wanted, as soon as it is there."""
    deadline = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < deadline:
        details = [event["detail"] for event in stack.call("GET", "/_local/events").json()]
        if found := [detail for detail in details if wanted(detail)]:
            return dict(found[-1])
        time.sleep(0.2)
    raise AssertionError("no such event was told")


def _times(stack: Stack, wanted: Callable[[Detail], bool], *, least: int) -> int:
    """Let minutes pass until events tell of *least* times, and return how many they told of.

    A minute may end between two attempts, or before the stream was looked at.
    """
    deadline = time.monotonic() + ARRIVES_WITHIN
    times = 0
    while times < least and time.monotonic() < deadline:
        stack.wait(60)
        time.sleep(1)
        details = [event["detail"] for event in stack.call("GET", "/_local/events").json()]
        times = sum(detail["times"] for detail in details if wanted(detail))
    return times


def test_a_sign_in_is_told(person: Person):
    assert person.verify(*person.challenge()).ok
    told = _told(person.stack, lambda one: (one["event"], one["actor"]) == ("authn_login_success", person.login))
    assert (told["proof"], told["outcome"]) == ("password sms", "success")


def test_wrong_passwords_are_told_together_when_their_minute_is_over(person: Person):
    subject = _told(person.stack, lambda one: one["event"] == "user_created" and one["actor"] == "operator")["subject"]
    for _ in range(3):
        assert person.stack.post("/login", {"login": person.login, "password": "Wrong-Horse-7"}).status_code == 401
    assert (
        _times(person.stack, lambda one: (one["event"], one["subject"]) == ("authn_login_fail", subject), least=3) == 3
    )


def test_a_refusal_that_leaves_no_row_is_told_from_the_log(stack: Stack):
    headers = {"Authorization": "Bearer furtka_session_garbage"}
    assert stack.call("GET", "/session", headers=headers).status_code == 401
    told = _told(stack, lambda one: (one["event"], one["reason"]) == ("authn_token_refused", "SessionForged"))
    assert told["outcome"] == "failure"
