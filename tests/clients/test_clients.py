"""Clients that others wrote, unmodified, against the stack of this machine: Authlib, requests-oauthlib, oauth4webapi.

They are in one file, so that they share one stack.
"""

import json
import subprocess
from pathlib import Path

import authlib.integrations.requests_client as authlib
import pytest
import requests
import requests_oauthlib
from authlib.integrations.base_client import OAuthError
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, InvalidScopeError
from requests.auth import HTTPBasicAuth

from tests.clients.conftest import HERE, Registered
from tests.support import npm
from tests.support.local import PATIENCE

METHODS = ["client_secret_basic", "client_secret_post"]

# --- Authlib ----------------------------------------------------------------------------------------------


def _authlib(client: Registered, method: str = METHODS[0], **more: str) -> authlib.OAuth2Session:
    return authlib.OAuth2Session(
        client.client_id,
        more.get("secret", client.client_secret),
        scope=more.get("scope"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )


@pytest.mark.parametrize("method", METHODS)
def test_authlib_gets_a_token_asks_about_it_uses_it_and_gives_it_back(client: Registered, method: str):
    where = client.metadata
    with _authlib(client, method, scope="tokens") as session:
        token = session.fetch_token(where["token_endpoint"])
        assert (token["token_type"], token["scope"]) == ("Bearer", "tokens")
        assert session.get(f"{client.url}/tokens").status_code == 200
        told = session.introspect_token(where["introspection_endpoint"], token=token["access_token"]).json()
        assert told["active"]
        assert (told["client_id"], told["scope"], told["iss"]) == (client.client_id, "tokens", where["issuer"])
        revoked = session.revoke_token(where["revocation_endpoint"], token=token["access_token"])
        assert revoked.status_code == 200
        again = session.introspect_token(where["introspection_endpoint"], token=token["access_token"])
        assert again.json() == {"active": False}
    assert not client.is_taken(token["access_token"])


def test_authlib_understands_why_it_gets_none(client: Registered):
    where = client.metadata
    for session, error in (
        (_authlib(client, secret="wrong"), "invalid_client"),
        (_authlib(client, scope="contacts"), "invalid_scope"),
    ):
        with session, pytest.raises(OAuthError) as refused:
            session.fetch_token(where["token_endpoint"])
        assert refused.value.error == error
        assert refused.value.description


def test_authlib_is_told_that_nothing_is_granted_for_a_password(client: Registered):
    with _authlib(client) as session, pytest.raises(OAuthError) as refused:
        session.fetch_token(client.metadata["token_endpoint"], username="ann", password="x")
    assert refused.value.error == "unsupported_grant_type"


# --- requests-oauthlib: what it does not send itself it prepares for requests ----------------------------


@pytest.fixture
def without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own switch for a stack on this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def _oauthlib(client: Registered, scope: list[str] | None = None) -> requests_oauthlib.OAuth2Session:
    return requests_oauthlib.OAuth2Session(client=BackendApplicationClient(client.client_id, scope=scope))


def test_requests_oauthlib_gets_a_token_by_basic_uses_it_and_gives_it_back(client: Registered, without_tls: None):
    where, proof = client.metadata, HTTPBasicAuth(client.client_id, client.client_secret)
    with _oauthlib(client) as session:
        token = session.fetch_token(where["token_endpoint"], auth=proof)
        assert token["scope"] == ["sms", "tokens"]
        assert session.get(f"{client.url}/tokens").status_code == 200
        asked = {"token": token["access_token"], "token_type_hint": "access_token"}
        assert requests.post(where["introspection_endpoint"], asked, auth=proof, timeout=PATIENCE).json()["active"]
        prepare = BackendApplicationClient(client.client_id).prepare_token_revocation_request
        url, headers, body = prepare(where["revocation_endpoint"], token["access_token"])
        assert requests.post(url, body, headers=headers, auth=proof, timeout=PATIENCE).status_code == 200
        assert requests.post(where["introspection_endpoint"], asked, auth=proof, timeout=PATIENCE).json() == {
            "active": False
        }
    assert not client.is_taken(token["access_token"])


def test_requests_oauthlib_gets_a_token_by_the_form(client: Registered, without_tls: None):
    with _oauthlib(client, ["sms"]) as session:
        token = session.fetch_token(
            client.metadata["token_endpoint"],
            client_id=client.client_id,
            client_secret=client.client_secret,
            include_client_id=True,
        )
    assert token["scope"] == ["sms"]


def test_requests_oauthlib_understands_why_it_gets_none(client: Registered, without_tls: None):
    url = client.metadata["token_endpoint"]
    with _oauthlib(client) as session, pytest.raises(InvalidClientError):
        session.fetch_token(url, auth=HTTPBasicAuth(client.client_id, "wrong"))
    with _oauthlib(client, ["contacts"]) as session, pytest.raises(InvalidScopeError):
        session.fetch_token(url, auth=HTTPBasicAuth(client.client_id, client.client_secret))


# --- oauth4webapi, from npm -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["basic", "post"])
def test_oauth4webapi_finds_the_endpoints_gets_a_token_uses_it_and_gives_it_back(
    client: Registered, modules: Path, method: str
):
    """It checks each answer against the RFCs itself."""
    script = str(HERE / "oauth4webapi.mjs")
    command = [npm.NODE, script, str(modules), client.url, client.client_id, client.client_secret, method]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["server"] == client.metadata
    assert (seen["granted"]["token_type"], seen["granted"]["scope"]) == ("bearer", "tokens")
    assert (seen["introspected"]["active"], seen["introspected"]["client_id"]) == (True, client.client_id)
    assert seen["used"] == 200
    assert seen["after"] == {"active": False}
    assert seen["refusal"] == "basic"
    assert not client.is_taken(seen["granted"]["access_token"])
