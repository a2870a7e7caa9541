"""What a newcomer sends by mistake is told in words that lead on, where they cost no secret."""

from typing import Any

import pytest

from tests.messages.conftest import FORM, program
from tests.support import tokens
from tests.support.events import Reply
from tests.support.sessions import open_session
from tests.support.world import World
from tests.tokens.asking import FROM_HOME

CLIENTS_SECRET, SESSION = "the secret of an OAuth client", "the token of a session"
PHONE = "48600100200"


def ask(world: World, authorization: str, method: str, path: str, body: object = None) -> Reply:
    return world.call(method, path, body, headers={"Authorization": authorization})


def legacy(world: World, secret: str, path: str = "/sms.do") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": FORM}
    return dict(world.post(path, f"to={PHONE}&message=x&credits=1&format=json", headers=headers).body)


ROUTES = [("POST", "/mfa/codes", {"phone_number": PHONE}), ("GET", "/profile", None), ("GET", "/tokens", None)]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_a_clients_secret_in_place_of_its_access_token_is_told_the_way(
    world: World, method: str, path: str, body: object
):
    secret = tokens.make(world.ann.user_id, "client", now=world.now).secret
    answer = ask(world, f"Bearer {secret}", method, path, body)
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert CLIENTS_SECRET in answer.body["message"]
    assert "POST /oauth/token" in answer.body["message"]
    assert secret not in answer.text


@pytest.mark.parametrize("path", ["/sms.do", "/user.do"])
def test_a_do_tells_it_as_well_under_its_number(world: World, path: str):
    said = legacy(world, tokens.make(world.ann.user_id, "client", now=world.now).secret, path)
    assert said["error"] == 101
    assert CLIENTS_SECRET in said["message"]


def test_a_session_where_only_programs_are_let_in_is_told_so(world: World):
    session = open_session(world.ann.user_id, login="ann", factors="password sms", origin=FROM_HOME, now=world.now)
    answer = ask(world, f"Bearer {session}", "POST", "/mfa/codes", {"phone_number": PHONE})
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert SESSION in answer.body["message"]
    said = legacy(world, session)
    assert said["error"] == 101
    assert SESSION in said["message"]


def test_other_credentials_get_the_words_that_smsapi_has_for_them(world: World):
    assert legacy(world, "x") == {"error": 101, "message": "Authorization failed"}


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("GET", "/session", None)])
def test_a_token_without_the_word_before_it_is_told_that_the_word_is_missing(
    world: World, method: str, path: str, body: object
):
    answer = ask(world, tokens.make(world.ann.user_id, now=world.now).secret, method, path, body)
    assert (answer.status, answer.error) == (401, "unauthorized")
    assert "Bearer" in answer.body["message"]


@pytest.mark.parametrize(
    ("path", "scope"),
    [("/sms.do", "sms"), ("/user.do", "profile"), ("/sender.do", "sms_sender"), ("/mfa/codes", "sms_authenticator")],
)
def test_the_scope_that_is_missing_is_named_in_the_text(world: World, path: str, scope: str):
    shop = program(world, world.ann.user_id, scopes="contacts")
    said = shop.form(path, {"format": "json", "credits": 1, "phone_number": PHONE, "list": 1}).body
    assert said["error"] in (401, "insufficient_scope")
    assert f"scope {scope}," in said["message"]


def test_removing_messages_without_a_filter_names_every_filter(world: World):
    answer = program(world, world.ann.user_id).rest("DELETE", "/messages")
    assert answer.status == 422
    assert sorted(one["path"] for one in answer.body["errors"]) == [
        f"query.{name}" for name in ("number", "order", "since", "state", "token_id", "until", "user_id")
    ]
    assert {one["message"] for one in answer.body["errors"]} == {"At least one of the filters is required."}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_sender_name_that_is_not_found_is_what_is_named(world: World, method: str):
    answer = program(world, world.ann.user_id).rest(method, "/sms/sendernames/Nobody")
    assert answer.status == 404
    assert [one["path"] for one in answer.body["errors"]] == ["sender"]
