"""What a request must be before anyone looks at what it says: a known path and method, and JSON of a fair size."""

import json
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from shared import policy, settings
from shared.errors import (
    BodyTooLarge,
    CrossSite,
    InvalidJson,
    MethodNotAllowed,
    NothingThere,
    UnsupportedMediaType,
)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

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
}
"""Pydantic's own texts may hold what was sent, so none of them leaves."""


class Miss(BaseModel):
    """One thing that is wrong with a request. The value itself is never repeated."""

    path: str
    error: str
    message: str


def header(event: dict[str, Any], name: str) -> str:
    """The header *name* without regard to case, or an empty string."""
    headers: dict[str, str] = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def cookie(event: dict[str, Any], name: str) -> str:
    """The cookie *name*, or an empty string."""
    pairs = (pair.strip().partition("=") for pair in header(event, "cookie").split(";"))
    return next((value for key, _, value in pairs if key == name), "")


def bearer(event: dict[str, Any]) -> str:
    """The token of an `Authorization: Bearer` header (RFC 6750 2.1), or an empty string."""
    scheme, _, token = header(event, "authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def must_be_readable(event: dict[str, Any], methods: Iterable[str]) -> None:
    """Raises the refusal of a request that no door needs to see. *methods* are those that its path takes."""
    _must_be_of_method(event["httpMethod"], sorted(methods))
    if event["httpMethod"] in SAFE_METHODS:
        return
    _must_not_be_cross_site(event)
    if event.get("body"):
        _must_be_json(event)


def plain(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its content type in lower case: case has no meaning there (RFC 9110 8.3.1)."""
    headers: dict[str, str] = event.get("headers") or {}
    lowered = {name: value.lower() for name, value in headers.items() if name.lower() == "content-type"}
    return event | {"headers": headers | lowered}


def must_be_same_origin(event: dict[str, Any]) -> None:
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


def _must_not_be_cross_site(event: dict[str, Any]) -> None:
    """Programs send neither of these headers. A browser that does must be on the panel's own pages."""
    if (header(event, "sec-fetch-site") or header(event, "origin")) and not _is_same_origin(event):
        raise CrossSite


def _is_same_origin(event: dict[str, Any]) -> bool:
    """`Sec-Fetch-Site` cannot be forged by a page; where a browser is too old to send it, `Origin` decides."""
    site = header(event, "sec-fetch-site")
    return site == "same-origin" if site else header(event, "origin") == settings.PANEL_ORIGIN


def _must_be_json(event: dict[str, Any]) -> None:
    if len(event["body"]) > policy.MAX_BODY_BYTES * 4 / 3 + 4:  # base64 makes four bytes of three
        raise BodyTooLarge
    if header(event, "content-type").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    try:
        body = b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"].encode()
        if len(body) > policy.MAX_BODY_BYTES:
            raise BodyTooLarge
        json.loads(body.decode(), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as failure:
        raise InvalidJson from failure


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field given twice is read differently by different programs (ASVS V15.3.7)."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a field is given twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    """NaN and Infinity are not JSON (RFC 8259), though Python reads them."""
    raise ValueError("not JSON")


def _path(loc: Iterable[str | int]) -> str:
    """Where the field is, as `body.login`. Names are the caller's words, so only plain ones are repeated."""
    names = [str(name) for name in loc]
    return ".".join(name if re.fullmatch(PLAIN_NAME, name) else "?" for name in names)
