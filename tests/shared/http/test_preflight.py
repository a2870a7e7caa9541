"""What is refused before any door sees it: unknown paths and methods, foreign pages, and bodies that cannot be read."""

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import pytest

from shared import settings
from shared.errors import (
    BodyTooLarge,
    CrossSite,
    InvalidForm,
    InvalidJson,
    MethodNotAllowed,
    NotAForm,
    NotFound,
    ParameterInQuery,
    Refusal,
    UnsupportedMediaType,
)
from shared.http import preflight
from tests.support.events import ORIGIN

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OURS, CLIENTS, SMSAPI = "/tokens", "/oauth/token", "/sms.do"
SAFE, UNSAFE = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
METHODS = {*SAFE, *UNSAFE}
FOREIGN = "https://evil.example"


def _event(method: str, path: str, body: str | None = None, kind: str = JSON, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "httpMethod": method,
        "path": path,
        "body": body,
        "headers": {"Content-Type": kind} | named,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "isBase64Encoded": False,
    }


def _form(body: str | None, kind: str = FORM) -> dict[str, str]:
    return preflight.form(_event("POST", CLIENTS, body, kind))


def checked(event: dict[str, Any], methods: Iterable[str]) -> dict[str, Any]:
    """Return *event* as doors get it, whoever calls."""
    preflight.must_be_taken(event, methods)
    return preflight.readable(event)


# --- Path and method --------------------------------------------------------------------------------------


def test_a_path_that_accepts_no_method_is_not_found():
    with pytest.raises(NotFound):
        checked(_event("GET", OURS), [])


@pytest.mark.parametrize("path", [OURS, CLIENTS, SMSAPI])
def test_a_wrong_method_is_told_the_right_ones_in_their_order(path: str):
    with pytest.raises(MethodNotAllowed) as refused:
        checked(_event("PATCH", path, "{", Origin=FOREIGN), {"POST", "GET", "DELETE"})
    assert refused.value.methods == ["DELETE", "GET", "POST"]


# --- Where a browser comes from ---------------------------------------------------------------------------

AT_HOME = [
    {"Sec_Fetch_Site": "same-origin"},
    {"sec_fetch_site": "same-origin", "origin": FOREIGN},
    {"Origin": ORIGIN},
    {"origin": ORIGIN},
    {"Sec_Fetch_Site": "", "Origin": ORIGIN},
]
ABROAD = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"sec_fetch_site": "none"},
    {"Sec_Fetch_Site": "Same-Origin"},
    {"Sec_Fetch_Site": "cross-site", "Origin": ORIGIN},
    {"Origin": FOREIGN},
    {"origin": "null"},
    {"Origin": ORIGIN + ".evil.example"},
    {"Origin": ORIGIN + "/"},
    {"Sec_Fetch_Site": "", "Origin": FOREIGN},
]
"""A header alone, and against the other: `Sec-Fetch-Site` decides if it is there."""


@pytest.mark.parametrize("path", [OURS, CLIENTS, SMSAPI])
@pytest.mark.parametrize("headers", ABROAD)
def test_a_foreign_page_changes_nothing_and_its_body_is_not_read(headers: dict[str, str], path: str):
    for method in UNSAFE:
        with pytest.raises(CrossSite):
            checked(_event(method, path, "{", **headers), METHODS)


@pytest.mark.parametrize("path", [OURS, SMSAPI])
@pytest.mark.parametrize("headers", [{}, *AT_HOME])
def test_the_panel_may_and_so_may_programs_which_name_no_origin(headers: dict[str, str], path: str):
    for method in UNSAFE:
        assert checked(_event(method, path, "{}", **headers), METHODS)


@pytest.mark.parametrize("path", [OURS, CLIENTS, SMSAPI])
@pytest.mark.parametrize("method", SAFE)
def test_whoever_only_reads_may_come_from_anywhere(method: str, path: str):
    assert checked(_event(method, path, Origin=FOREIGN, Sec_Fetch_Site="cross-site"), METHODS)


@pytest.mark.parametrize("headers", [{}, *ABROAD])
def test_a_cookie_asks_for_proof_of_the_panel_even_from_those_who_name_no_origin(headers: dict[str, str]):
    with pytest.raises(CrossSite):
        preflight.must_be_same_origin(_event("GET", OURS, **headers))


@pytest.mark.parametrize("headers", AT_HOME)
def test_either_header_of_a_browser_is_proof_of_the_panel(headers: dict[str, str]):
    preflight.must_be_same_origin(_event("GET", OURS, **headers))


# --- Bodies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(
    ("path", "body", "kind", "refusal"),
    [
        (OURS, "{", JSON, InvalidJson),
        (OURS, "a=b", FORM, UnsupportedMediaType),
        (CLIENTS, "{}", JSON, NotAForm),
        (CLIENTS, "a=b&a=b", FORM, InvalidForm),
        (SMSAPI, "{", JSON, InvalidJson),
        (SMSAPI, "{}", "text/plain", UnsupportedMediaType),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(method: str, path: str, body: str, kind: str, refusal: type[Refusal]):
    with pytest.raises(refusal):
        checked(_event(method, path, body, kind), METHODS)


@pytest.mark.parametrize("path", [OURS, CLIENTS])
@pytest.mark.parametrize("method", SAFE)
def test_a_body_of_who_only_reads_is_passed_over(method: str, path: str):
    assert checked(_event(method, path, "{"), METHODS)["body"] == "{"


@pytest.mark.parametrize("path", [OURS, CLIENTS, SMSAPI])
@pytest.mark.parametrize("body", ["", None])
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data"])
def test_no_body_is_no_mistake_however_it_is_declared(path: str, body: str | None, kind: str):
    assert checked(_event("POST", path, body, kind), METHODS)


def test_a_door_sees_a_content_type_in_lower_case_and_none_without_a_body():
    event = _event("POST", OURS, "{}", "Application/JSON; Charset=UTF-8", Accept="*/*")
    with_body, without = checked(event, METHODS), checked(event | {"body": None}, METHODS)
    assert with_body == event | {"headers": {"Accept": "*/*", "content-type": "application/json; charset=utf-8"}}
    assert without == event | {"body": None, "headers": {"Accept": "*/*"}}
    assert checked(event | {"body": None, "headers": None}, METHODS)["headers"] == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("body", "kind", "query"),
    [
        ("to=1&from=Shop", FORM, {}),
        ("to=1", "", {"from": ["Shop"]}),
        ('{"to": "1", "from": "Shop"}', "Application/JSON", {}),
        (None, "", {"to": ["1"], "from": ["Shop"]}),
    ],
)
def test_a_door_of_smsapi_sees_json_whatever_was_sent(
    method: str, body: str | None, kind: str, query: dict[str, list[str]]
):
    sent = _event(method, SMSAPI, body, kind) | {"multiValueQueryStringParameters": query}
    seen = checked(sent, METHODS)
    assert json.loads(seen["body"]) == seen["parameters"] == {"to": "1", "from": "Shop"}
    assert seen["headers"] == {"content-type": "application/json"}


def test_what_the_gateway_encoded_is_no_longer_encoded_for_a_door_of_smsapi():
    sent = _event("POST", SMSAPI, b64encode(b"to=1").decode(), FORM) | {"isBase64Encoded": True}
    seen = checked(sent, METHODS)
    assert (seen["body"], seen["isBase64Encoded"]) == ('{"to": "1"}', False)


# --- Forms ------------------------------------------------------------------------------------------------


def test_a_form_is_read_without_what_has_no_value():
    assert _form("a=b%20c&d=%C5%BC&e=&f&&g=1+2") == {"a": "b c", "d": "ż", "g": "1 2"}
    assert _form("!-$'~=%2f%2F") == {"!-$'~": "//"}


@pytest.mark.parametrize("body", ["", None])
def test_no_form_has_no_parameters(body: str | None):
    assert _form(body, JSON) == {}


@pytest.mark.parametrize(
    "body",
    [
        "a=b&a=c",
        "a=b&a=b",
        "a=&a=b",
        "a&a",
        "a=%ff",
        "a=%zz",
        "a=%e",
        "a=%",
        "a=b c",
        "a=b\n",
        "a=ż",
        "a=\x7f",
        "a=%%20",
    ],
)
def test_what_repeats_itself_or_is_not_encoded_is_no_form(body: str):
    with pytest.raises(InvalidForm):
        _form(body)


@pytest.mark.parametrize("body", [b64encode(b"a=\xff").decode(), "YT1"])
def test_bytes_that_are_no_text_are_no_form(body: str):
    with pytest.raises(InvalidForm):
        preflight.form(_event("POST", CLIENTS, body, FORM) | {"isBase64Encoded": True})


@pytest.mark.parametrize(("body", "kind", "refusal"), [("a=b", JSON, NotAForm), ("a" * 65_537, FORM, BodyTooLarge)])
def test_a_form_says_that_it_is_one_and_has_64_kib_at_most(body: str, kind: str, refusal: type[Refusal]):
    with pytest.raises(refusal):
        _form(body, kind)
    assert len(_form("a=" + "b" * 65_534)["a"]) == 65_534


@pytest.mark.parametrize(
    "query", [{"queryStringParameters": {"a": "b"}}, {"multiValueQueryStringParameters": {"a": ["b"]}}]
)
def test_a_client_shows_nothing_in_the_query(query: dict[str, Any]):
    for body in ("a=b", None):
        with pytest.raises(ParameterInQuery):
            preflight.form(_event("POST", CLIENTS, body, FORM) | query)


# --- Cookies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("furtka=1", "1"),
        ("a=2;  furtka=1 ; b=3", "1"),
        ("furtka=1=2", "1=2"),
        ("furtka=1; furtka=2", "1"),
        ("", ""),
        ("furtka", ""),
        ("Furtka=1", ""),
        ("xfurtka=1; furtkax=2", ""),
    ],
)
def test_a_cookie_is_found_by_its_whole_name(sent: str, found: str):
    assert preflight.cookie(_event("GET", OURS, cookie=sent), "furtka") == found


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_a_request_to_a_path_of_oauth_clients_is_told_by_its_path_alone(path: str):
    assert preflight.is_for_clients(_event("DELETE", path))
    assert not preflight.is_for_clients(_event("POST", f"{path}s"))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://abc.example.com/live", "https://abc.example.com"),
        ("https://abc.example.com:443/live", "https://abc.example.com"),
        ("https://abc.example.com:8443", "https://abc.example.com:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_the_panels_origin_has_neither_path_nor_usual_port(address: str, origin: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "PANEL_ORIGIN", address)
    preflight.must_be_same_origin(_event("POST", OURS, origin=origin))
    for wrong in (f"{origin}/live", f"{origin}1", origin.replace("//", "//x")):
        with pytest.raises(CrossSite):
            preflight.must_be_same_origin(_event("POST", OURS, origin=wrong))


@pytest.mark.parametrize("origin", [{}, {"origin": ""}, {"origin": "null"}, {"origin": "https://panel.example.com"}])
def test_no_origin_is_the_panels_before_its_address_is_known(origin: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """A browser that says itself that the page is of our origin is believed: that needs no setting."""
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "")
    with pytest.raises(CrossSite):
        preflight.must_be_same_origin(_event("POST", OURS, **origin))
    preflight.must_be_same_origin(_event("POST", OURS, sec_fetch_site="same-origin", **origin))
