"""Another API of the platform, deployed from the example's own template, asks the deployed authorizer."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e import deployment, people
from tests.e2e.deployment import Stack
from tests.e2e.emulator import ROOT, Emulator
from tests.e2e.people import HTTP, PASSWORD, Answer, Person, bearer

EXAMPLE = ROOT / "examples" / "protected-api" / "template.yaml"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.9"
API_PASSWORD = "Maszynownia-12"


def _deployed(cloud: Emulator, stack: Stack, folder: Any, name: str, **more: str) -> Stack:
    parameters = {"AuthorizerArn": stack.outputs["AuthorizerArn"], **more}
    return deployment.deploy(cloud, deployment.build(cloud, folder.mktemp(name), EXAMPLE), name, parameters)


@pytest.fixture(scope="module")
def protected(cloud: Emulator, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The example beside Furtka, whose own function looks at the scopes."""
    return _deployed(cloud, stack, tmp_path_factory, "protected")


@pytest.fixture(scope="module")
def selective(cloud: Emulator, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The example that leaves it to Furtka to look at the scopes."""
    return _deployed(cloud, stack, tmp_path_factory, "selective", NeededScope="sms,contacts")


def asks(api: Stack, headers: Mapping[str, str], address: str = HERE) -> Answer:
    """GET /messages of the example. Ministack takes the client's word for their address, AWS does not."""
    answer = HTTP.request("GET", f"{api.url}/messages", headers={**headers, "X-Forwarded-For": address})
    return Answer(answer.status, answer.data.decode(), answer.headers)


def makes_token(owner: Person, session: str, **wanted: Any) -> tuple[dict[str, str], str]:
    """The header that shows a new token, and the token's path."""
    order = {"name": "sklep", "scopes": ["sms"], **wanted}
    made = owner.sends("POST", "/tokens", order, bearer(session))
    assert made.status == 201, made
    return bearer(made.body["access_token"]), f"/tokens/{made.body['id']}"


def basic(login: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{login}:{password}".encode()).decode()}


def test_a_token_gets_through_and_the_api_behind_knows_whose_it_is(owner: Person, protected: Stack):
    shown, path = makes_token(owner, owner.opens_session(), rate_limit=600)
    answer = asks(protected, shown)
    assert answer.status == 200, answer
    known = answer.body
    assert (known["login"], known["role"], known["kind"], known["scopes"]) == (owner.login, "owner", "token", "sms")
    assert path == f"/tokens/{known['token_id']}"
    assert known["rate_limit"] == "600"


def test_a_token_that_is_switched_off_or_deleted_is_refused_at_once(owner: Person, protected: Stack):
    session = owner.opens_session()
    shown, path = makes_token(owner, session)
    for method, body in (("PATCH", {"active": False}), ("DELETE", None)):
        assert asks(protected, shown).status == 200
        owner.may(session, method, path, body)
        assert asks(protected, shown).status == 401
        if method == "PATCH":
            owner.may(session, "PATCH", path, {"active": True})


def test_without_a_token_that_works_the_answer_is_the_apis_own_401(owner: Person, protected: Stack):
    for headers in ({}, bearer("furtka_api_garbage"), basic(owner.login, PASSWORD), {"Authorization": "Token x"}):
        answer = asks(protected, headers)
        assert (answer.status, answer.body["error"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="furtka"'
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_session_gets_through_until_it_ends(owner: Person, protected: Stack):
    token = owner.opens_session()
    assert asks(protected, bearer(token)).body["kind"] == "session"
    assert owner.sends("POST", "/logout", headers=bearer(token)).status == 204
    assert asks(protected, bearer(token)).status == 401


def test_one_who_is_switched_off_is_refused_with_all_that_they_have(owner: Person, protected: Stack):
    session = owner.opens_session()
    shown, _ = makes_token(owner, session)
    people.operate(owner, "disable")
    assert [asks(protected, headers).status for headers in (shown, bearer(session))] == [401, 401]


def test_a_token_is_denied_in_furtkas_words(owner: Person, protected: Stack):
    shown, _ = makes_token(owner, owner.opens_session(), ip_list=[HERE])
    assert asks(protected, shown).status == 200
    answer = asks(protected, shown, ELSEWHERE)
    assert (answer.status, answer.body["error"]) == (403, "address_not_allowed")
    assert "address" in answer.body["message"]


def test_the_api_behind_refuses_a_token_without_its_scope(owner: Person, protected: Stack):
    shown, _ = makes_token(owner, owner.opens_session(), scopes=["contacts"])
    answer = asks(protected, shown)
    assert (answer.status, answer.body["error"]) == (403, "insufficient_scope")


def test_an_api_that_names_its_scopes_is_spared_everybody_without_them(owner: Person, selective: Stack):
    session = owner.opens_session()
    shown, _ = makes_token(owner, session, scopes=["sms", "contacts"])
    assert asks(selective, shown).status == 200
    narrow, _ = makes_token(owner, session)
    answer = asks(selective, narrow)
    assert (answer.status, answer.body["error"]) == (403, "insufficient_scope")


def test_a_login_and_a_password_get_through_where_the_account_takes_them(owner: Person, protected: Stack):
    session, shown = owner.opens_session(), basic(owner.login, API_PASSWORD)
    owner.may(session, "PUT", "/account/api-password", {"password": API_PASSWORD})
    assert asks(protected, shown).status == 401
    listed = {"enabled": True, "entries": [{"source": HERE}]}
    owner.may(session, "PUT", "/account/ip-lists/api", listed)
    assert owner.may(session, "PUT", "/account/legacy-api", {"enabled": True})["enabled"]
    assert asks(protected, shown).body["kind"] == "password"
    assert asks(protected, shown, ELSEWHERE).body["error"] == "address_not_allowed"
    owner.may(session, "DELETE", "/account/api-password")
    assert asks(protected, shown).status == 401


def test_the_authorizers_log_says_why_and_nothing_secret(owner: Person, protected: Stack):
    shown, _ = makes_token(owner, owner.opens_session(), ip_list=[HERE])
    asks(protected, shown, ELSEWHERE)
    asks(protected, basic(owner.login, API_PASSWORD))
    logs = owner.stack.logs()
    assert '"reason":"AddressNotAllowed"' in logs
    secrets = (shown["Authorization"].split()[1], API_PASSWORD, basic(owner.login, API_PASSWORD)["Authorization"][6:])
    assert [secret for secret in secrets if secret in logs] == []
