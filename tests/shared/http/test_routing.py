"""The routes of a door: a path is found as API Gateway finds it, and only with a rule in the table."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from pydantic import BaseModel

from shared.errors import NotFound, Outrun
from shared.http import route_rules
from shared.http.route_rules import PUBLIC
from shared.http.routing import Routes


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = ("GET /shops", "POST /shops", "GET /shops/{shop_id}", "DELETE /shops/{shop_id}", "GET /shops/best")
    for rule in rules:
        monkeypatch.setitem(route_rules.RULES, rule, PUBLIC)


def serve() -> None:
    """Serve a request."""


def declared(*names: str) -> Routes:
    routes = Routes()
    for name in names:
        routes.route(*name.split())(serve)
    return routes


def test_a_path_accepts_each_method_that_is_declared_for_it_and_has_a_rule():
    routes = declared("GET /shops", "POST /shops", "PUT /shops", "DELETE /shops/{shop_id}")
    assert routes.methods_at("/shops") == {"GET", "POST"}


def test_a_rule_without_a_route_opens_nothing():
    assert declared("GET /shops").methods_at("/shops") == {"GET"}
    assert declared("GET /shops").methods_at("/shops/best") == set()


@pytest.mark.parametrize("path", ["/", "/shop", "/shops/", "/shops/1/2", "/x/shops/1", "/shops\n"])
def test_a_path_that_is_none_accepts_nothing(path: str):
    assert declared("GET /shops", "GET /shops/{shop_id}").methods_at(path) == set()


def test_any_text_without_a_slash_stands_for_a_variable():
    routes = declared("GET /shops/{shop_id}", "DELETE /shops/{shop_id}")
    for path in ("/shops/1", "/shops/a b", "/shops/{shop_id}"):
        assert routes.methods_at(path) == {"GET", "DELETE"}


def test_a_path_without_a_variable_comes_before_one_with_a_variable():
    routes = declared("GET /shops/{shop_id}", "DELETE /shops/{shop_id}", "GET /shops/best")
    assert routes.methods_at("/shops/best") == {"GET"}


def test_a_path_whose_route_has_no_rule_hides_nothing():
    routes = declared("GET /shops/{shop_id}", "PUT /shops/worst")
    assert routes.methods_at("/shops/worst") == {"GET"}


def test_routes_stand_in_the_order_in_which_they_were_declared_and_included():
    routes = declared("GET /shops")
    routes.include(declared("POST /shops", "GET /shops/best"), declared("GET /shops/{shop_id}"))
    assert [route.name for route in routes] == ["GET /shops", "POST /shops", "GET /shops/best", "GET /shops/{shop_id}"]


SHORT: dict[str, Callable[..., Callable[..., object]]] = {
    "GET": Routes.get,
    "HEAD": Routes.head,
    "POST": Routes.post,
    "PUT": Routes.put,
    "PATCH": Routes.patch,
    "DELETE": Routes.delete,
}


class Shop(BaseModel):
    """A shop."""


@pytest.mark.parametrize("method", SHORT)
def test_a_function_is_declared_with_its_facts_and_stays_what_it_is(method: str):
    routes = Routes()
    facts = {"status": 201, "success": "Opened.", "response_model": Shop, "refuses": [NotFound, Outrun]}
    assert SHORT[method](routes, "/shops", **facts)(serve) is serve
    (route,) = routes
    assert (route.method, route.path, route.function, route.name) == (method, "/shops", serve, f"{method} /shops")
    assert (route.status, route.success, route.response_model) == (201, "Opened.", Shop)
    assert route.refuses == (NotFound, Outrun)


def test_without_facts_a_route_answers_200_and_refuses_nothing_of_its_own():
    (route,) = declared("GET /shops")
    assert (route.status, route.success, route.response_model, route.refuses) == (HTTPStatus.OK, "", None, ())
