"""The body of a request, read as strictly as its sender could have meant it, and never beyond 64 KiB."""

import json
from base64 import b64encode
from typing import Any

import pytest

from shared import policy
from shared.errors import BodyTooLarge, InvalidJson, NotAForm, NotAnObject, Refusal, UnsupportedMediaType
from shared.http import bodies

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MOST = policy.MAX_BODY_BYTES
MOST_ENCODED = MOST * 4 // 3 + 4
"""The most characters that are decoded at all."""


def _event(body: str, content_type: str = JSON, *, encoded: bool = False) -> dict[str, Any]:
    of_request = {"httpMethod": "POST", "path": "/login", "headers": {"Content-Type": content_type}}
    return of_request | {"body": body, "isBase64Encoded": encoded}


def _encoded(body: bytes) -> dict[str, Any]:
    return _event(b64encode(body).decode(), encoded=True)


def _of_size(size: int) -> str:
    return json.dumps({"x": "x" * (size - 9)})


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_header_is_found_in_any_case(name: str):
    assert bodies.header({"headers": {"Accept": "*/*", name: JSON}}, "content-type") == JSON


@pytest.mark.parametrize("event", [{}, {"headers": None}, {"headers": {}}, {"headers": {"x-content-type": JSON}}])
def test_a_header_that_was_not_sent_is_empty(event: dict[str, Any]):
    assert bodies.header(event, "content-type") == ""


@pytest.mark.parametrize(
    "body", ["{}", '{"login": "ann", "more": [1, null, {"é": "🔑"}]}', ' {"a": "\\ud83d\\udd11"}\n']
)
def test_an_object_is_read_as_it_was_sent_in_base64_too(body: str):
    assert bodies.json_object(_event(body)) == bodies.json_object(_encoded(body.encode())) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{'a': 1}",
        "\ufeff{}",
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '[{"a": 1, "a": 2}]',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": ["\\udd11\\ud83d"]}',
        "[" * 50_000,
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_what_programs_would_read_differently_or_not_at_all_is_no_json(body: str):
    with pytest.raises(InvalidJson):
        bodies.json_object(_event(body))


@pytest.mark.parametrize("event", [_encoded(b'{"a": "\xff"}'), _event("e30", encoded=True)])
def test_bytes_that_are_no_text_and_base64_that_is_none_are_no_json(event: dict[str, Any]):
    with pytest.raises(InvalidJson):
        bodies.json_object(event)


@pytest.mark.parametrize("body", ["null", "true", "1", '"x"', "[]", "[null]"])
def test_json_that_is_no_object_is_told_so(body: str):
    with pytest.raises(NotAnObject):
        bodies.json_object(_event(body))


@pytest.mark.parametrize("kind", [JSON, "Application/JSON", f"{JSON}; charset=utf-8", f" {JSON} ;"])
def test_the_case_and_the_charset_of_a_content_type_mean_nothing(kind: str):
    assert bodies.json_object(_event("{}", kind)) == {}


@pytest.mark.parametrize("kind", ["", "json", "text/plain", FORM, f"{JSON}+patch", f"text/plain; {JSON}"])
def test_another_content_type_is_refused_before_the_body_is_read(kind: str):
    with pytest.raises(UnsupportedMediaType):
        bodies.json_object(_event("{", kind))


def test_a_text_of_another_content_type_is_refused_in_the_words_of_who_reads_it():
    assert bodies.text(_event("a=ż", FORM), FORM, NotAForm) == "a=ż"
    with pytest.raises(NotAForm):
        bodies.text(_event("a=b", JSON), FORM, NotAForm)


@pytest.mark.parametrize("body", [b"\x00\xff", b"", "ż".encode()])
def test_raw_bytes_are_those_that_were_sent(body: bytes):
    assert bodies.raw(_encoded(body)) == body


def test_a_body_may_have_64_kib_and_not_a_byte_more_however_it_comes():
    assert MOST == len(_of_size(MOST)) == 64 * 1024
    for event in (_event(_of_size(MOST)), _encoded(_of_size(MOST).encode()), _event('{"x":"' + "ż" * 32764 + '"}')):
        assert bodies.json_object(event)
    for event in (
        _event(_of_size(MOST + 1)),
        _encoded(_of_size(MOST + 1).encode()),
        _event('{"x":"' + "ż" * 32764 + 'x"}'),
    ):
        with pytest.raises(BodyTooLarge):
            bodies.json_object(event)


@pytest.mark.parametrize(("kind", "refusal"), [("text/plain", UnsupportedMediaType), (JSON, InvalidJson)])
def test_a_body_that_cannot_be_small_enough_is_refused_before_anything_else_is_asked(kind: str, refusal: type[Refusal]):
    padded = "*" * MOST_ENCODED  # decodes to nothing: no character of it is base64
    with pytest.raises(refusal):
        bodies.json_object(_event(padded, kind, encoded=True))
    with pytest.raises(BodyTooLarge):
        bodies.json_object(_event(padded + "*", kind, encoded=True))
    with pytest.raises(BodyTooLarge):
        bodies.raw(_event(padded + "*", kind, encoded=True))
