"""Checks of a request before any door sees it: known path and method, same origin, and a body that can be read.

The body is JSON; OAuth clients send a form, and SMSAPI's clients any of several encodings.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from shared import policy, settings
from shared.errors import (
    CrossSite,
    InvalidForm,
    MethodNotAllowed,
    NotAForm,
    NotAvailable,
    NotFound,
    ParameterInQuery,
    RepeatedParameter,
)
from shared.http import bodies, texts
from shared.http.bodies import Event, header
from shared.http.not_offered import is_not_offered
from shared.http.route_rules import RULES, is_smsapi
from shared.http.smsapi import parameters

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

CLIENT_PATHS = frozenset(route.partition(" ")[2] for route, rule in RULES.items() if rule.client)
"""The paths of OAuth clients. Every answer there has the form of RFC 6749, refusals of the preflight included."""

FORM = "(?:[!-$&-~]|%[0-9A-Fa-f]{2})*"
"""The characters of a form: everything else is percent-encoded (RFC 6749 appendix B)."""


def cookie(event: Event, name: str) -> str:
    """Return the cookie *name*, or an empty string."""
    pairs = (pair.strip().partition("=") for pair in header(event, "cookie").split(";"))
    return next((value for key, _, value in pairs if key == name), "")


def is_for_clients(event: Event) -> bool:
    """Whether the request went to one of CLIENT_PATHS."""
    return event["path"] in CLIENT_PATHS


def must_be_taken(event: Event, methods: Iterable[str]) -> None:
    """Raise the refusal of a request that is not taken, whoever sent it: before anything of it is read.

    *methods* are those that its path accepts.
    """
    method = event["httpMethod"]
    if is_not_offered(method, event["path"]):
        raise NotAvailable
    _must_be_of_method(method, sorted(methods))
    bodies.must_be_short(event)
    if method not in SAFE_METHODS:
        _must_not_be_cross_site(event)


def readable(event: Event) -> Event:
    """Return *event* as doors expect it. Raises the refusal of a path, a query or a body that cannot be read."""
    method = event["httpMethod"]
    if texts.HALF_PAIR.search(event["path"]):
        raise NotFound
    if is_smsapi(event["path"]):
        return with_parameters(event)
    _must_have_texts_in_query(event)
    if method not in SAFE_METHODS and is_for_clients(event):
        form(event)
    elif method not in SAFE_METHODS and event.get("body"):
        bodies.json_object(event)
    return _with_plain_content_type(event)


def form(event: Event) -> dict[str, str]:
    """Return the parameters of a form. One without a value counts as omitted (RFC 6749 3.1).

    Raises ParameterInQuery, BodyTooLarge, NotAForm, InvalidForm or RepeatedParameter.
    """
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
    if query:
        raise ParameterInQuery(next(iter(query)))
    pairs = _pairs(event) if event.get("body") else []
    if (repeated := bodies.first_repeated(name for name, _ in pairs)) is not None:
        raise RepeatedParameter(repeated)
    return {name: value for name, value in pairs if value}


def must_be_same_origin(event: Event) -> None:
    """Raise CrossSite unless the browser's own headers say that the panel sent the request (ASVS V3.5.1)."""
    if not _is_same_origin(event):
        raise CrossSite


def _with_plain_content_type(event: Event) -> Event:
    """Return *event* with its content type in lower case, where case has no meaning (RFC 9110 8.3.1).

    Without a body the header is removed: some clients declare a content type and send nothing.
    """
    return _with_content_type(event, header(event, "content-type").lower() if event.get("body") else "")


def with_parameters(event: Event) -> Event:
    """Return *event*, which has SMSAPI's parameters, with them as a JSON body, so that doors see one encoding.

    The key `parameters` holds them too, so that they are not parsed again. Raises as `parameters.given`.
    """
    given = parameters.given(event)
    body = {"body": json.dumps(given), "isBase64Encoded": False, "parameters": given}
    return _with_content_type(event, "application/json") | body


def _must_have_texts_in_query(event: Event) -> None:
    """Raise Uncarried or NotCarried if the query has what is no text."""
    query: dict[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    for name, values in query.items():
        texts.must_be_carried(name, ("query", "?"))
        for value in values:
            texts.must_be_carried(value, ("query", name))


def _with_content_type(event: Event, content_type: str) -> Event:
    headers: dict[str, str] = event.get("headers") or {}
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return event | {"headers": others | ({"content-type": content_type} if content_type else {})}


def _must_be_of_method(method: str, methods: list[str]) -> None:
    """Raise NotFound if the path accepts no method at all, or MethodNotAllowed if it does not accept this one."""
    if not methods:
        raise NotFound
    if method not in methods:
        raise MethodNotAllowed(methods)


def _must_not_be_cross_site(event: Event) -> None:
    """Raise CrossSite if a browser sent this from elsewhere than the panel. Programs send neither of these headers."""
    if (header(event, "sec-fetch-site") or header(event, "origin")) and not _is_same_origin(event):
        raise CrossSite


def _is_same_origin(event: Event) -> bool:
    """Whether the panel sent the request. A page cannot forge either header; old browsers send only `Origin`."""
    site = header(event, "sec-fetch-site")
    return site == "same-origin" if site else header(event, "origin") == origin_of(settings.PANEL_ORIGIN)


def origin_of(address: str) -> str | None:
    """Return scheme, host and port of *address* as a browser writes them in `Origin`; None if it has none."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else None


def _pairs(event: Event) -> list[tuple[str, str]]:
    """Return the names and values of a form. Raises BodyTooLarge, NotAForm or InvalidForm."""
    try:
        text = bodies.text(event, "application/x-www-form-urlencoded", NotAForm)
        if not re.fullmatch(FORM, text):
            raise ValueError("not a form")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=policy.MAX_PARAMETERS)
    except ValueError as failure:
        raise InvalidForm from failure
