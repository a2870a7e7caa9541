"""What a request must be before anyone looks at what it says: a known path and method, and a body of a fair size.

The body is JSON. Where OAuth clients come it is a form, as their RFCs have it; where SMSAPI's come it is anything.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from shared import settings
from shared.errors import CrossSite, InvalidForm, MethodNotAllowed, NotAForm, NothingThere, ParameterInQuery
from shared.http import bodies
from shared.http.bodies import Event, header
from shared.http.route_rules import RULES, is_wire
from shared.http.smsapi import parameters

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

CLIENT_PATHS = frozenset(route.partition(" ")[2] for route, rule in RULES.items() if rule.client)
"""Where OAuth clients come: they are spoken to in the way of RFC 6749, whatever becomes of the request."""

FORM = "(?:[!-$&-~]|%[0-9A-Fa-f]{2})*"
"""What a form is written with: everything else is in percents (RFC 6749 appendix B)."""


def cookie(event: Event, name: str) -> str:
    """The cookie *name*, or an empty string."""
    pairs = (pair.strip().partition("=") for pair in header(event, "cookie").split(";"))
    return next((value for key, _, value in pairs if key == name), "")


def is_for_clients(event: Event) -> bool:
    return event["path"] in CLIENT_PATHS


def readable(event: Event, methods: Iterable[str]) -> Event:
    """The event as a door wants it. Raises the refusal of one that no door needs to see.

    *methods* are those that its path takes.
    """
    method = event["httpMethod"]
    _must_be_of_method(method, sorted(methods))
    if method not in SAFE_METHODS:
        _must_not_be_cross_site(event)
    if is_wire(event["path"]):
        return _as_json(event, parameters.given(event))
    if method not in SAFE_METHODS and is_for_clients(event):
        form(event)
    elif method not in SAFE_METHODS and event.get("body"):
        bodies.json_object(event)
    return _plain(event)


def form(event: Event) -> dict[str, str]:
    """The parameters of a form; one without a value counts as left out (RFC 6749 3.1).

    Raises ParameterInQuery, BodyTooLarge, NotAForm, InvalidForm.
    """
    if event.get("queryStringParameters") or event.get("multiValueQueryStringParameters"):
        raise ParameterInQuery
    pairs = _pairs(event) if event.get("body") else []
    if len(dict(pairs)) < len(pairs):
        raise InvalidForm
    return {name: value for name, value in pairs if value}


def must_be_same_origin(event: Event) -> None:
    """Raises CrossSite unless the browser itself says that the panel's own page sent this (ASVS V3.5.1)."""
    if not _is_same_origin(event):
        raise CrossSite


def _plain(event: Event) -> Event:
    """The event with its content type in lower case: case has no meaning there (RFC 9110 8.3.1).

    Without a body there is none to be declared, and whatever a header says of it is taken away unread.
    """
    return _declared(event, header(event, "content-type").lower() if event.get("body") else "")


def _as_json(event: Event, given: parameters.Parameters) -> Event:
    """The event with all its parameters in a body of JSON, as if every client sent them like that.

    They go along as they were read, under `parameters`, so that nobody has to read them again.
    """
    body = {"body": json.dumps(given), "isBase64Encoded": False, "parameters": given}
    return _declared(event, "application/json") | body


def _declared(event: Event, content_type: str) -> Event:
    headers: dict[str, str] = event.get("headers") or {}
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return event | {"headers": others | ({"content-type": content_type} if content_type else {})}


def _must_be_of_method(method: str, methods: list[str]) -> None:
    """Where no method fits, the path itself is none: no id has such characters."""
    if not methods:
        raise NothingThere
    if method not in methods:
        raise MethodNotAllowed(methods)


def _must_not_be_cross_site(event: Event) -> None:
    """Programs send neither of these headers. A browser that does must be on the panel's own pages."""
    if (header(event, "sec-fetch-site") or header(event, "origin")) and not _is_same_origin(event):
        raise CrossSite


def _is_same_origin(event: Event) -> bool:
    """`Sec-Fetch-Site` cannot be forged by a page; where a browser is too old to send it, `Origin` decides."""
    site = header(event, "sec-fetch-site")
    return site == "same-origin" if site else header(event, "origin") == settings.PANEL_ORIGIN


def _pairs(event: Event) -> list[tuple[str, str]]:
    try:
        text = bodies.text(event, "application/x-www-form-urlencoded", NotAForm)
        if not re.fullmatch(FORM, text):
            raise ValueError("what is no form must not be guessed at")
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as failure:
        raise InvalidForm from failure
