"""`python -m tests.support.event_files` writes events/*.json: events as AWS sends them, for `sam local invoke`.

What differs from stack to stack stands there as a word in capitals, which `furtka sam events` replaces.
"""

import json
from datetime import UTC, datetime
from typing import Any

import furtka.paths  # noqa: F401 - finds `shared`
import tests.conftest  # noqa: F401 - the environment comes before anything of ours
from furtka.local.cron import Expression
from furtka.local.schedules import Schedule
from furtka.local.seed import LOGIN, PHONE
from shared.delivery import notices
from shared.delivery.notices import PhoneTold
from tests.support import events
from tests.support.events import Call
from tests.support.template import ROOT

FOLDER = ROOT / "events"

AT = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
"""When all this happened. With `sam local` it counts as now, see `shared.arrival`."""


def files() -> dict[str, Any]:
    """Return the events by the names of their files."""
    return {
        "login": _request("POST", "/login", {"login": LOGIN, "password": "PASSWORD"}),
        "verify-code": _request("POST", "/verify-code", {"challenge_id": "CHALLENGE_ID", "code": "SMS_CODE"}),
        "session": _request("GET", "/session", token="SESSION_TOKEN"),
        "sms-do": _request("POST", "/sms.do", {"to": PHONE, "message": "Hello from sam local"}, token="API_TOKEN"),
        "notify": _notice(),
        "daily": _daily(),
    }


def _request(method: str, path: str, body: object = None, *, token: str = "") -> dict[str, Any]:
    """Return the event of a request, with all that a REST API puts into it."""
    headers = {"Host": "api.example.com"} | ({"Authorization": f"Bearer {token}"} if token else {})
    event = Call(method, path, AT, body, headers=headers).event
    event["requestContext"] |= {
        "accountId": "123456789012",
        "apiId": "abcdef1234",
        "resourceId": "a1b2c3",
        "domainPrefix": "api",
        "extendedRequestId": "request-1",
        "protocol": "HTTP/1.1",
        "requestTime": f"{AT:%d/%b/%Y:%H:%M:%S +0000}",
    }
    return event


def _notice() -> dict[str, Any]:
    """Return a batch of SQS with a warning by SMS, which needs no secret of the stack."""
    warning = PhoneTold("NOTICE_ID", PHONE, "en", "phone_replaced")
    return events.records([notices.write(warning)], at=AT, queue="notices")


def _daily() -> dict[str, Any]:
    daily = Schedule(
        "Daily", frozenset(), "RemindersFunction", "aws.events", Expression.read("rate(1 day)", "UTC"), None, True
    )
    return {**daily.event(AT), "id": "00000000-0000-4000-8000-000000000001"}


def write() -> None:
    for name, event in files().items():
        (FOLDER / f"{name}.json").write_text(text(event))


def text(event: object) -> str:
    return json.dumps(event, indent=2) + "\n"


if __name__ == "__main__":
    write()
