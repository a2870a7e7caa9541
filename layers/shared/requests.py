"""What a request must be before anyone looks at what it says: a known path and method, and a body of a fair size.

The body is JSON. Where OAuth clients come it is a form, as their RFCs have it; where SMSAPI's come it is anything.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from shared import bodies, parameters, settings
from shared.bodies import Event, header
from shared.domain.access import RULES, SCOPES, is_wire
from shared.errors import CrossSite, InvalidForm, MethodNotAllowed, NotAForm, NothingThere, ParameterInQuery

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

CLIENT_PATHS = frozenset(route.partition(" ")[2] for route, rule in RULES.items() if rule.client)
"""Where OAuth clients come: they are spoken to in the way of RFC 6749, whatever becomes of the request."""

FORM = "(?:[!-$&-~]|%[0-9A-Fa-f]{2})*"
"""What a form is written with: everything else is in percents (RFC 6749 appendix B)."""

PLAIN_NAME = "[a-z_]{1,32}"
"""What a field is called here. A password has a capital and a digit, a code digits, so neither passes for a name."""

EXPLANATIONS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be a string.",
    "string_too_short": "This is too short.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This is not of the form that it must have.",
    "string_unicode": "This is not valid Unicode.",
    "not_a_choice": "This is not one of the numbers to choose from.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This must be a smaller number.",
    "greater_than_equal": "This is too small.",
    "less_than_equal": "This is too large.",
    "not_an_instant": "This must be an instant with its zone, as 2026-01-31T12:00:00Z. Write + as %2B.",
    "not_a_cursor": "This is no cursor that was given out here.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be an array.",
    "too_short": "There must be one at least.",
    "too_long": "These are too many.",
    "not_one_line": "This must be one line of text without characters that cannot be seen.",
    "unknown_scope": f"This is no scope. There are {', '.join(sorted(SCOPES))}.",
    "not_a_day_or_instant": "This must be a day, as 2026-01-31, or an instant with its zone, as 2026-01-31T12:00:00Z.",
    "not_a_day": "This must be a day, as 2026-01-31.",
    "not_a_field": "Fields of your own have letters, digits, blanks and dashes in their names, and there are few.",
    "not_mobile": "The value is not valid mobile number.",
    "not_in_the_future": "This must lie in the future.",
    "not_an_address": "This is no address. Write 192.0.2.1, 2001:db8::1, 192.0.2.0/24, or 192.0.2.0-255.",
    "not_a_prefix": "The number behind the / is none that such an address can have.",
    "not_a_range": "This is no range of last octets, as 192.0.2.0-255.",
    "zone_id": "An address with a zone means something on one machine alone.",
    "host_bits_set": "Behind its prefix a network has only zeros.",
    "everybody": "This would be everybody. Leave the list out, or switch it off, instead.",
    "duplicate": "These addresses are in the list already.",
    "not_points": "This must be a number of points, 0 or more, with four decimals at most.",
    "not_expected": "This field was not expected.",
    "blank": "This value should not be blank.",
    "unknown_zone": "There are no clocks of this name. Write one as Europe/Warsaw.",
    "unknown_day": "This is no day of the week. There are mon, tue, wed, thu, fri, sat, sun.",
    "not_a_time": "This must be a time of the day, as 08:00.",
    "empty": "A list without entries would refuse everybody. Switch it off instead.",
}
"""Pydantic's own texts may hold what was sent, so none of them leaves."""


class Miss(BaseModel):
    """One thing that is wrong with a request. The value itself is never repeated."""

    path: str
    error: str
    message: str


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


def misses(failure: RequestValidationError) -> list[Miss]:
    """What is wrong with each field, by its path."""
    return [
        Miss(
            path=_path(error["loc"]),
            error=error["type"],
            message=_explanation(error),
        )
        for error in failure.errors()
    ]


def miss(path: str, error: str) -> Miss:
    """What is wrong with the field at *path* of the body, by a code that there is an explanation for."""
    return Miss(path=f"body.{path}".rstrip("."), error=error, message=EXPLANATIONS[error])


def _plain(event: Event) -> Event:
    """The event with its content type in lower case: case has no meaning there (RFC 9110 8.3.1).

    Without a body there is none to be declared, and whatever a header says of it is taken away unread.
    """
    return _declared(event, header(event, "content-type").lower() if event.get("body") else "")


def _as_json(event: Event, given: parameters.Parameters) -> Event:
    """The event with all its parameters in a body of JSON, as if every client sent them like that."""
    return _declared(event, "application/json") | {"body": json.dumps(given), "isBase64Encoded": False}


def _declared(event: Event, content_type: str) -> Event:
    headers: dict[str, str] = event.get("headers") or {}
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return event | {"headers": others | ({"content-type": content_type} if content_type else {})}


def _explanation(error: dict[str, Any]) -> str:
    """Where there is a choice it is told: those words are ours."""
    if error["type"] in ("enum", "literal_error"):
        return f"This must be {error['ctx']['expected']}."
    return EXPLANATIONS.get(error["type"], "This is not a value that is allowed here.")


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


def _path(loc: Iterable[str | int]) -> str:
    """Where the field is, as `body.login`. Names are the caller's words, so only plain ones are repeated."""
    return ".".join(_plain_name(name) for name in loc)


def _plain_name(name: str | int) -> str:
    """A number is a place in an array, and ours."""
    return str(name) if isinstance(name, int) or re.fullmatch(PLAIN_NAME, name) else "?"
