"""Delivery reports from outside: who is told of which state of a message, and at which URL."""

import json
from datetime import timedelta
from typing import Any

import pytest
from moto.backends import get_backend

import notify.shipments
from carriers import flow
from furtka import accounts as operator
from shared import policy, settings
from shared.delivery import carrier_reports, reports, sms
from shared.domain.messages import QUEUED, STATUSES
from shared.errors import Unavailable
from shared.storage import accounts
from shared.storage.engine import commit
from tests.messages.conftest import Shop
from tests.support.events import Context, Reply
from tests.support.world import ACCOUNT, World

URL = "https://shop.example/report?key=1"
HOUR = timedelta(hours=1)
FAR = timedelta(seconds=1)


def _reports() -> list[dict[str, Any]]:
    """Take every report from the queue."""
    sqs = get_backend("sqs")[ACCOUNT]["eu-central-1"]
    taken = sqs.receive_message("reports", 10, wait_seconds_timeout=0, visibility_timeout=3600)
    return [json.loads(message.body) for message in taken]


def _states() -> list[tuple[str, str]]:
    return [(report["message_id"], report["state"]) for report in _reports()]


def _sent(shop: Shop, **more: object) -> str:
    """Send a message, let it leave, and return its id."""
    message_id = str(shop.sms(**more)["list"][0]["id"])
    assert shop.world.deliver() == []
    return message_id


def _carrier(shop: Shop, message_id: str, status: str, *, secret: str = "", **more: str) -> Reply:
    path = carrier_reports.url().removeprefix(settings.API_URL)
    name = carrier_reports.name_of(shop.account_id, message_id)
    query = {"MsgId": "607", "idx": name, "status": status, "username": "platform", **more}
    return shop.world.call("GET", f"{carrier_reports.PATH}/{secret}" if secret else path, query=query)


def _status(shop: Shop, message_id: str) -> str:
    return str(shop.legacy("/sms.do", status=message_id)["list"][0]["status"])


# --- What is told, and where --------------------------------------------------------------------------------


def test_a_message_with_a_url_is_reported_as_sent_with_what_its_program_knows_it_by(shop: Shop):
    message_id = _sent(shop, notify_url=URL, idx="order-7")
    (report,) = _reports()
    assert report["url"] == URL
    assert report | {"url": "", "at": ""} == {
        "url": "",
        "message_id": message_id,
        "state": "SENT",
        "at": "",
        "username": "ann",
        "points": 0.16,
        "sender": "Test",
        "idx": "order-7",
        "number": "48600100201",
    }


def test_a_message_without_a_url_is_reported_nowhere(shop: Shop):
    _sent(shop)
    assert _reports() == []


def test_the_url_of_the_account_counts_for_messages_that_name_none(shop: Shop):
    account = accounts.find(shop.account_id)
    assert account
    commit(accounts.setting_notify_url(account, "https://account.example/r"))
    _sent(shop)
    _sent(shop, notify_url=URL)
    assert sorted(report["url"] for report in _reports()) == ["https://account.example/r", URL]


@pytest.mark.parametrize(
    "url", ["http://shop.example/", "https://10.0.0.1/", "https://a@shop.example/", "x", "a" * 501]
)
def test_a_url_that_is_not_called_is_refused_with_70_and_nothing_is_sent_or_paid(shop: Shop, url: str):
    before = shop.points
    assert shop.sms(notify_url=url)["error"] == 70
    assert shop.points == before
    assert shop.world.sms == []


def test_a_message_that_is_stopped_is_reported_too(shop: Shop):
    message_id = str(shop.sms(notify_url=URL, date=int((shop.world.now + HOUR).timestamp()))["list"][0]["id"])
    commit(accounts.suspending(shop.account_id, on=True))
    shop.world.wait(HOUR + FAR)
    _minute(shop.world)
    assert _states() == [(message_id, "STOP")]


def _minute(world: World) -> None:
    notify.shipments.lambda_handler({"time": world.now.isoformat()}, Context(60_000))  # type: ignore[arg-type]


# --- What a carrier says -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("402", "EXPIRED"),
        ("404", "DELIVERED"),
        ("405", "UNDELIVERED"),
        ("406", "FAILED"),
        ("407", "REJECTED"),
        ("410", "ACCEPTED"),
    ],
)
def test_a_state_that_the_carrier_reports_is_stored_and_told(shop: Shop, number: str, state: str):
    message_id = _sent(shop, notify_url=URL)
    before = shop.points
    assert _carrier(shop, message_id, number).text == "OK"
    assert _status(shop, message_id) == state
    assert _states() == [(message_id, "SENT"), (message_id, state)]
    assert shop.points == before


def test_a_state_moves_forward_only_however_late_and_often_reports_come(shop: Shop):
    message_id = _sent(shop, notify_url=URL)
    for number in ("410", "405", "410", "404", "404", "405", "403", "408", "999", ""):
        assert _carrier(shop, message_id, number).status == 200
    assert _status(shop, message_id) == "DELIVERED"
    assert [state for _, state in _states()] == ["SENT", "ACCEPTED", "UNDELIVERED", "DELIVERED"]


def test_five_messages_come_in_one_report(shop: Shop):
    ids = [_sent(shop, to=f"4860010021{place}") for place in range(5)]
    names = ",".join(carrier_reports.name_of(shop.account_id, one) for one in ids)
    path = carrier_reports.url().removeprefix(settings.API_URL)
    query = {"idx": names, "status": "404,405,404,404,404", "donedate": "1,2,3,4,5"}
    assert shop.world.call("GET", path, query=query).text == "OK"
    assert [_status(shop, one) for one in ids] == ["DELIVERED", "UNDELIVERED", "DELIVERED", "DELIVERED", "DELIVERED"]


@pytest.mark.parametrize("name", ["", ".", "x", "a" * 32, "acc.0000000000000000000000ff", "1,2", "ł.ł"])
def test_a_report_on_what_we_do_not_know_is_taken_and_changes_nothing(shop: Shop, name: str):
    path = carrier_reports.url().removeprefix(settings.API_URL)
    assert shop.world.call("GET", path, query={"idx": name, "status": "404"}).text == "OK"


def test_nobody_without_the_secret_reports_anything(shop: Shop):
    message_id = _sent(shop)
    for secret in ("x", "1.AAAA", "1." + "A" * 43 + "=", "2." + "A" * 43 + "="):
        assert _carrier(shop, message_id, "404", secret=secret).status == 404
    assert _status(shop, message_id) == "SENT"


def test_a_report_before_the_answer_of_the_carrier_is_asked_for_again(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    message_id = str(shop.sms()["list"][0]["id"])
    early: list[bool] = []
    told = (carrier_reports.name_of(shop.account_id, message_id), "404", shop.world.now)
    send = sms.send

    def sending(*args: Any, **more: Any) -> bool:
        with pytest.raises(Unavailable):
            flow.take([told])
        early.append(True)
        return send(*args, **more)

    monkeypatch.setattr(sms, "send", sending)
    shop.world.deliver()
    assert early == [True]
    assert _status(shop, message_id) == "SENT"
    assert _carrier(shop, message_id, "404").status == 200
    assert _status(shop, message_id) == "DELIVERED"


def test_a_message_that_was_never_sent_is_not_delivered_whatever_a_report_says(shop: Shop):
    message_id = str(shop.sms(date=int((shop.world.now + HOUR).timestamp()))["list"][0]["id"])
    assert _carrier(shop, message_id, "404").status == 200
    assert _status(shop, message_id) == "QUEUE"


def test_a_state_keeps_no_second_report_from_another_account(shop: Shop, stranger: Shop):
    message_id = _sent(shop)
    assert _carrier(stranger, message_id, "404").status == 200
    assert _status(shop, message_id) == "SENT"


# --- Expiration dates ------------------------------------------------------------------------------------------


def test_a_message_does_not_leave_once_it_has_expired_and_its_points_come_back(shop: Shop):
    before, now = shop.points, shop.world.now
    expires = now + policy.EXPIRES_SOONEST
    message_id = str(shop.sms(notify_url=URL, expiration_date=int(expires.timestamp()))["list"][0]["id"])
    shop.world.wait(policy.EXPIRES_SOONEST)
    shop.world.deliver()
    assert shop.world.sms == []
    assert _status(shop, message_id) == "EXPIRED"
    assert shop.points == before
    assert _states() == [(message_id, "EXPIRED")]


def test_a_message_that_is_stopped_is_reported_as_such(shop: Shop):
    message_id = str(shop.sms(notify_url=URL)["list"][0]["id"])
    operator.switch_sending("ann", on=False, now=shop.world.now)
    shop.world.deliver()
    assert _status(shop, message_id) == "STOP"
    assert _states() == [(message_id, "STOP")]


def test_every_state_has_a_number_of_its_own_with_which_it_can_be_reported():
    assert {*STATUSES.values(), QUEUED} == {*reports.CODES}
    assert len({*reports.CODES.values()}) == len(reports.CODES)


def test_a_message_leaves_until_it_expires(shop: Shop):
    expires = shop.world.now + policy.EXPIRES_SOONEST
    message_id = str(shop.sms(expiration_date=int(expires.timestamp()))["list"][0]["id"])
    shop.world.wait(policy.EXPIRES_SOONEST - FAR)
    shop.world.deliver()
    assert _status(shop, message_id) == "SENT"
