"""What bad input gets, on every route: a clear refusal that never repeats what was sent."""

import base64
import json
from typing import Any

import pytest

from shared import policy
from shared.http.not_offered import is_not_offered
from shared.http.preflight import CLIENT_PATHS
from shared.http.smsapi.errors import is_legacy
from tests.support import events
from tests.support.events import Call, Context, Reply
from tests.support.world import PASSWORD, ROUTES, World, door

BODIES: dict[str, dict[str, Any]] = {
    "/login": {"login": "ann", "password": PASSWORD},
    "/verify-code": {"challenge_id": "0" * 38, "code": "123456"},
    "/verify-code/resend": {"challenge_id": "0" * 38},
    "/invitations/accept": {"token": "x", "password": PASSWORD},
}
WITH_BODY = sorted(BODIES)
METHODS = {
    path: {route.split()[0] for route in ROUTES if route.endswith(f" {path}")} for _, path in map(str.split, ROUTES)
}
FIELDS = [(path, field) for path, body in sorted(BODIES.items()) for field in body]
CANARY = "canary-3141592653"


def _refused(answer: Reply, status: int, error: str) -> None:
    assert (answer.status, answer.error) == (status, error)
    assert answer.body["message"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize(
    "body",
    [
        CANARY,
        "{",
        '{"login": NaN}',
        '{"a": 1, "a": 2}',
        '{"login": "\\ud800"}',
        '{"\\udfff": ["x"]}',
        "[" * 8000,
        '{"a": ' + "9" * 5000 + "}",
        "\ufeff{}",
        "{'login': 'ann'}",
    ],
)
def test_what_is_not_json_is_refused(world: World, path: str, body: str):
    _refused(world.post(path, body), 400, "invalid_json")


@pytest.mark.parametrize("path", WITH_BODY)
def test_bytes_that_are_no_text_are_refused(world: World, path: str):
    event = Call("POST", path, world.now, "x").event
    event |= {"body": base64.b64encode(b"\xff\xfe{}").decode(), "isBase64Encoded": True}
    _refused(events.reply(door(path)(event, Context())), 400, "invalid_json")  # type: ignore[arg-type]


def test_a_body_that_the_gateway_encoded_is_read(world: World):
    event = Call("POST", "/login", world.now, None).event
    event |= {"body": base64.b64encode(json.dumps(BODIES["/login"]).encode()).decode(), "isBase64Encoded": True}
    assert door("/login")(event, Context())["statusCode"] == 200


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null", "true"])
def test_json_that_is_no_object_is_refused(world: World, path: str, body: str):
    _refused(world.post(path, body), 422, "invalid_request")


@pytest.mark.parametrize("path", WITH_BODY)
def test_no_body_at_all_is_refused(world: World, path: str):
    _refused(world.post(path), 422, "invalid_request")


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("kind", ["", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain"])
def test_no_body_is_refused_however_it_is_declared(world: World, path: str, kind: str):
    _refused(world.post(path, headers={"Content-Type": kind}), 422, "invalid_request")


@pytest.mark.parametrize(("path", "field"), FIELDS)
@pytest.mark.parametrize("value", [None, 1, True, [CANARY], {"a": CANARY}, 1.5])
def test_a_field_of_the_wrong_type_is_named_and_not_repeated(world: World, path: str, field: str, value: object):
    answer = world.post(path, BODIES[path] | {field: value})
    _refused(answer, 422, "invalid_request")
    assert [miss["path"] for miss in answer.body["errors"]] == [f"body.{field}"]
    assert all(miss["message"] for miss in answer.body["errors"])


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_a_missing_field_is_named(world: World, path: str, field: str):
    answer = world.post(path, {name: value for name, value in BODIES[path].items() if name != field})
    _refused(answer, 422, "invalid_request")
    assert [(miss["path"], miss["error"]) for miss in answer.body["errors"]] == [(f"body.{field}", "missing")]


@pytest.mark.parametrize("path", WITH_BODY)
def test_an_unknown_field_is_refused_and_named_if_its_name_is_plain(world: World, path: str):
    plain = world.post(path, BODIES[path] | {"is_admin": True})
    _refused(plain, 422, "invalid_request")
    assert plain.body["errors"][0]["path"] == "body.is_admin"
    odd = world.post(path, BODIES[path] | {CANARY: CANARY})
    _refused(odd, 422, "invalid_request")
    assert odd.body["errors"][0]["path"] == "body.?"


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_an_oversize_field_is_refused(world: World, path: str, field: str):
    _refused(world.post(path, BODIES[path] | {field: CANARY + "x" * 300}), 422, "invalid_request")


@pytest.mark.parametrize(("path", "field"), FIELDS)
@pytest.mark.parametrize("value", ["\\ud83d\\udd11", "\\u0000", "\\uffff", "\U0001f511"])
def test_strange_characters_are_never_our_mistake(world: World, path: str, field: str, value: str):
    body = json.dumps(BODIES[path] | {field: "HERE"}).replace("HERE", value)
    assert world.post(path, body).status in (401, 410, 422)


@pytest.mark.parametrize("path", WITH_BODY)
def test_a_body_may_have_64_kib_and_not_a_byte_more(world: World, path: str):
    most = json.dumps({"x": "x" * (policy.MAX_BODY_BYTES - 9)})
    assert len(most) == policy.MAX_BODY_BYTES
    _refused(world.post(path, most), 422, "invalid_request")
    _refused(world.post(path, most[:-2] + 'x"}'), 413, "body_too_large")
    _refused(world.post(path, "ż" * policy.MAX_BODY_BYTES), 413, "body_too_large")


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_another_content_type_is_refused(world: World, path: str, kind: str):
    _refused(world.post(path, BODIES[path], headers={"Content-Type": kind}), 415, "unsupported_media_type")


def test_a_charset_behind_the_content_type_is_fine(world: World):
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    assert world.post("/login", BODIES["/login"], headers=headers).status == 200


LEGACY = {path for path in METHODS if is_legacy(path)}


@pytest.mark.parametrize("path", sorted(METHODS.keys() - CLIENT_PATHS - LEGACY))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_told_the_right_one(world: World, path: str, method: str):
    right = METHODS[path]
    if method not in right and not is_not_offered(method, path):
        answer = world.call(method, path, CANARY)
        _refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == [", ".join(sorted(right))]


@pytest.mark.parametrize("path", sorted(LEGACY))
def test_a_do_that_does_not_take_a_method_says_so_under_200_like_any_other_no(world: World, path: str):
    answer = world.call("PATCH", path)
    assert (answer.status, answer.text) == (200, "ERROR:8")
    assert answer.headers["Allow"] == [", ".join(sorted(METHODS[path]))]


@pytest.mark.parametrize("path", sorted(METHODS))
def test_every_answer_is_safe_to_receive(world: World, path: str):
    for answer in (world.post(path, BODIES.get(path)), world.post(path, "{"), world.call("PUT", path)):
        assert answer.headers["Strict-Transport-Security"] == ["max-age=63072000; includeSubDomains"]
        assert answer.headers["X-Content-Type-Options"] == ["nosniff"]
        assert answer.headers["Cache-Control"] == ["no-store"]
        kind = "text/plain" if answer.text.startswith("ERROR:") or not answer.text else "application/json"
        assert answer.headers["Content-Type"] == [f"{kind}; charset=utf-8"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YW5uOng=",
        "Bearer furtka_session_",
        "Bearer \u0142",
        "Token x",
        "x" * 9999,
    ],
)
def test_a_missing_or_foreign_token_is_refused(world: World, header: str):
    answer = world.call("GET", "/session", headers={"Authorization": header})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"][0].startswith('Bearer realm="furtka"')
