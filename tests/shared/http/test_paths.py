"""The path of a request: below the base path of a domain each route is what it is at the root."""

import re

import pytest

from shared.http import paths
from shared.http.not_offered import FAMILIES
from shared.http.route_rules import BASE, is_smsapi
from tests.support.events import Call, Context, Reply, reply
from tests.support.template import gates, resource_of
from tests.support.world import HANDLERS, NOON, ROUTES, World, door


def _asked(call: Call) -> Reply:
    return reply(door(call.path)(call.event, Context()))


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_answers_below_the_base_path_what_it_answers_at_the_root(world: World, route: str):
    method, path = route.split()
    path = re.sub("{.*?}", "1", path)
    at_root, below = (_asked(Call(method, path, world.now, {"x": 1}, base=base)) for base in ("", BASE))
    if path != "/.well-known/oauth-authorization-server":
        assert (below.status, below.text) == (at_root.status, at_root.text)
    assert {**below.headers, "Set-Cookie": []} == {**at_root.headers, "Set-Cookie": []}
    assert "not_found" not in below.text or "not_found" in at_root.text


@pytest.mark.parametrize("route", sorted(route for route in ROUTES if is_smsapi(route.split()[1])))
def test_what_smsapis_older_clients_put_before_a_path_may_stand_behind_the_base_path_too(world: World, route: str):
    method, path = route.split()
    path = re.sub("{.*?}", "1", path)
    answers = [
        _asked(Call(method, one, world.now, {}, base=base))
        for one, base in ((path, ""), (path, BASE), (f"{BASE}{path}", ""), (f"{BASE}{path}", BASE))
    ]
    assert len({(answer.status, answer.text) for answer in answers}) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_not_offered_is_said_below_the_base_path_too(world: World, family: str):
    root, below = (_asked(Call("GET", f"{family}", world.now, base=base)) for base in ("", BASE))
    assert (below.status, below.text) == (root.status, root.text)


def test_somebody_signs_in_below_the_base_path(world: World):
    challenge = world.post("/login", {"login": "ann", "password": world.ann.password}, base=BASE).body["challenge"][
        "id"
    ]
    session = world.post("/verify-code", {"challenge_id": challenge, "code": world.code()}, base=BASE).body["session"]
    assert world.me(session["token"], base=BASE).status == 200


def test_the_base_path_has_no_part_in_where_an_oauth_client_finds_its_endpoints_but_that_it_is_named(world: World):
    path = "/.well-known/oauth-authorization-server"
    told = world.call("GET", path, base=BASE).body
    assert told["issuer"] == "https://api.example.com/api"
    assert told["token_endpoint"] == "https://api.example.com/api/oauth/token"


@pytest.mark.parametrize(
    ("path", "resource", "found"),
    [
        ("/login", "/login", "/login"),
        ("/api/login", "/login", "/login"),
        ("/api/tokens/api", "/tokens/{token_id}", "/tokens/api"),
        ("/tokens/api", "/tokens/{token_id}", "/tokens/api"),
        ("/apis/login", "/{proxy+}", "/apis/login"),
        ("/api", "/", "/"),
        ("/api/", "/", "/"),
        ("/", "/", "/"),
        ("/api/login", "/api/{proxy+}", "/api/login"),
        ("/api/sms.do", "/api/{proxy+}", "/sms.do"),
        ("/api/sms.do", "/sms.do", "/sms.do"),
        ("/api/api/sms.do", "/api/{proxy+}", "/sms.do"),
        ("/api/contacts/", "/contacts", "/contacts"),
        ("/api/api/login", "/{proxy+}", "/api/login"),
    ],
)
def test_the_path_of_a_route_is_found_by_what_api_gateway_chose(path: str, resource: str, found: str):
    assert paths.path_of({"path": path, "resource": resource, "httpMethod": "GET"}) == found


def test_an_empty_id_behind_a_list_is_no_list_below_the_base_path_either():
    assert paths.path_of({"path": "/api/contacts/", "resource": "/contacts", "httpMethod": "DELETE"}) == "/contacts/"


@pytest.mark.parametrize("path", sorted(gates()))
def test_tests_choose_the_path_of_the_template_that_api_gateway_chooses(path: str):
    asked = path.replace("{proxy+}", "no-such/thing")
    assert resource_of(re.sub("{.*?}", "x", asked)) == path
    assert set(gates().values()) == set(HANDLERS)


# --- Paths that do not exist ------------------------------------------------------------------------------

UNKNOWN = [
    "/",
    "/nope",
    "/account",
    "/login/pass/more",
    "/.env",
    "/index.php",
    "//login",
    "/oauth/",
    "/api",
    "/%2e%2e/x",
]
NONSENSE = [
    {},
    {"Authorization": "Bearer furtka_api_nonsense"},
    {"Authorization": "AWS4-HMAC-SHA256 Credential=x"},
    {"Authorization": "nonsense"},
    {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    {"Content-Type": "multipart/form-data"},
]


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_a_path_that_does_not_exist_is_not_found_whatever_is_sent(method: str, path: str):
    assert resource_of(path) in ("/", "/{proxy+}")
    for headers in NONSENSE:
        answer = _asked(Call(method, path, NOON, "{" if method == "POST" else None, headers=headers))
        assert (answer.status, answer.body["error"]) == (404, "not_found")
        assert answer.body["message"] == "There is nothing at this path."


def test_options_is_a_wrong_method_at_a_path_that_exists():
    answer = _asked(Call("OPTIONS", "/login", NOON))
    assert (answer.status, answer.headers["Allow"]) == (405, ["POST"])
    assert "Access-Control-Allow-Origin" not in answer.headers
