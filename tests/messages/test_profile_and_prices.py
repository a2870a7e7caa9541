"""Who am I, how many points have I, and what does a message cost: as the clients ask for it."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain import countries
from shared.storage import accounts, engine
from tests.messages.conftest import Shop, clerk, program
from tests.support.factors import signed_in
from tests.support.programs import account_of_person
from tests.support.world import World


def test_an_owner_has_all_the_points_of_the_account(shop: Shop):
    assert shop.rest("GET", "/profile").body == {
        "id": shop.user_id,
        "name": "ann",
        "email": "ann@example.com",
        "username": "ann",
        "phone_number": "",
        "payment_type": "prepaid",
        "user_type": "native",
        "points": 10.0,
    }


def test_a_subuser_has_what_they_may_use_of_them(shop: Shop):
    body = clerk(shop).rest("GET", "/profile").body
    assert (body["user_type"], body["points"]) == ("subuser", 5.0)


def test_the_address_of_the_owner_is_told_to_nobody_else(shop: Shop):
    with_one, without = clerk(shop, email="bob@example.com"), clerk(shop, email="ann@example.com", own_email=False)
    assert with_one.rest("GET", "/profile").body["email"] == "bob@example.com"
    assert without.rest("GET", "/profile").body["email"] == ""


def test_the_name_is_that_of_the_company(world: World, shop: Shop):
    account = replace(account_of_person(world.ann), company="Kawiarnia Pod Orłem")
    engine.commit(engine.put(accounts.row(accounts.AccountItem, account)))
    assert shop.rest("GET", "/profile").body["name"] == "Kawiarnia Pod Orłem"


def test_the_phone_that_guards_the_sign_in_is_told_to_no_program(shop: Shop):
    assert shop.world.ann.phone
    assert shop.world.ann.phone.lstrip("+") not in shop.rest("GET", "/profile").text


def test_somebody_who_is_signed_in_sees_it_as_well(shop: Shop):
    headers = {"Authorization": f"Bearer {signed_in(shop.world)}"}
    assert shop.world.call("GET", "/profile", headers=headers).body["points"] == 10.0


@pytest.mark.parametrize("path", ["/profile", "/profile/prices"])
def test_a_token_needs_the_scope(shop: Shop, path: str):
    answer = program(shop.world, shop.user_id, scopes="sms").rest("GET", path)
    assert (answer.status, answer.error) == (403, "insufficient_scope")


def _price(kind: str, amount: float, name: str, mcc: int) -> dict[str, Any]:
    return {
        "type": kind,
        "price": {"amount": amount, "currency": "points"},
        "country": {"name": name, "mcc": mcc},
        "network": {"name": "all networks", "mnc": 0},
        "changed_at": None,
    }


@pytest.mark.parametrize("kind", ["pro", "sms"])
def test_prices_are_those_of_the_stage_by_country(shop: Shop, kind: str):
    answer = shop.rest("GET", "/profile/prices", query={"type": kind})
    listed = [
        _price(kind, 0.5, "Germany", 262),
        _price(kind, 0.3, "United Kingdom", 234),
        _price(kind, 0.16, "Poland", 260),
    ]
    assert answer.body == {"size": 3, "collection": listed}


def test_without_a_type_they_are_those_of_a_message(shop: Shop):
    assert {one["type"] for one in shop.rest("GET", "/profile/prices").body["collection"]} == {"pro"}


@pytest.mark.parametrize("kind", ["2way", "eco", "hlr", "mms", "vms"])
def test_what_there_is_not_has_no_price(shop: Shop, kind: str):
    assert shop.rest("GET", "/profile/prices", query={"type": kind}).body == {"size": 0, "collection": []}


def test_a_type_that_nobody_has_heard_of_is_refused(shop: Shop):
    answer = shop.rest("GET", "/profile/prices", query={"type": "fax"})
    assert (answer.status, answer.error, answer.body["errors"][0]["path"]) == (400, "invalid_request_data", "type")


def test_a_country_that_is_not_in_the_table_is_told_by_its_code():
    assert countries.told("ZW") == ("ZW", 0)


@pytest.mark.parametrize("secret", ["0" * 40, "furtka_api_x", "x"])
def test_a_program_with_a_wrong_token_is_told_of_a_token(shop: Shop, secret: str):
    answer = shop.world.call("GET", "/profile", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status, answer.error) == (401, "invalid_token")
    assert answer.body["message"] == "The token is unknown, expired or disabled."
