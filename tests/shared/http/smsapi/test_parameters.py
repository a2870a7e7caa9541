"""Parameters as each client sends them: whatever the encoding and the spelling, a door sees the same."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from pydantic import ValidationError

from shared import policy
from shared.errors import (
    BodyTooLarge,
    InvalidForm,
    InvalidJson,
    NotAnObject,
    ParameterInQuery,
    Refusal,
    TooDeep,
    UnsupportedMediaType,
    WrongEncoding,
)
from shared.http.smsapi import parameters
from shared.http.smsapi.parameters import Filters, Flag, Lenient, Listed, Text

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=here"


def _event(body: str | None, content_type: str = "", query: dict[str, list[str]] | None = None) -> dict[str, Any]:
    headers = {"Content-Type": content_type} if content_type else {}
    return {
        "httpMethod": "POST",
        "path": "/contacts",
        "body": body,
        "headers": headers,
        "multiValueQueryStringParameters": query,
        "isBase64Encoded": False,
    }


def _multipart(fields: list[tuple[str, str]]) -> str:
    parts = [f'--here\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    return "".join([*parts, "--here--\r\n"])


TO_AND_FROM = {"to": "48600100200", "from": "Shop"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (urlencode(TO_AND_FROM), FORM),
        (urlencode(TO_AND_FROM), FORM + "; charset=UTF-8"),
        (urlencode(TO_AND_FROM), ""),
        (json.dumps(TO_AND_FROM), JSON),
        (json.dumps(TO_AND_FROM), "Application/JSON; charset=utf-8"),
        (_multipart(list(TO_AND_FROM.items())), MULTIPART),
    ],
)
def test_all_encodings_say_the_same(body: str, content_type: str):
    assert parameters.given(_event(body, content_type)) == TO_AND_FROM


def test_a_body_in_base64_is_read_as_any_other():
    event = _event(b64encode(urlencode(TO_AND_FROM).encode()).decode(), FORM) | {"isBase64Encoded": True}
    assert parameters.given(event) == TO_AND_FROM


@pytest.mark.parametrize("content_type", [JSON, FORM, MULTIPART, "", "text/plain"])
@pytest.mark.parametrize("body", ["", None])
def test_nothing_at_all_is_no_mistake_whatever_a_header_says_of_it(body: str | None, content_type: str):
    assert parameters.given(_event(body, content_type)) == {}


def test_what_is_in_the_query_counts_and_the_body_comes_before_it():
    event = _event(urlencode({"to": "1"}), FORM, {"format": ["json"], "to": ["2"]})
    assert parameters.given(event) == {"format": "json", "to": "1"}


@pytest.mark.parametrize("name", ["code", "credentials[password]", "pass", "pass_api"])
def test_a_secret_is_not_taken_from_the_address_since_addresses_are_logged(name: str):
    with pytest.raises(ParameterInQuery):
        parameters.given(_event(None, "", {name: ["x"]}))
    assert parameters.given(_event(f"{name}=x", FORM))


def test_brackets_make_objects_and_arrays():
    body = "credentials%5Busername%5D=bob&credentials%5Bpassword%5D=x&idx%5B1%5D=b&idx%5B0%5D=a&sch_del%5B%5D=7"
    assert parameters.given(_event(body, FORM)) == {
        "credentials": {"username": "bob", "password": "x"},
        "idx": ["a", "b"],
        "sch_del": ["7"],
    }


def test_a_name_that_is_given_twice_is_an_array():
    assert parameters.given(_event("sch_del=1&sch_del=2", FORM)) == {"sch_del": ["1", "2"]}


def test_null_was_not_given():
    body = {"credentials": None, "points": {"from_account": None, "per_month": 5}, "description": ""}
    assert parameters.given(_event(json.dumps(body), JSON)) == {"points": {"per_month": 5}, "description": ""}


@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        ("{", JSON, InvalidJson),
        ('{"a": 1, "a": 2}', JSON, InvalidJson),
        ('{"a": NaN}', JSON, InvalidJson),
        ("[]", JSON, NotAnObject),
        ('{"a": ' + "[" * 2000 + "]" * 2000 + "}", JSON, TooDeep),
        ('{"a": ' + "[" * 5 + "]" * 5 + "}", JSON, InvalidForm),
        ("a=%FF", FORM, WrongEncoding),
        ("&".join(["a=1"] * (policy.MAX_PARAMETERS + 1)), FORM, InvalidForm),
        ("a[b][c][d]=1", FORM, InvalidForm),
        ("a=1&a[b]=2", FORM, InvalidForm),
        ("a[b]=1&a=2", FORM, InvalidForm),
        ("--here\r\n", MULTIPART, InvalidForm),
        (_multipart([("a", "1")]), "multipart/form-data", InvalidForm),
        (_multipart([("a", "1")] * (policy.MAX_PARAMETERS + 1)), MULTIPART, InvalidForm),
        ("a=1", "text/plain", UnsupportedMediaType),
        ("a=" + "1" * policy.MAX_BODY_BYTES, FORM, BodyTooLarge),
        ("a=" + "1" * policy.MAX_BODY_BYTES, MULTIPART, BodyTooLarge),
    ],
)
def test_what_cannot_be_read_is_not_guessed_at(body: str, content_type: str, refusal: type[Refusal]):
    with pytest.raises(refusal):
        parameters.given(_event(body, content_type))


@pytest.mark.parametrize("body", ["--here\r\n\r\n--here--\r\n", "--here--\r\n", "--here\r\n\r\n--here--"])
def test_a_multipart_body_without_parts_is_an_empty_form(body: str):
    """.NET writes the first of these."""
    assert parameters.given(_event(body, MULTIPART)) == {}
    assert parameters.given(_event(b64encode(body.encode()).decode(), MULTIPART) | {"isBase64Encoded": True}) == {}


@always(st.text(), st.sampled_from([FORM, JSON, MULTIPART, "", "text/html"]))
def test_no_text_breaks_it(body: str, content_type: str):
    try:
        given = parameters.given(_event(body, content_type))
    except Refusal:
        return
    assert isinstance(given, dict)


class Asked(Lenient):
    fast: Flag = True
    idx: Text = ""
    to: Listed = []  # noqa: RUF012 - Pydantic copies it


@pytest.mark.parametrize("yes", [True, 1, "1", "true", "True"])
@pytest.mark.parametrize("no", [False, 0, "0", "false", "False"])
def test_yes_and_no_are_understood_in_every_spelling(yes: object, no: object):
    assert Asked.model_validate({"fast": yes}).fast
    assert not Asked.model_validate({"fast": no}).fast


@pytest.mark.parametrize("neither", ["", "yes", "on", "2", 2, [], {}, 1.0])
def test_what_is_neither_is_refused(neither: object):
    with pytest.raises(ValidationError):
        Asked.model_validate({"fast": neither})


def test_a_number_is_text_where_text_is_wanted():
    assert Asked.model_validate({"idx": 7}).idx == "7"
    with pytest.raises(ValidationError):
        Asked.model_validate({"idx": True})


@pytest.mark.parametrize("several", ["1,2", "1, 2,", ["1", "2"], [1, 2]])
def test_several_come_as_an_array_or_with_commas(several: object):
    assert Asked.model_validate({"to": several}).to == ["1", "2"]


def test_what_nobody_knows_is_passed_over():
    assert Asked.model_validate({"format": "json", "partner_id": "x"}) == Asked()


class Names(Filters):
    q: Text = ""


def test_what_might_narrow_a_list_is_known_or_refused():
    assert Names.model_validate({"q": "a", "format": "json", "access_token": "x", "_": "1"}).q == "a"
    for unknown in ("limit", "username", "status", "?"):
        with pytest.raises(ValidationError) as refused:
            Names.model_validate({unknown: "1"})
        assert [one["type"] for one in refused.value.errors()] == ["extra_forbidden"]
