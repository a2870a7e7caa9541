"""POST /oauth/token: a client's secret is worth an access token, and nothing else is."""

import logging
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from furtka import accounts
from shared import policy
from shared.crypto import randomness
from shared.domain import identifiers
from shared.observability import logger
from shared.storage import users
from shared.storage.engine import commit
from tests.support import events, tokens
from tests.support.calls import FAULTS, failing, overheard
from tests.support.events import Call, Context, Reply
from tests.support.tokens import EVERY, FORM, Held, get_token, look, send
from tests.support.world import World, door

ASKED = {"grant_type": "client_credentials"}
SECOND = timedelta(seconds=1)
CANARY = "canary-3141592653"


def _ask(world: World, client: Held | None = None, form: object = ASKED, **more: Any) -> Reply:
    return send(world, "/oauth/token", form, client, **more)


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


def _refused(answer: Reply, status: int, error: str) -> None:
    """As RFC 6749 5.2 has it: two members, and nothing that was sent."""
    assert (answer.status, answer.error) == (status, error), answer
    assert sorted(answer.body) == ["error", "error_description"]
    assert answer.body["error_description"].isascii()
    assert CANARY not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == (["no-store"], ["no-cache"])
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == ['Basic realm="furtka", charset="UTF-8"']


def test_a_client_gets_a_token_for_its_secret(world: World, client: Held):
    answer = _ask(world, client)
    assert answer.status == 200
    granted = answer.body
    token = granted.pop("access_token")
    assert granted == {"token_type": "Bearer", "expires_in": 3600, "scope": EVERY}
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == (["no-store"], ["no-cache"])
    assert identifiers.read(token, kind="access")
    assert look(world, client, token)["active"]


def test_it_may_show_its_secret_in_the_form(world: World, client: Held):
    assert _ask(world, None, ASKED | {"client_id": client.id, "client_secret": client.secret}).status == 200


@pytest.mark.parametrize("how", ["as it is", "encoded", "every character encoded"])
def test_clients_that_encode_and_that_do_not_are_understood(world: World, client: Held, how: str):
    def written(text: str) -> str:
        return {"as it is": text, "encoded": quote(text, safe="")}.get(how) or "".join(f"%{ord(c):02X}" for c in text)

    assert _ask(world, headers=_basic(f"{written(client.id)}:{written(client.secret)}")).status == 200


def test_a_client_may_name_itself_twice_but_not_as_two(world: World, client: Held):
    assert _ask(world, client, ASKED | {"client_id": client.id}).status == 200
    other = tokens.make(world.ann.user_id, "client", now=world.now)
    _refused(_ask(world, client, ASKED | {"client_id": other.id}), 400, "invalid_request")


@pytest.mark.parametrize("header", ["basic", "bearer", "garbage"])
def test_a_secret_shown_in_two_places_is_refused(world: World, client: Held, header: str):
    shown = {"basic": client.basic, "bearer": client.bearer, "garbage": {"Authorization": "x"}}[header]
    both = ASKED | {"client_id": client.id, "client_secret": client.secret}
    _refused(_ask(world, None, both, headers=shown), 400, "invalid_request")


def test_a_client_may_ask_for_less(world: World, client: Held):
    for asked in ("sms_sender,sms", "sms_sender, sms", "sms_sender sms"):
        answer = _ask(world, client, ASKED | {"scope": asked})
        assert answer.body["scope"] == "sms sms_sender"
    assert look(world, client, answer.body["access_token"])["scope"] == "sms sms_sender"


@pytest.mark.parametrize("scope", ["subusers", "sms subusers", "sms " + CANARY, "SMS", " ", ","])
def test_and_for_nothing_that_it_has_not(world: World, scope: str):
    client = tokens.make(world.ann.user_id, "client", now=world.now, scopes="contacts sms")
    _refused(_ask(world, client, ASKED | {"scope": scope}), 400, "invalid_scope")


def test_a_scope_without_a_value_counts_as_none(world: World, client: Held):
    assert _ask(world, client, "grant_type=client_credentials&scope=").body["scope"] == EVERY


def test_a_client_gets_nothing_that_its_users_role_has_not(world: World):
    bob = tokens.colleague(world, world.ann)
    assert "subusers" not in _ask(world, tokens.make(bob.user_id, "client", now=world.now)).body["scope"].split()
    bare = tokens.make(bob.user_id, "client", now=world.now, scopes="subusers")
    _refused(_ask(world, bare), 400, "unauthorized_client")


def test_a_token_lives_for_an_hour(world: World, client: Held):
    token = get_token(world, client)
    world.wait(policy.ACCESS_TOKEN_LIFETIME - SECOND)
    assert look(world, client, token)["active"]
    world.wait(SECOND)
    assert look(world, client, token) == {"active": False}


def test_a_token_does_not_outlive_its_client(world: World):
    ends = world.now + timedelta(minutes=10)
    client = tokens.make(world.ann.user_id, "client", now=world.now, expires_at=ends)
    assert _ask(world, client).body["expires_in"] == 600
    world.wait(timedelta(minutes=10))
    _refused(_ask(world, client), 401, "invalid_client")


def test_what_an_old_secret_gives_ends_with_it(world: World, client: Held):
    tokens.rotated(client, before_until=world.now + timedelta(minutes=20))
    assert _ask(world, client).body["expires_in"] == 1200
    world.wait(timedelta(minutes=20))
    _refused(_ask(world, client), 401, "invalid_client")


def _forged(world: World, client: Held) -> dict[str, str]:
    made_up = replace(randomness.token("client", world.ann.user_id), id=client.id)
    return _basic(f"{client.id}:{identifiers.write(made_up)}")


def _of_another(world: World, client: Held) -> dict[str, str]:
    return _basic(f"{tokens.make(world.ann.user_id, 'client', now=world.now).id}:{client.secret}")


def _api_token(world: World, client: Held) -> dict[str, str]:
    return tokens.make(world.ann.user_id, now=world.now).basic


def _access_token(world: World, client: Held) -> dict[str, str]:
    return _basic(f"{client.id}:{get_token(world, client)}")


def _bearer(world: World, client: Held) -> dict[str, str]:
    return client.bearer


def _disabled(world: World, client: Held) -> dict[str, str]:
    tokens.change(client, enabled=False)
    return client.basic


def _of_a_disabled_user(world: World, client: Held) -> dict[str, str]:
    accounts.switch("ann", enabled=False, now=world.now)
    return client.basic


def _expired(world: World, client: Held) -> dict[str, str]:
    tokens.change(client, expires_at=world.now)
    return client.basic


def _nothing(world: World, client: Held) -> dict[str, str]:
    return {}


def _no_secret(world: World, client: Held) -> dict[str, str]:
    return _basic(client.id)


def _not_base64(world: World, client: Held) -> dict[str, str]:
    return {"Authorization": f"Basic {client.id}:{CANARY}"}


def _not_utf8(world: World, client: Held) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(b"\xff:\xfe").decode()}


WRONG = [
    _forged,
    _of_another,
    _api_token,
    _access_token,
    _bearer,
    _disabled,
    _of_a_disabled_user,
    _expired,
    _nothing,
    _no_secret,
    _not_base64,
    _not_utf8,
]


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke", "/oauth/token"])
@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_wrong_with_a_client_is_answered_alike(world: World, client: Held, path: str, wrong: Any):
    shown = wrong(world, client)
    answer = send(world, path, ASKED | {"token": "x"}, headers=shown)
    _refused(answer, 401, "invalid_client")
    assert answer.text == send(world, path, ASKED | {"token": "x"}).text


def test_wrong_secrets_are_counted_by_address_and_right_ones_are_always_taken(world: World, client: Held):
    for _ in range(policy.FREE_FORGERIES):
        _refused(_ask(world, headers=_forged(world, client)), 401, "invalid_client")
    limited = _ask(world, headers=_forged(world, client))
    _refused(limited, 429, "too_many_attempts")
    assert 0 < limited.retry_after <= 30
    assert _ask(world, headers=_forged(world, client), address="203.0.113.9").status == 401
    assert _ask(world, client).status == 200


def test_a_client_is_taken_from_its_own_addresses_alone(world: World):
    client = tokens.make(world.ann.user_id, "client", now=world.now, sources="203.0.113.0/24")
    _refused(_ask(world, client), 400, "unauthorized_client")
    assert _ask(world, client, address="203.0.113.9").status == 200


def test_a_client_that_asks_too_often_waits(world: World):
    client = tokens.make(world.ann.user_id, "client", now=world.now, rate_limit=1)
    assert _ask(world, client).status == 200
    limited = _ask(world, client)
    _refused(limited, 429, "rate_limit_reached")
    assert 0 < limited.retry_after <= 60


GRANTS = [
    "Client_Credentials",
    "authorization_code",
    "client_credentials ",
    "implicit",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    CANARY,
]


@pytest.mark.parametrize("grant", GRANTS)
def test_nothing_is_granted_for_anything_else(world: World, client: Held, grant: str):
    more = {"username": "ann", "password": world.ann.password, "code": "x", "refresh_token": "x"}
    _refused(_ask(world, client, {"grant_type": grant} | more), 400, "unsupported_grant_type")


FORMS = [
    "",
    "grant_type=",
    "scope=sms",
    "grant_type=client_credentials&grant_type=client_credentials",
    "grant_type=client_credentials&scope=sms&scope=contacts",
    "grant_type=client_credentials&scope=&scope=sms",
    "grant_type=client_credentials&x=1&x=2",
    "grant_type=client_credentials&scope=%ff",
    "grant_type=client_credentials&scope=%zz",
    "grant_type=client_credentials&scope=%e",
    "grant_type=client_credentials&scope=sms\r\n",
    "grant_type=client_credentials&scope=sms contacts",
    "grant_type=client_credentials&scope=\u017c" + CANARY,
    '{"grant_type": "client_credentials"}',
    CANARY,
    f"{CANARY}=1",
]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_form_with_a_grant_type_is_refused(world: World, client: Held, form: str):
    _refused(_ask(world, client, form), 400, "invalid_request")


def test_what_is_missing_is_named(world: World, client: Held):
    assert _ask(world, client, "scope=sms").body["error_description"] == "grant_type: This field is required."


def test_parameters_that_nobody_knows_are_ignored(world: World, client: Held):
    assert _ask(world, client, "&audience=x&grant_type=client_credentials&&y&z=").status == 200


@pytest.mark.parametrize("query", [{"client_secret": "x"}, {"grant_type": "client_credentials"}, {"x": ""}])
def test_nothing_is_taken_from_the_query_string(world: World, client: Held, query: dict[str, str]):
    _refused(_ask(world, client, query=query), 400, "invalid_request")


def test_a_form_that_the_gateway_encoded_is_read(world: World, client: Held):
    event = Call("POST", "/oauth/token", world.now, headers={"Content-Type": FORM, **client.basic}).event
    event |= {"body": b64encode(urlencode(ASKED).encode()).decode(), "isBase64Encoded": True}
    assert door("/oauth/token")(event, Context())["statusCode"] == 200
    event |= {"body": b64encode(b"grant_type=\xff").decode()}
    _refused(events.reply(door("/oauth/token")(event, Context())), 400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke", "/oauth/token"])
@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_a_body_that_is_declared_as_something_else_is_refused(world: World, client: Held, path: str, kind: str):
    _refused(send(world, path, ASKED | {"token": "x"}, client, headers={"Content-Type": kind}), 415, "invalid_request")


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart/form-data"])
def test_no_body_at_all_lacks_a_grant_type_however_it_is_declared(world: World, client: Held, kind: str):
    for body in ("", None):
        answer = world.post("/oauth/token", body, headers={"Content-Type": kind, **client.basic})
        _refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("kind", [f"{FORM}; charset=UTF-8", FORM.upper()])
def test_the_case_and_the_charset_of_its_declaration_mean_nothing(world: World, client: Held, kind: str):
    assert _ask(world, client, headers={"Content-Type": kind}).status == 200


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke", "/oauth/token"])
def test_refusals_before_the_route_have_the_same_shape(world: World, client: Held, path: str):
    _refused(send(world, path, "token=" + "x" * policy.MAX_BODY_BYTES, client), 413, "invalid_request")
    for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT", "TRACE"):
        refused = world.call(method, path, headers=client.basic)
        _refused(refused, 405, "invalid_request")
        assert refused.headers["Allow"] == ["POST"]
    page = {"Origin": "https://evil.example"}
    _refused(send(world, path, ASKED | {"token": "x"}, client, headers=page), 403, "invalid_request")


def test_a_client_costs_one_read_and_its_token_one_write(world: World, client: Held):
    get_token(world, client)  # its use is written down now, and not again within five minutes
    with overheard() as calls:
        get_token(world, client)
    assert [str(call) for call in calls] == [
        "BatchGetItem tokens users accounts",
        "TransactWriteItems accesstokens budgets activity users tokens accounts",
    ]


def test_garbage_in_place_of_a_secret_costs_nothing(world: World):
    with overheard() as calls:
        _refused(_ask(world, headers=_basic(f"x:{CANARY}")), 401, "invalid_client")
    assert calls == []


def test_what_was_granted_is_logged_without_a_secret_and_no_letter_is_sent(
    world: World, client: Held, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, logger=logger.name)
    token = get_token(world, client)
    said = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "access_token_granted" in said
    assert client.id in said
    for secret in (token[-20:], client.secret[-20:]):
        assert secret not in said
    assert world.mails == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("place", [0, 1])
def test_where_the_tables_do_not_answer_a_client_is_told_to_come_back(
    world: World, client: Held, place: int, fault: str
):
    get_token(world, client)
    with failing(place, FAULTS[fault]):
        answer = _ask(world, client)
    _refused(answer, 503, "temporarily_unavailable")
    assert answer.retry_after == 1


def test_a_client_whose_user_was_left_none_of_its_scopes_gets_nothing_and_its_token_stands_for_nothing(world: World):
    clerk = world.add("clerk", phone=None, owner=False)
    client = tokens.make(clerk.user_id, "client", now=world.now, scopes="sms contacts")
    token = get_token(world, client)
    before, _ = users.find(clerk.user_id)
    assert before
    commit(users.deciding(before, permissions="profile"))
    _refused(_ask(world, client), 400, "unauthorized_client")
    other = tokens.make(clerk.user_id, "client", now=world.now, scopes="profile")
    assert look(world, other, token) == {"active": False}
