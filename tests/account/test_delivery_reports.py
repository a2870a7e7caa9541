"""The URL for delivery reports from outside: an owner sets it, is told, and nobody else reads or changes it."""

from datetime import timedelta

import pytest

from tests.support.events import Reply
from tests.support.world import World

PATH = "/account/delivery-reports"
URL = "https://shop.example/report?key=1"


def _ask(world: World, token: str, method: str, body: object = None) -> Reply:
    return world.call(method, PATH, body, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def token(world: World) -> str:
    return str(world.sign_in(world.add("bob", phone=None)).body["session"]["token"])


def test_there_is_none_at_first(world: World, token: str):
    assert _ask(world, token, "GET").body == {"notify_url": None}


def test_an_owner_sets_it_and_removes_it(world: World, token: str):
    assert _ask(world, token, "PUT", {"notify_url": "https://Shop.example:443/report?key=1"}).body == {
        "notify_url": URL
    }
    assert _ask(world, token, "GET").body == {"notify_url": URL}
    assert _ask(world, token, "PUT", {"notify_url": None}).body == {"notify_url": None}
    assert _ask(world, token, "GET").body == {"notify_url": None}


def test_each_change_is_told_by_mail_and_in_the_activity_and_no_change_is_not(world: World, token: str):
    for url in (URL, URL, None):
        assert _ask(world, token, "PUT", {"notify_url": url}).status == 200
        world.wait(timedelta(seconds=1))
    told = [subject for _, subject, _ in world.mails if subject == "Reports on your messages go to another address"]
    assert len(told) == 2
    entries = world.call("GET", "/account/activity", headers={"Authorization": f"Bearer {token}"}).body["entries"]
    assert [entry["event"] for entry in entries].count("account_notify_url_changed") == 2


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "https://127.0.0.1/", "https://me:pw@shop.example/", "https://shop.example:444/", "x"],
)
def test_a_url_that_is_not_called_is_refused_with_its_field(world: World, token: str, url: str):
    answer = _ask(world, token, "PUT", {"notify_url": url})
    assert answer.status == 422
    assert answer.body["error"] == "notify_url_refused"
    assert answer.body["errors"][0]["path"] == "body.notify_url"
    assert _ask(world, token, "GET").body == {"notify_url": None}
