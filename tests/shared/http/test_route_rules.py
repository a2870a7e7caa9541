"""The table of access against the doors: every route, asked by everybody who might, opens to those it names alone."""

from typing import Any

import pytest

from furtka import access
from shared.domain.scopes import SCOPES
from shared.domain.tokens import written
from shared.http.route_rules import RULES, UNKNOWN, below_root, path_to_log, rule_of
from shared.http.smsapi.errors import is_legacy
from tests.support.events import Reply
from tests.support.routes import FOR_PROGRAMS, HARMLESS, SENSITIVE
from tests.support.template import ROOT
from tests.support.tokens import given
from tests.support.world import ROUTES, Person, World

BODIES = {**SENSITIVE, **HARMLESS, **FOR_PROGRAMS}
ONLY_A_TEST = {"to": "48600100200", "message": "hello", "test": "1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

FOR_SESSIONS = sorted(route for route, rule in RULES.items() if rule.session)
FOR_TOKENS = sorted(route for route, rule in RULES.items() if rule.scope)
FOR_SESSIONS_ALONE = sorted(set(FOR_SESSIONS) - set(FOR_TOKENS))
FOR_CLIENTS = sorted(route for route, rule in RULES.items() if rule.client)
FOR_OWNERS = sorted(route for route, rule in RULES.items() if rule.owner)
NAMES = (
    *("token_id", "session_id", "device_id", "user_id", "contact_id", "group_id", "record_id"),
    *("message_id", "access_id"),
)


@pytest.fixture
def sub(world: World) -> Person:
    """Somebody who is not the owner of their account."""
    return world.add("sub", phone=None, owner=False)


def _ask(world: World, route: str, token: str = "", body: Any = None) -> Reply:
    """With a body that the route would take."""
    method, path = route.split()
    named = path.format(**dict.fromkeys(NAMES, "0" * 28), name="api", sender="Shop", username="bob")
    body = body or BODIES.get(route)
    if is_legacy(path):
        body = {"format": "json"} | (body or {})
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return world.call(method, named, body, headers=headers | (FORM if RULES[route].client else {}))


def test_every_route_is_in_the_table_and_the_table_names_no_other():
    assert RULES.keys() == ROUTES


def test_the_page_is_what_the_table_says():
    assert (ROOT / "docs/access.md").read_text() == access.page()


def test_a_route_that_is_not_in_the_table_is_for_nobody():
    with pytest.raises(KeyError):
        rule_of("GET", "/account/secrets")


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/login", "/login"),
        ("/tokens/furtka_api_Canary", "/tokens/{token_id}"),
        ("/tokens/furtka_api_Canary/rotate", "/tokens/{token_id}/rotate"),
        ("/contacts/groups", "/contacts/groups"),
        ("/contacts/furtka_api_Canary", "/contacts/{contact_id}"),
        *((path, UNKNOWN) for path in ("/furtka_api_Canary", "/tokens/a/b", "/tokens/", "/", "/login/Canary")),
    ],
)
def test_a_log_line_names_the_route_and_nothing_that_was_typed(path: str, logged: str):
    assert path_to_log(path) == logged


def test_a_name_in_a_path_leads_to_the_rule_of_its_route():
    assert rule_of("DELETE", "/tokens/0123") is RULES["DELETE /tokens/{token_id}"]
    assert rule_of("POST", "/tokens/found") is RULES["POST /tokens/found"]


@pytest.mark.parametrize("route", sorted({*FOR_SESSIONS, *FOR_TOKENS} - {"POST /logout"}))
def test_nothing_that_asks_for_a_proof_opens_without_one(world: World, route: str):
    answer = _ask(world, route)
    assert (answer.outcome, answer.error) == (401, "unauthorized")


@pytest.mark.parametrize("route", FOR_CLIENTS)
def test_nothing_for_clients_opens_without_a_secret(world: World, route: str):
    answer = _ask(world, route, body="token=none&grant_type=client_credentials")
    assert (answer.outcome, answer.error) == (401, "invalid_client")


@pytest.mark.parametrize("route", FOR_SESSIONS_ALONE)
def test_what_is_for_people_takes_no_token_whatever_its_scopes(world: World, route: str):
    answer = _ask(world, route, given(world))
    assert (answer.outcome, answer.error) == (403, "session_only")


@pytest.mark.parametrize("scope", sorted(SCOPES))
@pytest.mark.parametrize("route", FOR_TOKENS)
def test_each_scope_opens_what_the_table_says_and_nothing_else(world: World, route: str, scope: str):
    answer = _ask(world, route, given(world, scopes=scope), ONLY_A_TEST if scope == "sms:test" else None)
    if scope in (RULES[route].scope, RULES[route].also):
        assert answer.outcome not in (401, 403)
    else:
        _lacks(answer, str(RULES[route].scope))


@pytest.mark.parametrize("route", FOR_TOKENS)
def test_all_scopes_but_the_one_that_is_needed_open_nothing(world: World, route: str):
    needed = str(RULES[route].scope)
    _lacks(_ask(world, route, given(world, scopes=written(SCOPES.keys() - {needed, RULES[route].also}))), needed)


@pytest.mark.parametrize("route", FOR_OWNERS)
def test_what_is_the_owners_is_refused_to_everybody_else(world: World, sub: Person, route: str):
    opened = world.sign_in(sub).body["session"]["token"] if RULES[route].session else given(world, sub)
    answer = _ask(world, route, opened)
    assert (answer.outcome, answer.error) == (403, "owner_only")


def _lacks(answer: Reply, scope: str) -> None:
    """As RFC 6750 3.1 has it."""
    assert (answer.outcome, answer.error) == (403, "insufficient_scope")
    assert answer.headers["WWW-Authenticate"] == [f'Bearer realm="furtka", error="insufficient_scope", scope="{scope}"']


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/api/sms.do", "/sms.do"),
        ("/api/contacts/groups/", "/contacts/groups/"),
        ("/api/hlrsync.do", "/hlrsync.do"),
        ("/api/mfa/codes", "/mfa/codes"),
        ("/api/login", "/api/login"),
        ("/api/account/policy", "/api/account/policy"),
        ("/api/api/sms.do", "/api/api/sms.do"),
        ("/apisms.do", "/apisms.do"),
        ("/api", "/api"),
        ("/sms.do", "/sms.do"),
    ],
)
def test_the_api_of_smsapi_alone_is_below_api_too(path: str, below: str):
    assert below_root(path) == below
