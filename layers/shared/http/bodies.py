"""The body of a request: a text of a fair size, declared as what it is."""

import json
from base64 import b64decode
from typing import Any

from shared import policy
from shared.errors import BodyTooLarge, InvalidJson, NotAnObject, UnsupportedMediaType

type Event = dict[str, Any]

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
"""Content types of answers."""


def header(event: Event, name: str) -> str:
    """The header *name* without regard to case, or an empty string."""
    headers: dict[str, str] = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def json_object(event: Event) -> dict[str, Any]:
    """Raises BodyTooLarge, UnsupportedMediaType, InvalidJson, NotAnObject."""
    try:
        said = text(event, "application/json", UnsupportedMediaType)
        body = json.loads(said, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as failure:
        raise InvalidJson from failure
    if not isinstance(body, dict):
        raise NotAnObject  # Powertools would take null, and an array of it, for a body that may be left out
    return body


def text(event: Event, media_type: str, otherwise: type[UnsupportedMediaType]) -> str:
    """The body. Raises BodyTooLarge, *otherwise* where it is declared as something else, ValueError for no text."""
    _must_be_short(event)
    if header(event, "content-type").partition(";")[0].strip().lower() != media_type:
        raise otherwise
    return raw(event).decode()


def raw(event: Event) -> bytes:
    """Raises BodyTooLarge, ValueError where it is not what it was encoded as."""
    _must_be_short(event)
    body = b64decode(event["body"]) if event.get("isBase64Encoded") else str(event["body"]).encode()
    if len(body) > policy.MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _must_be_short(event: Event) -> None:
    """Before anything is decoded: base64 makes four bytes of three."""
    if len(event["body"]) > policy.MAX_BODY_BYTES * 4 / 3 + 4:
        raise BodyTooLarge


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field given twice is read differently by different programs (ASVS V15.3.7)."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a field is given twice")
    return dict(pairs)


def _no_constant(_: str) -> None:
    """NaN and Infinity are not JSON (RFC 8259), though Python reads them."""
    raise ValueError("not JSON")
