"""Hostile input: what strangers send costs little, whatever it is, and nothing long is ever made a number.

Work is counted, not timed: the lines that Python runs for a request. A line may be one call into C that works for
seconds (`int` of a decimal with an exponent of 900,000), so each call of a function that converts is looked at as well,
before it runs: what it gets must be short, and of a magnitude that is taken. Without the bound of `domain.numbers` the
proof ends at the first `1E+900000`, and does not wait for it.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from types import CodeType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from shared import policy
from shared.http import texts
from shared.http.route_rules import rule_of
from tests.shared.http.test_bad_input import BODIES
from tests.support import programs
from tests.support.events import Reply
from tests.support.routes import FOR_PROGRAMS, HARMLESS, SENSITIVE
from tests.support.world import PASSWORD, ROUTES, World

FORM = "application/x-www-form-urlencoded"

MOST_LINES = 15_000
"""Lines that a request of up to two kilobytes may run: twice as many as a sign-in with a wrong password."""

MOST_LINES_A_BYTE = 10
"""Lines that each further byte may cost: as many as two walks over a list of one-digit numbers need for a number."""

LONGEST = {
    **dict.fromkeys((int, float, Decimal), policy.MAX_NUMBER_CHARACTERS),
    **dict.fromkeys((datetime.fromisoformat, date.fromisoformat, time.fromisoformat), policy.MAX_TIME_CHARACTERS),
    **dict.fromkeys((ip_address, ip_network, IPv4Address, IPv6Address), policy.MAX_SOURCE_CHARACTERS),
    phonenumbers.parse: 2 * policy.MAX_PHONE_CHARACTERS,
    ZoneInfo: policy.MAX_TIME_CHARACTERS,
}
"""How many characters of a caller each function that converts may get."""

TOO_LARGE = policy.MAX_NUMBER_MAGNITUDE + len(str(10_000))
"""Points have up to MAX_NUMBER_MAGNITUDE digits, and are counted in ten-thousandths."""


NOT_COUNTED = re.compile("/(moto|botocore|boto3|pynamodb|tests|responses|werkzeug)/|/logging/|/metrics/")
"""What plays AWS, or talks to it: how many calls a request may make is counted by `budgets`."""


class TooMuch(BaseException):
    """More work than is allowed. No `except Exception` catches it."""


@dataclass
class Work:
    """What a request made Python do."""

    lines: int = 0
    most: int = sys.maxsize
    made: list[str] = field(default_factory=list)

    def ran(self, code: CodeType, _: int) -> object:
        if NOT_COUNTED.search(code.co_filename):
            return sys.monitoring.DISABLE
        self.lines += 1
        if self.lines > self.most:
            self.most = sys.maxsize  # the lines that end the watching are let through
            raise TooMuch("more lines than are allowed")
        return None

    def called(self, _code: object, _at: int, function: Any, given: Any) -> None:
        try:
            longest = LONGEST.get(function)
        except TypeError:  # not everything that is called can be a key
            return
        if longest is None:
            return
        if isinstance(given, str | bytes) and len(given) > longest:
            raise TooMuch(f"{function} of {len(given)} characters")
        if isinstance(given, Decimal) and (not given.is_finite() or given.adjusted() > TOO_LARGE):
            raise TooMuch(f"{function} of a decimal with {given.adjusted()} digits")
        if isinstance(given, int) and given.bit_length() > 200:
            raise TooMuch(f"{function} of an int of {given.bit_length()} bits")


@contextmanager
def watched(most: int = sys.maxsize) -> Iterator[Work]:
    """Count the lines that run in the block, and look at each call."""
    work, tool, events = Work(most=most), sys.monitoring.PROFILER_ID, sys.monitoring.events
    sys.monitoring.use_tool_id(tool, "furtka")
    sys.monitoring.register_callback(tool, events.LINE, work.ran)
    sys.monitoring.register_callback(tool, events.CALL, work.called)
    sys.monitoring.set_events(tool, events.LINE | events.CALL)
    try:
        yield work
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)


NUMBERS = ("1E+900000", "1E+9999999", "9" * 5000, "-1E+900000", "1" + "_0" * 900, "\u0663" * 900, " " * 2000 + "5")
TEXTS = ("\ud800", "\0", "1:" * 900, "0." * 900, "9" * 900 + "@x.pl", "2026-01-01T" + "0" * 2000, "../" * 600)
OBJECTS = ([[[[[[[[1]]]]]]]], {"a": {"a": {"a": {"a": 1}}}}, [1] * 900, {str(n): n for n in range(300)})

CONTROLS = '"' + r"\u0000" * 900 + '"'
BARE = ("1e999", "1E+900000", "9" * 5000, "-" + "9" * 5000, "NaN", "-Infinity", CONTROLS, "[" * 9000, '{"a":' * 2000)
"""What JSON has no other spelling for."""

LARGE = (
    '{"a": [' + ",".join("1" * 30_000) + "]}",
    "{" + ",".join(f'"{n}": 1' for n in range(6000)) + "}",
    '{"a": "' + "x" * 60_000 + '"}',
)
"""Bodies of as many bytes as are taken, about."""

MANY = ("&".join(["a=1"] * 9000), "a[" * 9000, "=" * 9000)
FORMS = ("limit=1E%2B900000", "%ED%A0%80=1", "a=%FF", "a[b][c][d][e]=1", *MANY)

KINDS = (FORM, "multipart/form-data; boundary=x", "text/plain", "application/json; charset=" + "x" * 5000)

LEGACY = ("limit", "month_limit", "date", "max_parts", "to", "from", "status", "sch_del", "idx", "info")

PUBLIC: dict[str, dict[str, Any]] = {
    **{f"POST {path}": body for path, body in BODIES.items()},
    "POST /login/pass": {"login": "ann"},
    "POST /not-me": {"token": "x"},
    "POST /undo": {"token": "x"},
    "POST /recovery/cancel": {"token": "x"},
    "POST /email/confirm": {"token": "x"},
    "POST /password-reset": {"email": "ann@example.com"},
    "POST /password-reset/confirm": {"token": "x", "password": PASSWORD},
    "POST /tokens/found": {"token": "x"},
    "POST /ip-lists/break-glass": {"login": "ann", "password": PASSWORD, "recovery_code": "0123-4567-89AB"},
}
VALID: dict[str, Any] = SENSITIVE | HARMLESS | FOR_PROGRAMS | PUBLIC


LARGELY = ("POST /login", "POST /sms.do", "POST /mms.do", "GET /ping")
"""Routes of each kind that read a stranger's body at all: what they do with a large one is done in one place."""


def _bodies(route: str) -> list[tuple[str, str]]:
    """Return hostile bodies for *route*, each with its content type: in each field, and as a whole.

    Of those on routes that refuse strangers unread, a fifth is enough.
    """
    fields = VALID.get(route) or dict.fromkeys(LEGACY, "1")
    is_public = rule_of(*route.split()).is_public
    bodies: list[tuple[str, str]] = []
    for name in fields if route in PUBLIC else list(fields)[:1]:
        bodies += [("application/json", json.dumps(fields | {name: one})) for one in (*NUMBERS, *TEXTS, *OBJECTS)]
        whole = json.dumps(fields | {name: "HERE"})
        bodies += [("application/json", whole.replace('"HERE"', bare)) for bare in BARE]
    bodies += [("application/json", bare) for bare in (*BARE, *(LARGE if route in LARGELY else ()))]
    bodies += [(FORM, form) for form in FORMS] + [(kind, "x" * 2000) for kind in KINDS]
    return bodies if is_public or route == "POST /user.do" else bodies[::5]


def _path(route: str) -> tuple[str, str]:
    method, path = route.split()
    return method, path.replace("{", "").replace("}", "")


def _sent(world: World, route: str, kind: str, body: str) -> Reply:
    return world.call(*_path(route), body, headers={"Content-Type": kind})


@pytest.fixture
def _warm(world: World) -> None:
    """What is imported or compiled at its first use is no work of the request."""
    for route in sorted(ROUTES):
        for kind, body in _bodies(route)[::20]:
            _sent(world, route, kind, body)


@pytest.mark.usefixtures("_warm")
def test_what_a_stranger_sends_costs_few_steps_and_makes_no_long_number_on_any_route(world: World):
    asked = 0
    for route in sorted(ROUTES):
        for kind, body in _bodies(route):
            with watched(MOST_LINES + MOST_LINES_A_BYTE * max(0, len(body) - 2000)):
                answer = _sent(world, route, kind, body)
            assert answer.status < 500, (route, kind, body[:80], answer)
            assert "999" not in answer.text[:20]
            asked += 1
    assert asked > 1500


def test_nor_does_a_query(world: World):
    for route in sorted(route for route in ROUTES if route.startswith("GET ")):
        for name in ("limit", "since"):
            for value in (*NUMBERS, *TEXTS[:2]):
                with watched(MOST_LINES):
                    answer = world.call(*_path(route), query={name: value})
                assert answer.status < 500, (route, name, value[:80], answer)


TYPED: dict[str, tuple[str, ...]] = {
    "POST /user.do": ("limit", "month_limit", "senders", "active", "info", "set_user"),
    "POST /sms.do": ("date", "expiration_date", "max_parts", "to", "idx", "param1", "status", "from"),
    "PUT /subusers/{user_id}": ("points", "hours", "description", "permissions"),
    "GET /contacts": ("offset", "limit", "birthday_date", "phone_number", "email"),
    "POST /contacts": ("phone_number", "email", "birthday_date", "first_name", "gender"),
    "POST /contacts/groups": ("name", "description", "contact_expire_after", "idx"),
    "POST /contacts/{contact_id}/groups": ("9", "9" * 5000, "0"),
    "POST /mfa/codes": ("phone_number", "content", "from"),
}


@pytest.fixture
def bearer(world: World) -> dict[str, str]:
    everything = "sms sms_authenticator contacts subusers profile sms_sender tokens"
    return {"Authorization": programs.bearer(programs.api_token(world, world.ann, scopes=everything)[0])}


@pytest.mark.parametrize("route", TYPED)
def test_nor_does_what_a_known_caller_sends_make_a_long_number(world: World, bearer: dict[str, str], route: str):
    for name in TYPED[route]:
        values: list[Any] = [*NUMBERS, *TEXTS, *OBJECTS]
        nested = [{"per_month": value, "from_account": value} for value in NUMBERS] if name == "points" else []
        zones = [{"days": "mon", "begin": one, "end": "1:00", "zone": one} for one in TEXTS] if name == "hours" else []
        for value in (*values, *nested, *zones):
            with watched():
                answer = world.call(*_path(route), {name: value, "format": "json"}, headers=bearer)
            assert answer.status < 500, (name, str(value)[:80], answer)
            if value in NUMBERS:
                form = urlencode({name: value}, errors="replace")
                with watched():
                    answer = world.call(*_path(route), form, headers=bearer | {"Content-Type": FORM})
                assert answer.status < 500, (name, value[:80], answer)


CONVERSIONS: dict[str, Callable[[], object]] = {
    "a decimal that is written out": lambda: int(Decimal("1E+900")),
    "a long text": lambda: int("9" * 900),
    "a decimal of a long text": lambda: Decimal("9" * 900),
}


@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS)
def test_a_long_number_would_be_seen(convert: Callable[[], object]):
    with pytest.raises(TooMuch), watched():
        convert()


def test_a_loop_would_be_seen():
    with pytest.raises(TooMuch), watched(MOST_LINES):
        texts.must_be_carried([1] * MOST_LINES)
