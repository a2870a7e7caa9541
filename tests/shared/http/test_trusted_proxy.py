"""Behind a declared CloudFront: who it brings comes from their own address, and nobody comes past it."""

import json
import re
from typing import Any

import boto3
import pytest

from shared import policy, secret_store, settings
from shared.errors import NotThroughProxy
from shared.http import trusted_proxy
from shared.http.preflight import CLIENT_PATHS
from shared.http.route_rules import is_smsapi
from shared.http.smsapi.errors import is_legacy
from tests.account import ip_lists
from tests.support.calls import FAULTS, failing, overheard
from tests.support.events import Call, Context, Reply, reply
from tests.support.template import resources
from tests.support.world import HANDLERS, ORIGIN_SECRET, ROUTES, World, door

CURRENT, NEXT = ORIGIN_SECRET, "CanaryOfTheNextOriginSecret012345"
EDGE = "130.176.0.9"
VIEWER = "203.0.113.77"
NAME = "origin-secrets"

by_route = pytest.mark.parametrize("route", sorted(ROUTES))


@pytest.fixture
def behind(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The stack behind CloudFront."""
    monkeypatch.setattr(settings, "ORIGIN_SECRETS", NAME)
    secret_store.provider().clear_cache()
    return world


def _keep(**secrets: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString=json.dumps(secrets))
    secret_store.provider().clear_cache()


def by(viewer: str = f"{VIEWER}:46532", secret: str = CURRENT) -> dict[str, Any]:
    """What CloudFront adds to a request."""
    headers = {"X-Origin-Secret": secret, "CloudFront-Viewer-Address": viewer}
    return {"headers": headers, "address": EDGE}


def _ask(route: str, world: World, **more: Any) -> Reply:
    method, path = route.split()
    call = Call(method, re.sub("{.*?}", "1", path), world.now, {"x": 1}, **more)
    return reply(door(call.path)(call.event, Context()))


@by_route
def test_who_comes_past_cloudfront_is_refused_in_the_shape_of_the_route(behind: World, route: str):
    path = route.split()[1]
    for headers in ({}, {"X-Origin-Secret": ""}, {"X-Origin-Secret": "x" * 64}, {"x-origin-secret": f" {CURRENT}"}):
        with overheard() as made:
            answer = _ask(route, behind, headers={**by()["headers"], **headers} if headers else headers)
        assert {call.operation for call in made} <= {"GetSecretValue"}
        if is_legacy(path):
            assert (answer.status, answer.text) == (200, "ERROR:105")
        else:
            code = "invalid_request" if path in CLIENT_PATHS else "not_through_proxy"
            assert (answer.status, answer.error) == (403, code)
        assert ("errors" in (answer.text or "")) == (is_smsapi(path) and not is_legacy(path))


@by_route
def test_who_comes_through_cloudfront_is_answered_as_if_they_came_straight(
    behind: World, route: str, monkeypatch: pytest.MonkeyPatch
):
    brought = _ask(route, behind, **by())
    monkeypatch.setattr(settings, "ORIGIN_SECRETS", "")
    straight = _ask(route, behind, address=VIEWER)
    assert (brought.status, brought.text) == (straight.status, straight.text)
    assert {**brought.headers, "Set-Cookie": []} == {**straight.headers, "Set-Cookie": []}


@by_route
def test_without_the_mode_its_headers_mean_nothing(world: World, route: str):
    plain, with_them = _ask(route, world), _ask(route, world, headers=by("192.0.2.1:1")["headers"])
    assert (with_them.status, with_them.text) == (plain.status, plain.text)


def test_without_the_mode_an_event_stays_as_it_is(world: World):
    event = Call("GET", "/session", world.now, headers=by()["headers"]).event
    assert trusted_proxy.unwrapped(event) is event


def test_nothing_behind_sees_the_secret_or_the_header(behind: World):
    event = Call("GET", "/session", behind.now, **by()).event
    straight = Call("GET", "/session", behind.now, address=VIEWER).event
    assert trusted_proxy.unwrapped(event) == straight


@pytest.mark.parametrize(
    ("viewer", "address"),
    [
        ("198.51.100.10:46532", "198.51.100.10"),
        ("2001:db8:1::7:46532", "2001:db8:1::7"),
        ("2001:0db8:0001:0000:0000:0000:0000:0007:1", "2001:db8:1::7"),
        ("[2001:db8:1::7]:46532", "2001:db8:1::7"),
        ("::ffff:198.51.100.10:46532", "198.51.100.10"),
        ("::1:65535", "::1"),
    ],
)
def test_the_viewers_address_is_read_without_its_port(behind: World, viewer: str, address: str):
    event = trusted_proxy.unwrapped(Call("GET", "/session", behind.now, **by(viewer)).event)
    assert event["requestContext"]["identity"]["sourceIp"] == address


@pytest.mark.parametrize(
    "viewer",
    [
        *("", "198.51.100.10", "198.51.100.10:", "198.51.100.10:x", "198.51.100.10:٣", "300.1.1.1:1", ":1"),
        *("198.51.100.10, 203.0.113.9:1", "198.51.100.10:1, 203.0.113.9:2", "fe80::1%en0:1", "unknown:1", "1:1"),
    ],
)
def test_without_a_readable_address_nobody_is_let_in(behind: World, viewer: str):
    with pytest.raises(NotThroughProxy):
        trusted_proxy.unwrapped(Call("GET", "/session", behind.now, **by(viewer)).event)


@pytest.mark.parametrize("name", ["X-Origin-Secret", "CloudFront-Viewer-Address"])
def test_a_header_that_is_there_twice_is_taken_for_none(behind: World, name: str):
    event = Call("GET", "/session", behind.now, **by()).event
    event["multiValueHeaders"][name.lower()] = ["192.0.2.1:1" if "Viewer" in name else CURRENT]
    with pytest.raises(NotThroughProxy):
        trusted_proxy.unwrapped(event)


@pytest.mark.parametrize("secret", ["\ud800", "é" * 32, CURRENT.lower(), CURRENT[:-1], f"{CURRENT}x"])
def test_only_the_secret_itself_is_taken(behind: World, secret: str):
    with pytest.raises(NotThroughProxy):
        trusted_proxy.unwrapped(Call("GET", "/session", behind.now, **by(secret=secret)).event)


def test_a_rotation_refuses_nobody(behind: World):
    """First the next secret is known, then CloudFront sends it, then it is the current one."""
    for kept, sent in (
        ({"current": CURRENT, "next": ""}, CURRENT),
        ({"current": CURRENT, "next": NEXT}, CURRENT),
        ({"current": CURRENT, "next": NEXT}, NEXT),
        ({"current": NEXT, "next": ""}, NEXT),
    ):
        _keep(**kept)
        assert behind.call("POST", "/login", {}, **by(secret=sent)).status == 422
    assert behind.call("POST", "/login", {}, **by(secret=CURRENT)).error == "not_through_proxy"


@pytest.mark.parametrize("kept", [{}, {"current": "", "next": ""}, {"current": "x" * 31}, {"other": CURRENT}])
def test_without_a_secret_worth_the_name_nobody_is_let_in(behind: World, kept: dict[str, str]):
    _keep(**kept)
    shown = next(iter(kept.values()), "")
    answer = behind.call("POST", "/login", {}, **by(secret=shown))
    assert (answer.status, answer.error) == (503, "unavailable")


@pytest.mark.parametrize("fault", FAULTS)
def test_secrets_that_cannot_be_read_are_a_503_and_let_nobody_in(behind: World, fault: str):
    for secret in (CURRENT, "x" * 64):
        with failing(0, FAULTS[fault]):
            answer = behind.call("GET", "/session", **by(secret=secret))
        secret_store.provider().clear_cache()
        assert (answer.status, answer.error) == (503, "unavailable")


def test_the_secrets_are_read_once_and_kept(behind: World):
    with overheard() as made:
        for secret in (CURRENT, "x" * 64, CURRENT, ""):
            behind.call("GET", "/ping", **by(secret=secret))
    assert [call.arguments["SecretId"] for call in made if call.operation == "GetSecretValue"] == [NAME]
    assert policy.KEYS_KEPT_FOR


def test_a_path_that_does_not_exist_is_not_found_by_whichever_way(behind: World):
    with overheard() as made:
        assert behind.call("GET", "/nope").error == behind.call("GET", "/nope", **by()).error == "not_found"
    assert made == []


def test_ip_lists_limits_and_the_activity_see_the_viewers_address(behind: World):
    answer = behind.sign_in(**by())
    opened = behind.verify(str(answer.body["challenge"]["id"]), behind.code(), **by())
    token = opened.body["session"]["token"]
    shown = {"Authorization": f"Bearer {token}"}

    def asks(method: str, path: str, body: object = None, *, viewer: str = VIEWER) -> Reply:
        brought = by(f"{viewer}:1")
        return behind.call(method, path, body, headers=shown | brought["headers"], address=EDGE)

    entries = asks("GET", "/account/activity").body["entries"]
    assert {entry["address"] for entry in entries} == {VIEWER}
    listed = {"enabled": True, "entries": [{"source": VIEWER}]}
    assert asks("PUT", f"{ip_lists.PATH}/panel", listed).status == 200
    assert asks("GET", "/session").status == 200
    assert asks("GET", "/session", viewer="203.0.113.78").error == "address_not_allowed"


def test_every_function_with_routes_may_read_the_secret_and_no_other():
    granted = resources("AWS::IAM::Policy")["OriginSecretsAreRead"]
    assert {role["Ref"] for role in granted["Roles"]} == {
        f"{name}Role" for name, handler in HANDLERS.items() if handler.routes.declared
    }
    (statement,) = granted["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "OriginSecrets"})
