"""Sender names from outside: asked for by an owner, approved by an operator, shared with sub-users, one the default."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from furtka import accounts
from shared import policy
from shared.domain.activity import Event
from shared.domain.shares import Share
from shared.errors import Outrun
from shared.storage import sender_names
from shared.storage.engine import commit
from tests.messages.conftest import Shop, clerk, program
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard
from tests.support.events import Reply
from tests.support.factors import signed_in
from tests.support.world import World

PATH = "/sms/sendernames"


def _path(sender: str) -> str:
    """As API Gateway hands it over: in percents, as it came."""
    return f"{PATH}/{quote(sender)}"


def _add(shop: Shop, sender: str, *, approved: bool = False) -> None:
    assert shop.rest("POST", PATH, {"sender": sender}).status == 201
    if approved:
        accounts.approve("ann", sender, active=True, now=shop.world.now)


def _default(shop: Shop, sender: str) -> Reply:
    return shop.rest("POST", f"{_path(sender)}/commands/make_default")


def _listed(shop: Shop) -> dict[str, tuple[str, bool]]:
    body = shop.rest("GET", PATH).body
    assert body["size"] == len(body["collection"])
    return {one["sender"]: (one["status"], one["is_default"]) for one in body["collection"]}


def test_a_new_name_waits_to_be_approved_and_is_no_default(shop: Shop):
    answer = shop.rest("POST", PATH, {"sender": "SHOP"})
    assert (answer.status, answer.body) == (
        201,
        {
            "sender": "SHOP",
            "is_default": False,
            "status": "INACTIVE",
            "created_at": f"{shop.world.now:%Y-%m-%dT%H:%M:%S}+00:00",
        },
    )
    assert shop.rest("GET", _path("SHOP")).body == answer.body


@pytest.mark.parametrize("sender", policy.SENDERS_FOR_EVERYBODY)
def test_a_name_of_everybodys_is_active_at_once_and_can_be_the_default(shop: Shop, sender: str):
    _add(shop, sender)
    assert _default(shop, sender).status == 204
    assert _listed(shop) == {sender: ("ACTIVE", True)}


def test_a_name_that_is_not_approved_cannot_be_the_default(shop: Shop):
    _add(shop, "SHOP")
    answer = _default(shop, "SHOP")
    assert (answer.status, answer.error) == (400, "sender_not_active")
    assert answer.body["message"] == "Cannot set to default not active sendername"
    assert answer.body["errors"] == []


def test_an_operator_approves_a_name_and_takes_that_back_and_with_it_the_default(shop: Shop):
    _add(shop, "SHOP", approved=True)
    assert _default(shop, "SHOP").status == 204
    assert _listed(shop) == {"SHOP": ("ACTIVE", True)}
    accounts.approve("ann", "SHOP", active=False, now=shop.world.now)
    assert _listed(shop) == {"SHOP": ("INACTIVE", False)}
    accounts.approve("ann", "SHOP", active=True, now=shop.world.now)
    assert _listed(shop) == {"SHOP": ("ACTIVE", False)}


def test_there_is_one_default(shop: Shop):
    for sender in ("ONE", "TWO"):
        _add(shop, sender, approved=True)
        assert _default(shop, sender).status == 204
    assert _listed(shop) == {"ONE": ("ACTIVE", False), "TWO": ("ACTIVE", True)}


def test_a_default_that_is_deleted_is_none(shop: Shop):
    _add(shop, "SHOP", approved=True)
    _default(shop, "SHOP")
    assert shop.rest("DELETE", _path("SHOP")).status == 204
    _add(shop, "SHOP", approved=True)
    assert _listed(shop) == {"SHOP": ("ACTIVE", False)}


def test_another_default_outlives_a_name_that_is_deleted(shop: Shop):
    for sender in ("ONE", "TWO"):
        _add(shop, sender, approved=True)
    _default(shop, "ONE")
    assert shop.rest("DELETE", _path("TWO")).status == 204
    assert _listed(shop) == {"ONE": ("ACTIVE", True)}


@pytest.mark.parametrize("sender", ["Shop & Co", "a.b-c_d@e!+", "50% off", "%41", "48600100200"])
def test_a_name_may_have_what_a_path_must_write_in_percents(shop: Shop, sender: str):
    _add(shop, sender, approved=True)
    assert shop.rest("GET", _path(sender)).body["sender"] == sender
    assert _default(shop, sender).status == 204
    assert shop.rest("DELETE", _path(sender)).status == 204
    assert _listed(shop) == {}


WRONG = ["", " ", "twelve chars", " SHOP", "SHOP ", "Sklep#1", "Kawa\u0119", "SHOP\n", "12345678901234567", "*", "a/b"]


@pytest.mark.parametrize("sender", WRONG)
def test_what_no_message_can_be_sent_under_is_no_name(shop: Shop, sender: str):
    answer = shop.rest("POST", PATH, {"sender": sender})
    assert (answer.status, answer.error, answer.body["message"]) == (400, "invalid_sender", "Sendername is not valid")
    assert [one["path"] for one in answer.body["errors"]] == ["sender"]


def test_a_name_must_be_given(shop: Shop):
    answer = shop.rest("POST", PATH)
    assert (answer.status, answer.error) == (400, "invalid_request_data")
    assert [(miss["path"], miss["message"]) for miss in answer.body["errors"]] == [
        ("sender", "This field is required.")
    ]


def test_a_name_is_there_once(shop: Shop):
    _add(shop, "SHOP")
    answer = shop.rest("POST", PATH, {"sender": "SHOP"})
    assert (answer.status, answer.error) == (409, "sender_exists")


def test_an_account_has_so_many_names_and_no_more_until_one_is_deleted(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SENDER_NAMES", 2)
    _add(shop, "ONE")
    _add(shop, "TWO")
    answer = shop.rest("POST", PATH, {"sender": "THREE"})
    assert (answer.status, answer.error) == (409, "too_many_sender_names")
    shop.rest("DELETE", _path("ONE"))
    _add(shop, "THREE")
    assert sorted(_listed(shop)) == ["THREE", "TWO"]


UNKNOWN = {"NOBODYS": "NOBODYS", "the head": "*", "garbage": "%23%00", "not UTF-8": "%ff"}


@pytest.mark.parametrize("sender", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_name_that_is_not_there_is_not_found_in_the_words_that_the_clients_know(shop: Shop, sender: str):
    _add(shop, "SHOP")
    for method, path, message in (
        ("GET", f"{PATH}/{sender}", "Not found resource"),
        ("DELETE", f"{PATH}/{sender}", "Not found sender"),
        ("POST", f"{PATH}/{sender}/commands/make_default", "Not found sender"),
    ):
        answer = shop.rest(method, path)
        assert (answer.status, answer.error, answer.body["message"]) == (404, "not_found", message)
    assert _listed(shop) == {"SHOP": ("INACTIVE", False)}


def test_another_accounts_names_are_not_there(shop: Shop, stranger: Shop):
    _add(shop, "SHOP", approved=True)
    assert _listed(stranger) == {}
    assert stranger.rest("GET", _path("SHOP")).status == 404
    assert stranger.rest("DELETE", _path("SHOP")).status == 404
    assert _default(stranger, "SHOP").status == 404
    assert _listed(shop) == {"SHOP": ("ACTIVE", False)}


def test_a_subuser_sees_the_names_that_are_shared_with_them_and_no_other(shop: Shop):
    for sender in ("HIS", "HERS"):
        _add(shop, sender, approved=True)
    _default(shop, "HERS")
    sub = clerk(shop, senders=Share("selected", ("HIS",)))
    assert _listed(sub) == {"HIS": ("ACTIVE", False)}
    assert sub.rest("GET", _path("HIS")).status == 200
    assert sub.rest("GET", _path("HERS")).status == 404
    assert sub.legacy("/sender.do", list=1) == [{"sender": "HIS", "status": "ACTIVE", "default": False}]


CHANGES: dict[str, Callable[[Shop], Reply]] = {
    "add": lambda sub: sub.rest("POST", PATH, {"sender": "MINE"}),
    "delete": lambda sub: sub.rest("DELETE", _path("SHOP")),
    "make_default": lambda sub: _default(sub, "SHOP"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_subuser_manages_none(shop: Shop, change: Callable[[Shop], Reply]):
    _add(shop, "SHOP", approved=True)
    answer = change(clerk(shop))
    assert (answer.status, answer.error) == (403, "owner_only")
    assert _listed(shop) == {"SHOP": ("ACTIVE", False)}


@pytest.mark.parametrize("action", ["add", "default", "delete"])
def test_nor_with_sender_do(shop: Shop, action: str):
    _add(shop, "SHOP", approved=True)
    assert clerk(shop).legacy("/sender.do", **{action: "SHOP", "list": 1})["error"] == 1000
    assert _listed(shop) == {"SHOP": ("ACTIVE", False)}


def test_somebody_who_is_signed_in_may_as_well(shop: Shop):
    headers = {"Authorization": f"Bearer {signed_in(shop.world)}"}
    assert shop.world.post(PATH, {"sender": "SHOP"}, headers=headers).status == 201
    assert shop.world.call("GET", PATH, headers=headers).body["size"] == 1


def test_a_token_needs_the_scope(shop: Shop):
    other = program(shop.world, shop.user_id, scopes="sms profile")
    assert other.rest("GET", PATH).error == "insufficient_scope"
    assert other.legacy("/sender.do", list=1)["error"] == 401


def test_there_is_a_statement_for_whoever_asks_for_a_name(shop: Shop):
    body = shop.rest("GET", f"{PATH}/statement").body
    assert body["content"]
    assert body["sections"] == []


def test_the_log_says_who_did_what(shop: Shop):
    world = shop.world
    _add(shop, "SHOP", approved=True)
    _default(shop, "SHOP")
    shop.legacy("/sender.do", delete="SHOP")
    headers = {"Authorization": f"Bearer {signed_in(world)}"}
    entries = world.call("GET", "/account/activity", headers=headers).body["entries"]
    by_token = f"token:{shop.secret.rpartition('_')[2][:28]}"
    seen = {(one["event"], one["actor"], one["detail"]) for one in entries if one["event"].startswith("account_sender")}
    assert seen == {
        (Event.SENDER_ADDED, by_token, ""),
        (Event.SENDER_SWITCHED, "operator", "on"),
        (Event.SENDER_DEFAULT, by_token, ""),
        (Event.SENDER_REMOVED, by_token, ""),
    }


# --- sender.do --------------------------------------------------------------------------------------------


def test_of_two_actions_sender_do_does_none(shop: Shop):
    shop.legacy("/sender.do", add="SHOP")
    assert shop.legacy("/sender.do", add="MORE", delete="SHOP")["error"] == 2001
    assert shop.legacy("/sender.do", default="SHOP", status="SHOP")["error"] == 2001
    assert [one["sender"] for one in shop.legacy("/sender.do", list=1)] == ["SHOP"]


def test_sender_do_adds_deletes_and_chooses_with_one_count_and_nothing_more(shop: Shop):
    assert shop.legacy("/sender.do", add="SHOP") == {"count": 1}
    accounts.approve("ann", "SHOP", active=True, now=shop.world.now)
    assert shop.legacy("/sender.do", default="SHOP") == {"count": 1}
    assert shop.legacy("/sender.do", status="SHOP") == {"name": "SHOP", "status": "ACTIVE", "default": True}
    assert shop.legacy("/sender.do", delete="SHOP") == {"count": 1}
    assert shop.legacy("/sender.do", list=1) == []


def test_sender_do_lists_a_bare_array_whatever_way_it_is_asked(shop: Shop):
    _add(shop, "SHOP")
    expected = [{"sender": "SHOP", "status": "INACTIVE", "default": False}]
    query = {"list": "True", "format": "json"}
    assert shop.world.call("GET", "/sender.do", query=query, headers=shop.bearer).body == expected  # as Python does
    assert shop.legacy("/sender.do", list="1") == expected


REFUSED = {
    "nothing": ({}, 2001),
    "list off": ({"list": 0}, 2001),
    "a bad name": ({"add": "twelve chars"}, 2112),
    "a name that is there": ({"add": "SHOP"}, 2115),
    "delete of nobody's": ({"delete": "NOBODYS"}, 2031),
    "status of nobody's": ({"status": "NOBODYS"}, 2031),
    "default of nobody's": ({"default": "NOBODYS"}, 2031),
    "default of one that waits": ({"default": "SHOP"}, 2061),
}


@pytest.mark.parametrize("command", REFUSED)
def test_sender_do_refuses_by_number(shop: Shop, command: str):
    parameters, number = REFUSED[command]
    _add(shop, "SHOP")
    assert shop.legacy("/sender.do", **parameters)["error"] == number
    assert shop.form("/sender.do", parameters).text == f"ERROR:{number}"


def test_sender_do_changes_nothing_on_get(shop: Shop):
    answer = shop.world.call("GET", "/sender.do", query={"add": "SHOP", "format": "json"}, headers=shop.bearer)
    assert answer.body["error"] == 8
    assert _listed(shop) == {}


# --- Races, and what it costs -----------------------------------------------------------------------------


def test_a_default_is_not_lost_to_a_name_that_is_deleted_at_once(shop: Shop):
    """What was read before another request made it the default is no ground to delete by."""
    _add(shop, "SHOP", approved=True)
    _default(shop, "SHOP")
    with pytest.raises(Outrun):
        commit(*sender_names.removing(shop.account_id, "SHOP", default=None))
    with pytest.raises(Outrun):
        commit(*sender_names.switching(shop.account_id, "SHOP", active=False, default=None))
    assert _listed(shop) == {"SHOP": ("ACTIVE", True)}


def test_a_name_is_no_default_once_it_was_deleted_meanwhile(shop: Shop):
    _add(shop, "SHOP", approved=True)

    def delete_first(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "TransactWriteItems" and not gone:
            gone.append(True)
            commit(*sender_names.removing(shop.account_id, "SHOP", default=None))
        return proceed()

    gone: list[bool] = []
    with intercepted(delete_first):
        assert _default(shop, "SHOP").status == 404
    assert _listed(shop) == {}


def test_what_cannot_be_a_name_costs_nothing_once_it_is_known_who_asks(shop: Shop):
    for method, path in (
        ("GET", f"{PATH}/%23"),
        ("DELETE", f"{PATH}/%23"),
        ("POST", f"{PATH}/%23/commands/make_default"),
    ):
        with overheard() as calls:
            shop.rest(method, path)
        assert [call.operation for call in calls] == ["BatchGetItem"], path


def test_every_change_is_a_read_at_most_and_one_transaction(shop: Shop):
    _add(shop, "ONE", approved=True)
    costs = {}
    for name, method, path, body in (
        ("add", "POST", PATH, {"sender": "TWO"}),
        ("list", "GET", PATH, None),
        ("get", "GET", _path("ONE"), None),
        ("default", "POST", f"{_path('ONE')}/commands/make_default", None),
        ("delete", "DELETE", _path("ONE"), None),
    ):
        with overheard() as calls:
            assert shop.rest(method, path, body).status < 300
        costs[name] = [call.operation for call in calls][1:]
    assert costs == {
        "add": ["TransactWriteItems"],
        "list": ["Query"],
        "get": ["BatchGetItem"],
        "default": ["TransactWriteItems"],
        "delete": ["BatchGetItem", "TransactWriteItems"],
    }


def test_whoever_is_switched_off_at_this_moment_changes_nothing(shop: Shop, world: World):
    def switch_off_first(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "TransactWriteItems" and not done:
            done.append(True)
            accounts.switch("ann", enabled=False, now=world.now)
        return proceed()

    done: list[bool] = []
    with intercepted(switch_off_first):
        assert shop.rest("POST", PATH, {"sender": "SHOP"}).status == 401
    accounts.switch("ann", enabled=True, now=world.now)
    assert _listed(shop) == {}


@pytest.mark.parametrize("sender", ["statement", "eco", "ECO", "2way"])
def test_no_name_is_one_that_means_something_else(shop: Shop, sender: str):
    assert shop.rest("POST", PATH, {"sender": sender}).status == 400
    assert shop.legacy("/sender.do", add=sender)["error"] == 2112


def test_without_a_format_answers_are_text(shop: Shop):
    assert shop.form("/sender.do", {"add": "SHOP"}).text == "OK:1"
    assert shop.form("/sender.do", {"status": "SHOP"}).text == "Sender: SHOP;INACTIVE;0"
    assert "Sender: SHOP;INACTIVE;0" in shop.form("/sender.do", {"list": "1"}).text.split("\n")
    assert shop.form("/sender.do", {"delete": "SHOP"}).text == "OK:1"
