"""The contract against the table of routes: who may ask is documented where it can happen, and nowhere else."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from shared.domain.scopes import LEGACY_SCOPES
from shared.http import openapi
from shared.http.route_rules import ACTIONS, RULES, Rule
from shared.http.routing import Route
from shared.http.smsapi.errors import is_legacy
from tests.support.template import ROOT
from tests.support.world import HANDLERS

ROUTES = {route.name: route for handler in HANDLERS.values() for route in handler.routes}
TOLD = sorted(name for name, route in ROUTES.items() if not is_legacy(route.path))
"""A `*.do` answers 200 whatever it says; its numbers are those of the clients' contract."""

WHO_MAY_ASK: dict[str, Callable[[Rule], object]] = {
    "owner_only": lambda rule: rule.owner,
    "insufficient_user_authentication": lambda rule: rule.step_up,
    "password_change_required": lambda rule: rule.session and not rule.overdue,
    "session_only": lambda rule: rule.session and not rule.scope,
    "insufficient_scope": lambda rule: rule.scope,
    "unauthorized": lambda rule: rule.session or rule.scope,
    "invalid_token": lambda rule: rule.session or rule.scope,
    "invalid_client": lambda rule: rule.client,
    "invalid_credentials": lambda rule: rule.scope in LEGACY_SCOPES,
    "address_not_allowed": lambda rule: (rule.session or rule.scope) and not rule.client,
}
"""Each code by the question of the table that it answers."""

OWN = {
    ("POST /login", "invalid_credentials"),
    ("POST /login", "address_not_allowed"),
    ("POST /session/confirm", "invalid_credentials"),
    ("POST /verify-code", "address_not_allowed"),
    ("POST /password-reset/confirm", "address_not_allowed"),
    ("POST /account/password", "invalid_credentials"),
    ("POST /ip-lists/break-glass", "invalid_credentials"),
    ("GET /account/activity", "owner_only"),
    ("DELETE /tokens/{token_id}", "insufficient_user_authentication"),
    ("DELETE /tokens/{token_id}", "session_only"),
    ("PATCH /tokens/{token_id}", "insufficient_user_authentication"),
    ("PUT /account/session-length", "insufficient_user_authentication"),
}
"""What a door's own flow refuses with such a code: a proof in the body, or part of a route that is for some alone."""


@cache
def _contract() -> dict[str, Any]:
    contract: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text())
    return contract


def _documented(route: Route) -> set[str]:
    """The codes that the contract names for *route*."""
    answers = _contract()["paths"][route.path][route.method.lower()]["responses"]
    texts = [line for answer in answers.values() for line in answer.get("description", "").split("\n\n")]
    return {text[1:].partition("`")[0] for text in texts if text.startswith("`")}


@pytest.mark.parametrize("name", TOLD)
def test_who_may_ask_is_told_where_the_table_says_so_and_nowhere_else(name: str):
    expected = {code for code, is_so in WHO_MAY_ASK.items() if is_so(RULES[name])}
    own = {code for route, code in OWN if route == name}
    assert _documented(ROUTES[name]) & WHO_MAY_ASK.keys() == expected | own


def test_each_exception_is_a_refusal_that_its_door_declares():
    for name, code in OWN:
        assert code in {reason.code for reason in ROUTES[name].refuses}


@pytest.mark.parametrize("name", TOLD)
def test_a_door_declares_no_refusal_that_follows_from_its_rule(name: str):
    route = ROUTES[name]
    derived = openapi.reasons(Route(route.method, route.path, route.function, route.status, "", None, ()))
    assert not derived & set(route.refuses)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_the_contract_says_what_each_route_takes(name: str):
    route, rule = ROUTES[name], RULES[name]
    ways = _contract()["paths"][route.path][route.method.lower()]["security"]
    taken = {
        "session": rule.session,
        "browser": rule.session,
        "token": rule.scope,
        "oauth": rule.scope,
        "password": rule.scope in LEGACY_SCOPES,
        "client": rule.client,
    }
    expected = {way for way, is_taken in taken.items() if is_taken}
    named = {
        way for other in ACTIONS.get(route.path, {}).values() for way in ("password",) if other.scope in LEGACY_SCOPES
    }
    assert {way for one in ways for way in one} == expected | named
