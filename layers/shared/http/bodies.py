"""Read the body of a request: its size, its declared content type, and its JSON."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable
from typing import Any

from shared import policy
from shared.errors import BodyTooLarge, InvalidJson, NotAnObject, RepeatedField, UnsupportedMediaType
from shared.http import texts

type Event = dict[str, Any]

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
"""The content types of our answers."""


def header(event: Event, name: str) -> str:
    """Return the header *name*, given in lower case and matched without regard to case, or an empty string."""
    headers: dict[str, str] = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def json_object(event: Event) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises BodyTooLarge, UnsupportedMediaType, InvalidJson, RepeatedField, NotCarried, Uncarried, TooDeep or
    NotAnObject.
    """
    try:
        declared = text(event, "application/json", UnsupportedMediaType)
        body = json.loads(
            declared,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=texts.whole,
            parse_float=texts.fraction,
        )
    except (ValueError, RecursionError) as failure:
        raise InvalidJson from failure
    texts.must_be_carried(body)
    if not isinstance(body, dict):
        raise NotAnObject  # Powertools would treat null, or an array of nulls, as an optional body that was left out
    return body


def text(event: Event, media_type: str, otherwise: type[UnsupportedMediaType]) -> str:
    """Return the body as text.

    Raises BodyTooLarge, *otherwise* if its content type is not *media_type*, or ValueError if it is not UTF-8.
    """
    must_be_short(event)
    if header(event, "content-type").partition(";")[0].strip().lower() != media_type:
        raise otherwise
    return raw(event).decode()


def raw(event: Event) -> bytes:
    """Return the bytes of the body. Raises BodyTooLarge, or ValueError if it is declared as base64 and is not."""
    must_be_short(event)
    body = b64decode(event["body"]) if event.get("isBase64Encoded") else str(event["body"]).encode()
    if len(body) > (most := _most_bytes(event)):
        raise BodyTooLarge(most)
    return body


def must_be_short(event: Event) -> None:
    """Raise BodyTooLarge before anything is decoded."""
    if not _is_within(event, most := _most_bytes(event)):
        raise BodyTooLarge(most)


def is_usual(event: Event) -> bool:
    """Whether the body is no larger than bodies are on other routes."""
    return _is_within(event, policy.MAX_BODY_BYTES)


def _is_within(event: Event, most: int) -> bool:
    """Whether the body has no more bytes. Base64 makes four of three."""
    return len(event.get("body") or "") <= most * 4 / 3 + 4


def is_order(event: Event) -> bool:
    """Whether the request may order messages, for which a body may be larger. Strangers' are not read there."""
    return (event["httpMethod"], event["path"]) == ("POST", "/sms.do")


def _most_bytes(event: Event) -> int:
    return policy.MAX_ORDER_BYTES if is_order(event) else policy.MAX_BODY_BYTES


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raise RepeatedField if a field is given twice: programs differ in which one they read (ASVS V15.3.7)."""
    if (repeated := first_repeated(name for name, _ in pairs)) is not None:
        raise RepeatedField(repeated)
    return dict(pairs)


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that is among *names* twice, or None."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _refuse_constant(_: str) -> None:
    """Raise ValueError for NaN and Infinity, which Python reads and JSON does not have (RFC 8259)."""
    raise ValueError("not JSON")
