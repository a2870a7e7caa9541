"""All messages of one request are found and withdrawn by the id of any of them, and no other's."""

from typing import Any

import pytest

from shared import policy
from tests.messages.conftest import START, Shop, clerk, program
from tests.messages.test_found_messages import ids, listed
from tests.messages.test_taken_away import AN_HOUR, fire, later
from tests.support import sending

CAMPAIGN = [f"486{place:08}" for place in range(100)]
"""More than one shipment has, so that there are three of them."""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    sending.give_points(shop.account_id, 10 * START)
    return shop


def order(shop: Shop, numbers: list[str], **parameters: object) -> list[str]:
    """The ids of messages that leave in an hour."""
    date = int((shop.world.now + AN_HOUR).timestamp())
    answer = shop.sms(**{"to": ",".join(numbers), "date": date, **parameters})
    assert "list" in answer, answer
    return [str(one["id"]) for one in answer["list"]]


def withdrawn(shop: Shop, **query: str) -> list[int]:
    """How many messages each request withdraws, until none is left."""
    counts: list[int] = []
    while True:
        answer = shop.rest("DELETE", "/messages", query=query)
        assert answer.status == 200, answer
        counts.append(answer.body["withdrawn"])
        if answer.body["next"] is None:
            return counts
        query["cursor"] = answer.body["next"]


@pytest.mark.parametrize("place", [0, 39, 40, 99])
def test_a_campaign_is_listed_and_withdrawn_by_any_of_its_messages_and_no_other_is(shop: Shop, place: int):
    before = shop.points
    campaign = order(shop, CAMPAIGN)
    others = [*order(shop, ["48601100200"]), *order(shop, [f"48602{place:06}" for place in range(60)])]
    assert [one["id"] for one in listed(shop, order=campaign[place])] == campaign
    assert withdrawn(shop, order=campaign[place]) == [100]
    assert {one["state"] for one in listed(shop, order=campaign[place])} == {"removed"}
    assert ids(listed(shop, state="waiting")) == set(others)
    assert shop.points == pytest.approx(before - 61 * 0.16)
    shop.world.wait(AN_HOUR)
    fire(shop.world)
    assert len(shop.world.sms) == 61


def test_an_ordinary_order_is_found_and_withdrawn_too(shop: Shop):
    wanted, other = order(shop, CAMPAIGN[:3]), order(shop, CAMPAIGN[:3], message="other")
    assert [one["id"] for one in listed(shop, order=wanted[2])] == wanted
    assert withdrawn(shop, order=wanted[2]) == [3]
    assert ids(listed(shop, state="waiting")) == set(other)
    assert len(later(shop)) == 3


def test_what_was_sent_is_listed_and_not_withdrawn(shop: Shop):
    sent = [str(one["id"]) for one in shop.sms(to=",".join(CAMPAIGN))["list"]]
    shop.world.deliver()
    assert {one["state"] for one in listed(shop, order=sent[50])} == {"sent"}
    assert ids(listed(shop, order=sent[50])) == set(sent)
    assert withdrawn(shop, order=sent[50]) == [0]


def test_what_was_not_reached_yet_of_a_campaign_that_is_leaving_is_withdrawn(shop: Shop):
    before = shop.points
    leaving = [str(one["id"]) for one in shop.sms(to=",".join(CAMPAIGN))["list"]]
    assert withdrawn(shop, order=leaving[0]) == [100]
    assert (shop.world.sms, shop.points) == ([], before)


@pytest.mark.parametrize("limit", ["1", "7", "40", "100"])
def test_pages_hold_all_messages_once_wherever_they_end(shop: Shop, limit: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SHIPMENTS_LISTED_AT_ONCE", 1)
    campaign = order(shop, CAMPAIGN)
    order(shop, CAMPAIGN[:2], message="other")
    assert [one["id"] for one in listed(shop, order=campaign[99], limit=limit)] == campaign
    assert withdrawn(shop, order=campaign[99]) == [40, 40, 20]


def test_the_other_filters_narrow_an_order(shop: Shop):
    joe, world = clerk(shop), shop.world
    campaign = order(shop, CAMPAIGN)
    at, after = ((world.now + AN_HOUR).isoformat(), (world.now + 2 * AN_HOUR).isoformat())
    (one,) = withdraw_one = ids(listed(shop, order=campaign[0], number=CAMPAIGN[50]))
    assert one == campaign[50]
    assert withdrawn(shop, order=campaign[0], number=CAMPAIGN[50]) == [1]
    assert ids(listed(shop, order=campaign[0], state="removed")) == withdraw_one
    assert len(listed(shop, order=campaign[0], state="waiting", user_id=shop.user_id)) == 99
    (token_id,) = {one["token_id"] for one in listed(shop, order=campaign[0])}
    assert len(listed(shop, order=campaign[0], token_id=token_id, since=at, until=after)) == 100
    for none in ({"user_id": joe.user_id}, {"token_id": "7" * 28}, {"since": after}, {"until": at}):
        assert listed(shop, order=campaign[0], **none) == []
        assert withdrawn(shop, order=campaign[0], **none) == [0]


def test_whoever_may_not_know_of_an_order_is_told_what_is_told_of_none(
    shop: Shop, stranger: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "SHIPMENTS_LISTED_AT_ONCE", 1)
    campaign, small = order(shop, CAMPAIGN), order(shop, CAMPAIGN[:2], message="small")
    for other in (stranger, clerk(shop), program(shop.world, shop.user_id, scopes="sms")):
        for known in (campaign[0], campaign[99], small[1], "0" * 24):
            assert _told(other, known) == [{"messages": [], "next": None}, {"withdrawn": 0, "next": None}]
    assert withdrawn(program(shop.world, shop.user_id, scopes="messages"), order=small[0]) == [2]
    assert len(listed(shop, state="waiting")) == 100


def test_an_owner_and_the_sub_user_themselves_find_what_a_sub_user_ordered(shop: Shop):
    joe = clerk(shop)
    joes = order(joe, CAMPAIGN[:3])
    assert ids(listed(joe, order=joes[0])) == ids(listed(shop, order=joes[0])) == set(joes)
    assert withdrawn(joe, order=joes[0]) == [3]


def test_a_cursor_of_another_list_leads_to_no_other_order(shop: Shop):
    """It may end within a shipment, with which the next page goes on."""
    other, wanted = order(shop, CAMPAIGN[:3]), order(shop, CAMPAIGN[:3], message="wanted")
    cursor = shop.rest("GET", "/messages", query={"order": other[0], "limit": "1"}).body["next"]
    assert ids(listed(shop, order=wanted[0], cursor=cursor)) <= set(wanted)
    assert sum(withdrawn(shop, order=wanted[0], cursor=cursor)) <= 3
    assert set(other) <= ids(listed(shop, state="waiting"))


def test_a_message_that_leaves_at_the_end_of_a_time_is_not_in_it(shop: Shop):
    order(shop, CAMPAIGN[:3])
    at = (shop.world.now + AN_HOUR).isoformat()
    assert listed(shop, until=at) == []
    assert withdrawn(shop, until=at) == [0]
    assert len(listed(shop, since=at)) == 3


@pytest.mark.parametrize("text", ["", "x", "order:0123456789abcdef012", "0" * 22, "0" * 25, "G" * 24, "A" * 24])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_no_id_of_a_message_is_named_and_nothing_is_done(shop: Shop, method: str, text: str):
    order(shop, CAMPAIGN[:3])
    answer = shop.rest(method, "/messages", query={"order": text})
    assert (answer.status, [one["path"] for one in answer.body["errors"]]) == (422, ["query.order"])
    assert len(listed(shop, state="waiting")) == 3


def _told(shop: Shop, message_id: str) -> list[dict[str, Any]]:
    return [shop.rest(method, "/messages", query={"order": message_id}).body for method in ("GET", "DELETE")]
