"""The entry point of every function: the table of routes is asked before anything else."""

import json

from shared.http import route_rules
from shared.http.app import serve
from shared.http.dependencies import Person
from shared.http.routing import Routes
from tests.support.events import Call, Context
from tests.support.world import NOON, World

routes = Routes()


@routes.get("/account/hello")
@routes.get("/account/hello/{name}")
@routes.post("/ping")
def greet() -> dict[str, str]:
    return {"hello": "you"}


@routes.get("/ping")
def get_ping() -> dict[str, str]:
    return {"hello": "you"}


@routes.get("/account/policy")
def tell_anybody() -> dict[str, str]:
    return {"secret": "of the account"}


@routes.put("/account/policy")
def tell_whoever_is_signed_in(person: Person) -> dict[str, str]:
    return {"hello": person.user.login}


serving = serve(routes)


def ask(method: str, path: str) -> tuple[int, dict[str, str], dict[str, list[str]]]:
    answer = serving(Call(method, path, NOON).event, Context())
    return answer["statusCode"], json.loads(answer["body"]), answer["multiValueHeaders"]


def test_a_route_without_a_rule_answers_nobody(world: World):
    assert "GET /account/hello" not in route_rules.RULES
    for path in ("/account/hello", "/account/hello/", "/account/hello/ann"):
        status, body, _ = ask("GET", path)
        assert (status, body["error"]) == (404, "not_found")


def test_a_method_without_a_rule_is_none_of_its_path(world: World):
    status, body, headers = ask("POST", "/ping")
    assert (status, body["error"]) == (405, "method_not_allowed")
    assert headers["Allow"] == ["GET"]


def test_a_route_answers_from_the_moment_that_it_has_a_rule(world: World, monkeypatch):
    monkeypatch.setitem(route_rules.RULES, "GET /account/hello", route_rules.PUBLIC)
    assert ask("GET", "/account/hello")[:2] == (200, {"hello": "you"})
    assert ask("GET", "/account/hello/ann")[0] == 404


def test_a_route_that_is_not_for_anybody_and_does_not_ask_who_calls_answers_nobody(world: World):
    assert not route_rules.RULES["GET /account/policy"].is_public
    status, body, headers = ask("GET", "/account/policy")
    assert (status, body["error"], headers["Allow"]) == (405, "method_not_allowed", ["PUT"])
    assert ask("PUT", "/account/policy")[:1] == (401,)


def test_a_name_with_characters_that_no_id_has_leads_nowhere(world: World, monkeypatch):
    monkeypatch.setitem(route_rules.RULES, "GET /account/hello/{name}", route_rules.PUBLIC)
    status, body, _ = ask("GET", "/account/hello/a\nb")
    assert (status, body["error"]) == (404, "not_found")
