"""Messages that the carrier will never take: they are not asked about again, and their points come back."""

import json
from typing import Any

import pytest
from moto.backends import get_backend

from shared.delivery import sms
from shared.delivery.sending import SendingRefused
from shared.errors import Unavailable
from shared.sending import refunds
from shared.storage import shipments
from tests.messages.conftest import Shop
from tests.support.world import ACCOUNT

URL = "https://shop.example/report?key=1"
REFUSED = "+48600100202"


@pytest.fixture(autouse=True)
def _one_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    send = sms.send

    def refusing(phone: str, text: str, **more: Any) -> bool:
        if phone == REFUSED:
            raise SendingRefused("sms-voice: ConflictException", why="DESTINATION_PHONE_NUMBER_OPTED_OUT")
        return send(phone, text, **more)

    monkeypatch.setattr(sms, "send", refusing)


def _states(shop: Shop, sent: Any) -> list[str]:
    return [shop.legacy("/sms.do", status=one["id"])["list"][0]["status"] for one in sent["list"]]


def test_the_points_come_back_at_once(shop: Shop):
    before = shop.points
    sent = shop.sms(to=REFUSED)
    assert shop.points < before
    assert shop.world.deliver() == []
    assert shop.points == before
    assert _states(shop, sent) == ["FAILED"]


def test_the_others_of_the_order_leave_and_are_paid_for(shop: Shop):
    before = shop.points
    sent = shop.sms(to=f"+48600100201,{REFUSED},+48600100203")
    assert shop.world.deliver() == []
    assert _states(shop, sent) == ["SENT", "FAILED", "SENT"]
    assert before - shop.points == pytest.approx(0.32)


def test_the_customers_server_is_told(shop: Shop):
    shop.sms(to=REFUSED, notify_url=URL)
    shop.world.deliver()
    sqs = get_backend("sqs")[ACCOUNT]["eu-central-1"]
    told = [json.loads(one.body) for one in sqs.receive_message("reports", 10, 0, 3600)]
    assert [one["state"] for one in told] == ["FAILED"]


def test_a_code_of_a_customer_is_given_back_as_well(shop: Shop):
    before = shop.points
    assert shop.rest("POST", "/mfa/codes", {"phone_number": REFUSED.removeprefix("+")}).status == 201
    assert shop.points < before
    assert shop.world.deliver() == []
    assert shop.points == before


def test_what_could_not_be_given_back_is_brought_again_by_the_queue(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    before = shop.points
    shop.sms(to=REFUSED)

    def down(*_: object, **__: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(refunds, "give_back", down)
        assert len(shop.world.deliver()) == 1
    assert shop.points < before


def test_others_that_leave_at_that_moment_do_not_keep_the_points(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    before = shop.points
    shop.sms(to=REFUSED)
    settling, outruns = shipments.settling, iter([True])

    def outrun_once(*shipment: Any, **more: Any) -> Any:
        if next(outruns, False):
            raise shipments.TakenUp
        return settling(*shipment, **more)

    monkeypatch.setattr(shipments, "settling", outrun_once)
    assert shop.world.deliver() == []
    assert shop.points == before
