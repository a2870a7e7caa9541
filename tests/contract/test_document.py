"""docs/openapi.json itself: names that stay, a word on everything, and what the table of access says of each route."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from furtka.openapi import answers, document, operations
from furtka.openapi.examples import EXAMPLES
from furtka.openapi.parameters import IN_PATHS
from furtka.openapi.properties import PROPERTIES
from furtka.openapi.schemas import BOUNDS, PARTIAL
from shared.http.route_rules import RULES
from tests.support.world import FROM_PANEL, PASSWORD, World

METHOD = re.compile("[a-z][A-Za-z]+")
IN_QUERIES = ("ListPricesRequest", "ListContactsRequest", "ListGroupsRequest", "ListSubusersRequest")
"""Models that the contract tells as parameters, one by one."""

VERBS = re.compile("^(get|list)")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return document.contract()


def _operations(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, of_path in contract["paths"].items():
        for method, operation in of_path.items():
            yield f"{method.upper()} {path}", operation


def _properties(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, model in contract["components"]["schemas"].items():
        for key, value in model.get("properties", {}).items():
            yield f"{name}.{key}", value


def _parameters(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for route, operation in _operations(contract):
        for one in operation.get("parameters", ()):
            yield f"{route} {one['name']}", one


def test_every_route_has_a_name_of_its_own_that_is_written_down():
    """Clients that were generated call it so: it follows neither a path nor a function that is renamed."""
    assert operations.IDS.keys() == RULES.keys()
    assert len(set(operations.IDS.values())) == len(RULES)
    assert all(METHOD.fullmatch(name) for name in operations.IDS.values())


def test_the_names_of_operations_say_what_a_get_does(contract: dict[str, Any]):
    unread = {route: one["operationId"] for route, one in _operations(contract) if not VERBS.match(one["operationId"])}
    assert {route for route in unread if route.startswith("GET ")} == {
        "GET /ping",
        "GET /carriers/smsapi/{secret}",  # the carrier writes by GET
    }


def test_every_operation_is_in_a_family_and_every_family_is_described(contract: dict[str, Any]):
    described = {tag["name"] for tag in contract["tags"] if tag["description"]}
    assert {tag for _, one in _operations(contract) for tag in one["tags"]} == described


def test_a_route_asks_for_credentials_unless_the_table_lets_anybody_in(contract: dict[str, Any]):
    assert {route for route, one in _operations(contract) if not one["security"]} == {
        route for route, rule in RULES.items() if rule.is_public
    }


def test_every_property_has_a_description(contract: dict[str, Any]):
    assert [name for name, one in _properties(contract) if "description" not in one] == []


def test_every_property_that_is_no_object_has_an_example(contract: dict[str, Any]):
    bare = [name for name, one in _properties(contract) if "examples" not in one and "$ref" not in str(one)]
    assert bare == []


def test_every_parameter_has_a_description_and_an_example_or_choices(contract: dict[str, Any]):
    parameters = dict(_parameters(contract))
    assert [name for name, one in parameters.items() if not one["description"]] == []
    assert [name for name, one in parameters.items() if not {"examples", "enum"} & one["schema"].keys()] == []


def test_nothing_is_described_that_is_not_there(contract: dict[str, Any]):
    names = {one["name"] for _, one in _parameters(contract)}
    told = {name for name, _ in _properties(contract)} | {f"{model}.{name}" for model in IN_QUERIES for name in names}
    names |= {name.partition(".")[2] for name in told}
    for table in (PROPERTIES, EXAMPLES, BOUNDS, IN_PATHS):
        assert [name for name in table if name not in told | names] == []
    assert contract["components"]["schemas"].keys() >= PARTIAL


def test_a_refusal_says_which_credentials_are_taken_and_how_long_to_wait(contract: dict[str, Any]):
    for route, operation in _operations(contract):
        for status, headers in {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}.items():
            answer = operation["responses"].get(status, {})
            shared = contract["components"]["responses"].get(answer.get("$ref", "").rpartition("/")[2], answer)
            assert not shared or headers in shared["headers"], (route, status)


def test_what_opens_or_ends_a_session_says_that_it_sets_cookies(contract: dict[str, Any]):
    says = {
        one["operationId"]
        for _, one in _operations(contract)
        if any("Set-Cookie" in answer.get("headers", {}) for answer in one["responses"].values())
    }
    assert says == answers.SETS_COOKIES


def test_a_browser_that_signs_in_gets_the_cookie_that_the_contract_names(contract: dict[str, Any], world: World):
    world.add("bob", phone=None)
    named = contract["components"]["securitySchemes"]["browser"]["name"]
    body = {"login": "bob", "password": PASSWORD, "transport": "cookie"}
    assert world.post("/login", body, headers=FROM_PANEL).cookie(named)


def test_the_secret_of_the_carriers_address_is_not_told_as_that_of_an_app(contract: dict[str, Any]):
    told = dict(_parameters(contract))["GET /carriers/smsapi/{secret} secret"]
    assert "authenticator" not in told["description"]
    assert EXAMPLES["secret"] not in told["schema"]["examples"]
