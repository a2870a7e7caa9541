"""Messages can be found and withdrawn, by whoever may know of them, whatever became of the token that ordered them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import policy
from shared.domain.contact_access import Permission
from shared.domain.messages import LEAVING, QUEUED, STATUSES, WAITING
from tests.messages.conftest import Shop, clerk, program
from tests.messages.test_delivery_reports import _carrier, _sent
from tests.messages.test_sms_groups import _group
from tests.messages.test_taken_away import START_POINTS, later, schedule, session, status
from tests.support.sending import ANN_CALLS, BOB_CALLS
from tests.support.world import World

ANN, BOB = ANN_CALLS[1:], BOB_CALLS[1:]


def listed(shop: Shop, headers: dict[str, str] | None = None, **query: str) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    while True:
        answer = shop.world.call("GET", "/messages", headers=headers or shop.bearer, query=query)
        assert answer.status == 200, answer
        found += answer.body["messages"]
        if answer.body["next"] is None:
            return found
        query["cursor"] = answer.body["next"]


def ids(found: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in found}


def test_an_owner_whose_token_leaked_finds_all_that_it_ordered_and_withdraws_it(shop: Shop):
    world, own = shop.world, schedule(shop)
    thief = program(world, world.ann.user_id, scopes="sms")
    sent = str(thief.sms(to=BOB, message="phish now")["list"][0]["id"])
    assert (BOB_CALLS, "phish now") in world.sms
    waits = [schedule(thief, to=BOB, message=f"phish {place}") for place in range(3)]
    assert world.post("/tokens/found", {"token": thief.secret}).status == 204
    headers = session(world)
    token_id = next(one["token_id"] for one in listed(shop, headers) if one["id"] == sent)
    found = listed(shop, headers, token_id=token_id)
    assert ids(found) == {sent, *waits}
    assert {one["text"] for one in found} == {"phish now", *[f"phish {place}" for place in range(3)]}
    answer = world.call("DELETE", "/messages", headers=headers, query={"token_id": token_id})
    assert answer.body == {"withdrawn": 3, "next": None}
    assert {one["state"] for one in listed(shop, headers, token_id=token_id)} == {"sent", "removed"}
    assert shop.points == START_POINTS - 0.32
    assert (BOB_CALLS, "phish 0") not in later(shop)
    assert status(shop, own) == "SENT"


def test_pages_hold_all_messages_once_wherever_they_end(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SHIPMENTS_LISTED_AT_ONCE", 2)
    ordered = [schedule(shop, to=f"{ANN},{BOB}") for _ in range(4)]
    found = [one["id"] for one in listed(shop, limit="3")]
    assert (len(found), set(found)) == (8, {one[:-2] + place for one in ordered for place in ("00", "01")})


def test_a_program_and_a_sub_user_find_and_withdraw_only_what_is_theirs(shop: Shop):
    world, joe = shop.world, clerk(shop)
    other = program(world, shop.user_id, scopes="sms")
    owners, others, joes = schedule(shop), schedule(other), schedule(joe)
    assert ids(listed(shop)) == {owners, others, joes}
    assert ids(listed(other)) == {others}
    assert ids(listed(joe)) == {joes}
    assert ids(listed(shop, user_id=joe.user_id)) == {joes}
    assert listed(joe, user_id=shop.user_id) == []
    for foreign in (owners, joes, "0" * 24, "nonsense"):
        answer = other.rest("DELETE", f"/messages/{foreign}")
        assert (answer.status, answer.error) == (404, "not_found")
    assert other.rest("DELETE", "/messages", query={"state": "waiting"}).body == {"withdrawn": 1, "next": None}
    assert joe.rest("DELETE", f"/messages/{joes}").status == 204
    assert joe.rest("DELETE", f"/messages/{joes}").error == "message_left"
    assert shop.points == START_POINTS - 0.16
    assert later(shop) == [(ANN_CALLS, "hello")]


def test_a_number_of_a_group_that_they_may_not_read_is_not_told_and_not_found(shop: Shop):
    joe = clerk(shop)
    _group(shop, "VIP", ANN_CALLS, shared={joe.user_id: Permission(send=True)})
    message = schedule(joe, to="", group="VIP")
    assert [one["number"] for one in listed(joe)] == [None]
    assert listed(joe, number=ANN) == []
    assert ids(listed(shop, number=ANN)) == {message}
    assert [one["number"] for one in listed(shop)] == [ANN]


def test_a_text_is_not_shown_longer_than_promised_and_a_code_never(shop: Shop):
    shop.sms()
    assert shop.rest("POST", "/mfa/codes", {"phone_number": BOB}).status == 201
    assert {one["text"] for one in listed(shop)} == {"hello", None}
    shop.world.wait(policy.SHIPMENT_KEPT_FOR - timedelta(seconds=1))
    assert {one["text"] for one in listed(shop)} == {"hello", None}
    shop.world.wait(timedelta(seconds=1))
    assert {(one["text"], one["number"]) for one in listed(shop)} == {(None, None)}


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("410", "accepted"),
        ("404", "delivered"),
        ("405", "undelivered"),
        ("402", "expired"),
        ("407", "rejected"),
        ("406", "failed"),
    ],
)
def test_a_message_is_found_by_the_state_that_its_carrier_reported_and_by_no_older_one(
    shop: Shop, number: str, state: str
):
    reported, other = _sent(shop), _sent(shop, to=BOB)
    assert _carrier(shop, reported, number).text == "OK"
    assert {one["id"]: one["state"] for one in listed(shop)} == {reported: state, other: "sent"}
    assert ids(listed(shop, state=state)) == {reported}
    assert ids(listed(shop, state="sent")) == {other}


def test_messages_are_found_by_each_state_that_there_is(shop: Shop):
    for state in (WAITING, LEAVING, *STATUSES):
        assert listed(shop, state=state) == []
    assert shop.rest("GET", "/messages", query={"state": "gone"}).status == 422


def test_the_contract_names_every_state_and_every_status():
    schemas = json.loads(Path("docs/openapi.json").read_text())["components"]["schemas"]
    told = schemas["ListedMessage"]["properties"]["state"]["description"]
    assert [state for state in (WAITING, LEAVING, *STATUSES) if f"`{state}`" not in told] == []
    told = schemas["SmsState"]["properties"]["status"]["description"]
    assert [status for status in (QUEUED, *STATUSES.values()) if f"`{status}`" not in told] == []


@pytest.mark.parametrize("query", [{}, {"tokenid": "x"}, {"state": "sent"}, {"cursor": "YQ"}, {"token_id": "x"}])
def test_a_slip_withdraws_nothing(shop: Shop, query: dict[str, str]):
    schedule(shop)
    assert shop.rest("DELETE", "/messages", query=query).status == 422
    assert later(shop) == [(ANN_CALLS, "hello")]


def test_it_takes_the_scope_for_messages_or_that_for_sending(world: World, shop: Shop):
    message = schedule(shop)
    assert ids(listed(program(world, shop.user_id, scopes="messages"))) == {message}
    answer = program(world, shop.user_id, scopes="profile").rest("GET", "/messages")
    assert (answer.status, answer.error) == (403, "insufficient_scope")
