"""Strangers: on every route that is not public the caller is known before the body is looked at."""

import json
from base64 import b64encode
from typing import Any

import pytest

from shared import policy
from shared.http.preflight import CLIENT_PATHS
from shared.http.route_rules import rule_of
from shared.http.smsapi.errors import is_legacy
from tests.support import events, programs
from tests.support.calls import overheard
from tests.support.events import Call, Context, Reply
from tests.support.world import ROUTES, World, door

FORM = "application/x-www-form-urlencoded"

CLOSED = sorted(
    route for route in ROUTES if not rule_of(*route.split()).is_public and route.split()[1] not in CLIENT_PATHS
)

LEAVES_QUIETLY = "POST /logout"
"""Whoever is not signed in is signed out already, whatever they send."""

WRONG: dict[str, tuple[str, str]] = {
    "a wrong field": ("application/json", '{"limit": {"a": 1}, "date": [], "name": 7, "password": 1, "points": "x"}'),
    "an unknown field": ("application/json", '{"is_admin": true}'),
    "broken JSON": ("application/json", "{"),
    "no text": ("application/json", '{"message": "\\ud800"}'),
    "a number too long": ("application/json", '{"limit": 1E+900000}'),
    "another content type": ("text/plain", "hello"),
    "a broken form": (FORM, "a=%FF"),
    "nothing": ("application/json", ""),
}


def _asked(world: World, route: str, body: str, kind: str, **headers: str) -> Reply:
    method, path = route.split()
    event = Call(
        method, path.replace("{", "").replace("}", ""), world.now, body or None, {"Content-Type": kind} | headers
    )
    return events.reply(door(event.path)(event.event, Context()))  # type: ignore[arg-type]


@pytest.mark.parametrize("what", WRONG)
def test_whoever_shows_nothing_is_unknown_whatever_the_body_is(world: World, what: str):
    kind, body = WRONG[what]
    for route in CLOSED:
        if route == LEAVES_QUIETLY:
            continue
        with overheard() as made:
            answer = _asked(world, route, body, kind)
        assert (answer.outcome, answer.error, made) == (401, "unauthorized", []), route


def test_the_answer_has_the_format_that_the_unread_body_asks_for(world: World):
    for route in (route for route in CLOSED if is_legacy(route)):
        if route.startswith("POST "):
            assert _asked(world, route, "to=1&limit=x", FORM).text == "ERROR:101"
            assert _asked(world, route, "limit=x&format=json", FORM).body["error"] == 101
            assert (
                _asked(world, route, json.dumps({"limit": "x", "format": "json"}), "application/json").body["error"]
                == 101
            )


def test_a_body_that_is_too_large_is_refused_unread_whoever_sends_it(world: World):
    for route in CLOSED:
        most = policy.MAX_ORDER_BYTES if route == "POST /sms.do" else policy.MAX_BODY_BYTES
        with overheard() as made:
            answer = _asked(world, route, "x" * (most * 4 // 3 + 100), "text/plain")
        assert made == []
        assert answer.outcome in (400, 413), (route, answer)


@pytest.mark.parametrize("path", sorted(CLIENT_PATHS - {"/.well-known/oauth-authorization-server"}))
@pytest.mark.parametrize("body", ["", "grant_type=x", "token=", "scope=%00", "client_id=x&nothing=1"])
def test_an_oauth_client_that_shows_nothing_is_unknown_whatever_else_it_sends(world: World, path: str, body: str):
    answer = _asked(world, f"POST {path}", body, FORM)
    assert (answer.status, answer.error) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("sent", "number"),
    [({"credits": 1}, 401), ({"add_user": "x", "credits": 1}, 401), ({}, 401), ({"limit": "x"}, 401)],
)
def test_a_program_without_the_scope_learns_nothing_of_its_fields(world: World, sent: dict[str, Any], number: int):
    shown = programs.bearer(programs.api_token(world, world.ann, scopes="contacts")[0])
    answer = _asked(
        world, "POST /user.do", json.dumps(sent | {"format": "json"}), "application/json", Authorization=shown
    )
    assert answer.body["error"] == number


def test_who_calls_is_looked_up_once(world: World):
    shown = programs.bearer(programs.api_token(world, world.ann, scopes="profile subusers")[0])
    body = json.dumps({"credits": 1, "limit": "x", "format": "json"})
    with overheard() as made:
        answer = _asked(world, "POST /user.do", body, "application/json", Authorization=shown)
    assert answer.body["error"] == 1131
    assert [str(call) for call in made if "BatchGetItem" in str(call)].__len__() == 1


def test_bytes_of_a_stranger_are_not_decoded_either(world: World):
    event = Call("POST", "/tokens", world.now, "x").event
    event |= {"body": b64encode(b"\xff\xfe{}").decode(), "isBase64Encoded": True}
    assert door("/tokens")(event, Context())["statusCode"] == 401
