"""Another API of the platform beside the local stack: examples/protected-api, which asks Furtka's authorizer."""

import pytest
import requests

from tests.journeys.client import Stack
from tests.journeys.people import Person

PATIENCE = 120  # seconds


def asked(stack: Stack, shown: str = "", path: str = "/messages") -> requests.Response:
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    return requests.get(f"{stack.also}{path}", headers=headers, timeout=PATIENCE)


def token(person: Person, scopes: str) -> tuple[str, str]:
    """Return an API token and its id."""
    made = person.gets(person.sign_in(), "POST", "/tokens", {"name": "Shop", "scopes": scopes})
    return made["access_token"], made["id"]


def test_whoever_may_send_sms_is_known_to_the_api_behind(stack: Stack):
    answer = asked(stack, stack.demo["api_token"])
    assert answer.status_code == 200, answer.text
    assert (answer.json()["login"], answer.json()["role"], answer.json()["kind"]) == ("demo", "owner", "token")
    assert all(isinstance(value, str) for value in answer.json().values())


@pytest.mark.parametrize("shown", ["", "nonsense", "furtka_api_forged"])
def test_nobody_else_gets_past_the_gateway(stack: Stack, shown: str):
    answer = asked(stack, shown)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="furtka"'


def test_without_the_scope_that_the_stage_asks_for_furtka_refuses_in_its_own_words(stack: Stack, person: Person):
    secret, _ = token(person, "contacts")
    answer = asked(stack, secret)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert answer.json()["message"]
    assert "$context" not in answer.text


def test_a_token_that_is_deleted_is_nobodys_at_once(stack: Stack, person: Person):
    secret, token_id = token(person, "sms")
    assert asked(stack, secret).status_code == 200
    person.gets(person.sign_in(), "DELETE", f"/tokens/{token_id}")
    assert asked(stack, secret).status_code == 401


def test_a_path_that_is_none_is_answered_in_the_words_of_its_template(stack: Stack):
    answer = asked(stack, path="/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
