"""Whoever sends something wrong is told in which field, on every route of programs and in the shape that it has."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from shared import policy
from shared.domain.identifiers import account_of
from tests.messages.conftest import Shop, clerk, program
from tests.support import sending, tokens
from tests.support.events import Reply
from tests.support.tokens import FORM, Held, send
from tests.support.world import World

FILTERS = ["q", "phone_number", "email", "first_name", "last_name", "gender", "birthday_date", "group_id"]
PHONE, LANDLINE, ABROAD = "48600100200", "48327201201", "4915112345678"


@pytest.fixture
def shop(world: World) -> Shop:
    """Of ann, with points, and with a contact, a group and a sender name."""
    sending.give_points(account_of(world.ann.user_id), sending.PLENTY)
    shop = program(world, world.ann.user_id)
    assert shop.rest("POST", "/contacts", {"phone_number": PHONE}).status == 201
    assert shop.rest("POST", "/sms/sendernames", {"sender": "Shop"}).status == 201
    return shop


def group(shop: Shop, name: str = "VIP") -> str:
    return str(shop.rest("POST", "/contacts/groups", {"name": name}).body["id"])


def named(answer: Reply, status: int = 400) -> list[str]:
    """The fields that the answer names; its first item says what the whole says."""
    assert answer.status == status, answer
    assert all(one["message"] for one in answer.body["errors"])
    return [one["path"] for one in answer.body["errors"]]


@pytest.mark.parametrize(
    ("path", "body", "status", "names"),
    [
        ("/contacts", {}, 400, ["phone_number", "email"]),
        ("/contacts", {"phone_number": PHONE}, 409, ["phone_number"]),
        ("/contacts", {"phone_number": "1"}, 400, ["phone_number"]),
        ("/mfa/codes", {}, 400, ["phone_number"]),
        ("/mfa/codes", {"phone_number": LANDLINE}, 400, ["phone_number"]),
        ("/mfa/codes", {"phone_number": PHONE, "content": "no code"}, 400, ["content"]),
        ("/mfa/codes", {"phone_number": PHONE, "content": "[%code%]" + "x" * 2000}, 400, ["content"]),
        ("/mfa/codes", {"phone_number": PHONE, "from": "Nobody"}, 403, ["from"]),
        ("/mfa/codes", {"phone_number": ABROAD}, 403, ["phone_number"]),
        ("/mfa/codes/verifications", {"phone_number": PHONE}, 400, ["code"]),
        ("/mfa/codes/verifications", {"phone_number": PHONE, "code": "x"}, 400, ["code"]),
        ("/sms/sendernames", {"sender": "much too long a name"}, 400, ["sender"]),
        ("/sms/sendernames", {"sender": "Shop"}, 409, ["sender"]),
        ("/subusers", {"credentials": {"username": "bob"}}, 400, ["credentials[password]"]),
    ],
)
def test_a_field_is_named_as_smsapi_names_it(
    shop: Shop, path: str, body: dict[str, Any], status: int, names: list[str]
):
    assert named(shop.rest("POST", path, body), status) == names


@pytest.mark.parametrize("key", ["x" * (policy.MFA_KEY_CHARACTERS + 1), "ż", "a\tb"])
def test_a_bad_idempotency_key_is_named_as_the_header_that_it_is(shop: Shop, key: str):
    headers = {**shop.bearer, "Idempotency-Key": key}
    answer = shop.world.post("/mfa/codes", {"phone_number": PHONE}, headers=headers)
    assert named(answer) == ["Idempotency-Key"]
    assert answer.body["message"] == answer.body["errors"][0]["message"]


def test_a_key_that_was_used_for_something_else_is_named(shop: Shop):
    headers = {**shop.bearer, "Idempotency-Key": "order-1"}
    assert shop.world.post("/mfa/codes", {"phone_number": PHONE}, headers=headers).status == 201
    other = {"phone_number": PHONE, "content": "Yours: [%code%]"}
    assert named(shop.world.post("/mfa/codes", other, headers=headers), 422) == ["Idempotency-Key"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_members_without_a_filter_are_told_every_filter_and_an_unknown_one_is_named(shop: Shop, method: str):
    members = f"/contacts/groups/{group(shop)}/members"
    assert named(shop.rest(method, members, {})) == FILTERS
    assert named(shop.rest(method, members, {"surname": "Nowak"})) == ["surname"]


def test_a_name_of_a_group_that_exists_is_named(shop: Shop):
    group(shop)
    assert named(shop.rest("POST", "/contacts/groups", {"name": "VIP"}), 409) == ["name"]


def test_a_sub_user_who_has_to_name_a_group_is_told_where(shop: Shop):
    assert named(clerk(shop).rest("POST", "/contacts", {"phone_number": "48600100201"})) == ["group_id"]


def test_somebody_who_is_no_sub_user_is_named(shop: Shop):
    answer = shop.rest("POST", f"/contacts/groups/{group(shop)}/permissions/nobody", {"read": 1})
    assert named(answer, 404) == ["username"]


def test_a_login_that_is_taken_is_named(shop: Shop):
    body = {"credentials": {"username": "ann", "password": "Tulip-Wagon-42"}}
    assert named(shop.rest("POST", "/subusers", body), 409) == ["credentials[username]"]


def test_the_largest_field_of_a_contact_that_is_too_large_is_named_in_the_form_of_a_name(shop: Shop):
    own = {f"my field {letter}": "ż" * policy.CONTACT_VALUE_CHARACTERS for letter in "abcdefghi"}
    assert named(shop.rest("POST", "/contacts", {"email": "x@example.com", **own})) == ["my field a"]


def test_a_field_that_is_given_twice_is_named(shop: Shop):
    answer = shop.rest("POST", "/contacts", '{"phone_number": "48600100201", "city": "A", "city": "B"}')
    assert named(answer) == ["city"]
    assert answer.body["message"] == "This is given twice."


def test_a_secret_in_an_address_is_named_and_not_repeated(shop: Shop):
    answer = shop.world.call(
        "POST", "/subusers", headers=shop.bearer, query={"credentials[password]": "Tulip-Wagon-42"}
    )
    assert named(answer) == ["credentials"]
    assert "Tulip" not in answer.text


# --- *.do: the message names it where the number does not -------------------------------------------------


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/sms.do", "to=48600100200&message=%B9%EA%B3", "message: "),
        ("/sms.do", "to=48600100200&message=x&encoding=koi8-r", "encoding: "),
        ("/sms.do", "to=48600100200&message=x&details=perhaps", "details: "),
    ],
)
def test_a_do_names_the_parameter_in_its_message(shop: Shop, path: str, form: str, said: str):
    headers = {**shop.bearer, "Content-Type": FORM}
    answer = shop.world.post(path, f"{form}&format=json", headers=headers)
    assert (answer.status, answer.body["error"]) == (200, 8)
    assert answer.body["message"].startswith(said)


# --- Our own routes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "asked", "names"),
    [
        ({"scopes": "tokens"}, {"scopes": "sms"}, ["scopes"]),
        ({"hides_codes": True}, {}, ["hide_codes"]),
        ({"rate_limit": 5}, {"rate_limit": 6}, ["rate_limit"]),
        ({"sources": "198.51.100.0/24"}, {"ip_list": ["192.0.2.1"]}, ["ip_list"]),
        ({"expires_at": timedelta(days=1)}, {"rate_limit": 1}, ["expiration_date"]),
        ({}, {"may_create_people": True}, ["may_create_people"]),
    ],
)
def test_a_token_that_would_be_stronger_than_its_maker_is_refused_by_the_names_of_what_is_too_much(
    world: World, own: dict[str, Any], asked: dict[str, Any], names: list[str]
):
    own = {name: world.now + value if isinstance(value, timedelta) else value for name, value in own.items()}
    maker = program(world, world.ann.user_id, **own)
    answer = maker.rest("POST", "/tokens", {"name": "child", "scopes": "tokens", **asked})
    assert named(answer, 403) == [f"body.{name}" for name in names]


def test_scopes_that_a_token_would_get_are_named(world: World):
    held = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    answer = program(world, world.ann.user_id).rest(
        "PATCH", f"/tokens/{held.token.token_id}", {"scopes": "sms contacts"}
    )
    assert named(answer, 403) == ["body.scopes"]


# --- OAuth clients: the description names it --------------------------------------------------------------


@pytest.fixture
def client(world: World) -> Held:
    return tokens.make(world.ann.user_id, "client", now=world.now, scopes="sms")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ("/oauth/token grant_type=password", "unsupported_grant_type", "grant_type: "),
        ("/oauth/token grant_type=client_credentials&scope=profile", "invalid_scope", "scope: "),
        ("/oauth/token scope=sms", "invalid_request", "grant_type: "),
        ("/oauth/token grant_type=client_credentials&scope=sms&scope=sms", "invalid_request", "scope: "),
        ("/oauth/introspect ", "invalid_request", "token: "),
        ("/oauth/revoke ", "invalid_request", "token: "),
    ],
)
def test_an_oauth_client_is_told_the_parameter(world: World, client: Held, asked: str, error: str, said: str):
    path, _, form = asked.partition(" ")
    answer = send(world, path, form, client)
    assert (answer.status, answer.error) == (400, error), answer
    assert answer.body["error_description"].startswith(said)


def test_a_client_that_sends_its_secret_twice_is_told_so(world: World, client: Held):
    form = urlencode({"grant_type": "client_credentials", "client_secret": client.secret})
    answer = send(world, "/oauth/token", form, client)
    assert answer.error == "invalid_request"
    assert answer.body["error_description"].startswith("client_secret: ")


def test_a_client_that_sends_parameters_in_the_address_is_told_which(world: World, client: Held):
    answer = send(world, "/oauth/token", "", client, query={"grant_type": "client_credentials"})
    assert answer.error == "invalid_request"
    assert answer.body["error_description"].startswith("grant_type: ")
