"""Changes by GET, as Python's client made them until 2023: refused unless the owner allows them, and to every page."""

import pytest

from shared.storage import accounts
from shared.storage.engine import commit
from tests.messages.conftest import Shop
from tests.support.events import Reply
from tests.support.sending import ANN_CALLS

ANN = ANN_CALLS.lstrip("+")
CHANGES = {
    "/sms.do": [{"to": ANN, "message": "hello"}, {"sch_del": "x"}, {"status": "x", "sch_del": "x"}, {}],
    "/user.do": [{"add_user": "till"}, {"set_user": "till", "info": "x"}],
    "/sender.do": [{"add": "SHOP"}, {"delete": "SHOP"}, {"default": "SHOP"}],
}


@pytest.fixture
def allowed(shop: Shop) -> Shop:
    account = accounts.find(shop.account_id)
    assert account
    commit(accounts.switching_legacy(account, changes_by_get=True))
    return shop


def _get(shop: Shop, path: str, query: dict[str, str], **headers: str) -> Reply:
    query = {"format": "json", **query}
    return shop.world.call("GET", path, query=query, headers={**shop.bearer, **headers})


@pytest.mark.parametrize("path", CHANGES)
def test_a_get_changes_nothing_unless_the_account_allows_it(shop: Shop, path: str):
    for query in CHANGES[path]:
        answer = _get(shop, path, query)
        assert (answer.body["error"], "POST" in answer.body["message"]) == (8, True)
    assert shop.world.sms == []


def test_an_account_may_allow_old_programs_to_send_and_remove_by_get(allowed: Shop):
    sent = _get(allowed, "/sms.do", {"to": ANN, "message": "hello"})
    assert sent.body["count"] == 1
    assert sent.headers["Cache-Control"] == ["no-store"]
    assert allowed.world.sms == [(ANN_CALLS, "hello")]
    later = str(int(allowed.world.now.timestamp()) + 7200)
    waits = _get(allowed, "/sms.do", {"to": ANN, "message": "later", "date": later}).body["list"][0]["id"]
    assert _get(allowed, "/sms.do", {"sch_del": waits}).body["list"] == [{"id": waits}]
    assert _get(allowed, "/sms.do", {"to": "nobody", "message": "hello"}).body["error"] == 13


def test_it_may_allow_them_to_change_sender_names(allowed: Shop):
    assert _get(allowed, "/sender.do", {"add": "SHOP"}).body == {"count": 1}
    assert _get(allowed, "/sender.do", {"delete": "SHOP"}).body == {"count": 1}


def test_a_password_is_accepted_in_no_address(allowed: Shop):
    """Addresses are logged by whatever a request passes."""
    answer = _get(allowed, "/user.do", {"add_user": "till", "pass": "0cc175b9c0f1b6a831c399e269772661"})
    assert (answer.body["error"], "query" in answer.body["message"]) == (8, True)


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"sec-fetch-mode": "no-cors"},
        {"Origin": "https://evil.example"},
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
    ],
)
def test_a_page_a_preview_and_a_prefetch_change_nothing(allowed: Shop, header: dict[str, str]):
    """A browser may have kept a login and a password, and shows them to whatever an address names."""
    assert _get(allowed, "/sms.do", {"to": ANN, "message": "hello"}, **header).body["error"] == 8
    assert allowed.world.sms == []
