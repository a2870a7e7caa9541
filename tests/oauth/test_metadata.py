"""GET /.well-known/oauth-authorization-server: a client finds out by itself where to go (RFC 8414)."""

import re
from typing import Any

import pytest

from furtka.openapi.document import contract
from shared import settings
from shared.domain.scopes import SCOPES
from shared.http.preflight import CLIENT_PATHS
from shared.http.route_rules import RULES
from tests.support import events
from tests.support.events import Call, Context, Reply
from tests.support.template import ROOT
from tests.support.tokens import Held, get_token, look
from tests.support.world import World, door

PATH = "/.well-known/oauth-authorization-server"


def _ask(world: World, headers: dict[str, str] | None = None, **context: Any) -> Reply:
    event = Call("GET", PATH, world.now, headers=headers or {}).event
    event["requestContext"] |= context
    return events.reply(door(PATH)(event, Context()))


@pytest.mark.parametrize("path", [f"{PATH}/", f"{PATH}//"])
def test_a_slash_behind_the_path_changes_no_name(world: World, path: str):
    event = Call("GET", path, world.now).event
    assert events.reply(door(PATH)(event, Context())).body == _ask(world).body


def test_it_names_the_endpoints_and_what_they_take(world: World):
    answer = _ask(world)
    assert (answer.status, answer.headers["Content-Type"]) == (200, ["application/json"])
    methods = ["client_secret_basic", "client_secret_post"]
    assert answer.body == {
        "issuer": "https://api.example.com/live",
        "token_endpoint": "https://api.example.com/live/oauth/token",
        "introspection_endpoint": "https://api.example.com/live/oauth/introspect",
        "revocation_endpoint": "https://api.example.com/live/oauth/revoke",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "service_documentation": "https://panel.example.com",
    }


def test_every_endpoint_that_it_names_is_a_route_for_clients(world: World):
    body = _ask(world).body
    named = {f"POST {url.removeprefix(body['issuer'])}" for name, url in body.items() if name.endswith("_endpoint")}
    assert named == {route for route, rule in RULES.items() if rule.client}


@pytest.mark.parametrize(
    ("headers", "context", "issuer"),
    [
        ({"X-Forwarded-Proto": "https"}, {"path": f"/live{PATH}"}, "https://api.example.com/live"),
        ({}, {"domainName": "gate.example.org", "path": PATH}, "https://gate.example.org"),
        ({"x-forwarded-proto": "http"}, {"domainName": "127.0.0.1:3000", "path": PATH}, "http://127.0.0.1:3000"),
        ({"X-Forwarded-Proto": "javascript"}, {"path": PATH}, "https://api.example.com"),
        ({"Host": "evil.example", "X-Forwarded-Host": "evil.example"}, {"path": PATH}, "https://api.example.com"),
        ({"Host": "emulator:4566"}, {"domainName": None, "path": PATH}, "https://emulator:4566"),
    ],
)
def test_the_issuer_is_where_it_was_asked_for(
    world: World, headers: dict[str, str], context: dict[str, Any], issuer: str
):
    assert _ask(world, headers, **context).body["issuer"] == issuer


def test_introspection_names_the_same_issuer(world: World, client: Held):
    told = look(world, client, get_token(world, client))
    assert told["iss"] == told["aud"] == _ask(world).body["issuer"]


def test_it_is_told_to_anybody_and_stored_nowhere(world: World):
    assert _ask(world, {"Authorization": "Bearer x"}).status == 200
    assert _ask(world).headers["Cache-Control"] == ["no-store"]


def test_a_wrong_method_is_refused_in_the_usual_shape(world: World):
    answer = world.post(PATH)
    assert (answer.status, answer.error, answer.headers["Allow"]) == (405, "method_not_allowed", ["GET"])


def test_the_page_on_oauth_names_every_route_and_every_refusal():
    page = (ROOT / "docs" / "oauth.md").read_text()
    declared = contract()["paths"]
    for path in sorted(CLIENT_PATHS):
        assert f"`POST {path}`" in page
        answers = declared[path]["post"]["responses"].values()
        told = " ".join(answer["description"] for answer in answers if "$ref" not in answer)
        assert set(re.findall("`[a-z_]+`:", told)) <= {f"{word}:" for word in re.findall("`[a-z_]+`", page)}
    assert f"`GET {PATH}`" in page


def test_before_the_panels_address_is_known_it_names_itself(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "PANEL_ORIGIN", "")
    assert _ask(world).body["service_documentation"] == "https://api.example.com/live"
