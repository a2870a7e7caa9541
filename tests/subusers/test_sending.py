"""What an owner decides about a sub-user is what the guard of their messages holds them to."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

import notify.shipments
from shared.domain.sending_hours import DAYS
from tests.subusers.asking import FORM, ask, fill, made, owners, put, user_do
from tests.support.events import Context, Reply
from tests.support.tokens import make
from tests.support.world import World

PHONE = "48600100201"
ALWAYS = {"days": list(DAYS), "begin": "00:00", "end": "00:00", "zone": "Europe/Warsaw"}


@pytest.fixture
def shop(world: World) -> dict[str, Any]:
    """A sub-user with points, whose account has some."""
    fill(world.ann, 100)
    return made(world, "shop", points={"from_account": 10, "per_month": 0})


def send(world: World, secret: str, **more: str) -> Reply:
    return ask(
        world,
        secret,
        "POST",
        "/sms.do",
        urlencode({"to": PHONE, "message": "hi", "format": "json", **more}),
        headers=FORM,
    )


def token_of(world: World, subuser: dict[str, Any]) -> str:
    return make(subuser["id"], now=world.now).secret


def each_minute(world: World) -> None:
    """The schedule's pass over the messages that wait."""
    event = {"time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}
    notify.shipments.lambda_handler(event, Context(60_000))  # type: ignore[arg-type]


def test_with_points_of_their_own_they_send_under_the_name_that_everybody_has(world: World, shop: dict[str, Any]):
    assert send(world, token_of(world, shop)).body["count"] == 1
    assert user_do(world, "GET", token_of(world, shop), credits=1).body == {"points": 9.84}
    assert user_do(world, "GET", credits=1).body == {"points": 99.84}
    assert user_do(world, get_user="shop").body["limit"] == 9.84


def test_without_points_they_send_nothing_however_many_the_account_has(world: World, shop: dict[str, Any]):
    put(world, shop, {"points": {"from_account": 0}})
    assert send(world, token_of(world, shop)).body["error"] == 96
    put(world, shop, {"points": {"per_month": 1}})
    assert send(world, token_of(world, shop)).body["count"] == 1


def test_outside_their_hours_they_send_nothing(world: World, shop: dict[str, Any]):
    token = token_of(world, shop)
    today = DAYS[world.now.weekday()]
    put(world, shop, {"hours": ALWAYS | {"days": [day for day in DAYS if day != today]}})
    assert send(world, token).body["error"] == 74
    world.wait(timedelta(days=1))
    assert send(world, token).body["count"] == 1
    put(world, shop, {"hours": ALWAYS | {"begin": "00:00", "end": "00:01"}})
    assert send(world, token).body["error"] == 74
    put(world, shop, {"hours": ""})
    assert send(world, token).body["count"] == 1


def test_without_the_permission_their_token_sends_nothing(world: World, shop: dict[str, Any]):
    token = token_of(world, shop)
    put(world, shop, {"permissions": ["profile"]})
    assert send(world, token).body["error"] == 401


def test_sender_names_are_theirs_as_far_as_they_are_shared(world: World, shop: dict[str, Any]):
    token = token_of(world, shop)
    assert send(world, token, **{"from": "SHOP"}).body["error"] == 14


def test_switched_off_or_deleted_they_send_nothing_from_the_next_request_on(world: World, shop: dict[str, Any]):
    token = token_of(world, shop)
    put(world, shop, {"active": False})
    assert send(world, token).body["error"] == 101
    put(world, shop, {"active": True})
    assert send(world, token).body["count"] == 1
    ask(world, owners(world), "DELETE", f"/subusers/{shop['id']}")
    assert send(world, token).body["error"] == 101


def test_what_they_scheduled_does_not_leave_once_they_are_gone(world: World, shop: dict[str, Any]):
    token = token_of(world, shop)
    at = f"{int((world.now + timedelta(hours=1)).timestamp())}"
    assert send(world, token, date=at).body["count"] == 1
    ask(world, owners(world), "DELETE", f"/subusers/{shop['id']}")
    sent = len(world.sms)
    world.wait(timedelta(hours=1))
    each_minute(world)
    assert len(world.sms) == sent
    assert user_do(world, "GET", credits=1).body == {"points": 100.0}


def test_with_the_phonebook_they_see_the_contacts_of_the_account_and_without_it_none(
    world: World, shop: dict[str, Any]
):
    group = ask(world, owners(world), "POST", "/contacts/groups", {"name": "Friends"}).body["id"]
    contact = ask(world, owners(world), "POST", "/contacts", {"phone_number": PHONE}).body["id"]
    ask(world, owners(world), "PUT", f"/contacts/{contact}/groups/{group}")
    token = token_of(world, shop)
    assert ask(world, token, "GET", "/contacts").body["size"] == 0
    user_do(world, set_user="shop", phonebook=1)
    assert ask(world, token, "GET", "/contacts").body["size"] == 1
    user_do(world, set_user="shop", phonebook=0)
    assert ask(world, token, "GET", "/contacts").body["size"] == 0
