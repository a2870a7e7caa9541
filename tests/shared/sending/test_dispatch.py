"""Dispatch: what is paid is queued, and what the queue does not accept is given back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared import policy
from shared.delivery import notices
from shared.delivery.notices import CodeQueued, MessageQueued, Notice, ShipmentQueued
from shared.errors import NoPoints, Outrun, Unavailable
from shared.sending import dispatch
from shared.storage import accounts, shipments, wallets
from shared.storage.engine import commit
from tests.proofs import waiting
from tests.support import sending
from tests.support.calls import FAULTS, Answer, AwsCall, Fault, Proceed, intercepted, overheard
from tests.support.sending import (
    ANN_CALLS,
    BOB_CALLS,
    PL,
    PLENTY,
    balance,
    order,
    purse,
    scheduled,
    send,
    stored,
    to,
)
from tests.support.world import World

A_MINUTE = timedelta(minutes=1)


def queued() -> list[Notice]:
    """What waits on the queue."""
    return [notices.read(body) for body in waiting.taken()]


@contextmanager
def while_(operation: str, fault: Fault) -> Iterator[None]:
    """Whatever Furtka asks of AWS by that name fails."""

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return fault(call, proceed) if call.operation == operation else proceed()

    with intercepted(stumble):
        yield


# --- What happens to a message ----------------------------------------------------------------------------


def test_a_message_goes_out_as_it_is_and_costs_its_price(world: World, ann: str):
    shipment = send(ann, text="Zażółć 🙂", now=world.now)
    assert world.sms == [(ANN_CALLS, "Zażółć 🙂")]
    assert shipment.points == PL
    assert balance(ann) == PLENTY - PL
    assert stored(shipment).status(0) == "SENT"


def test_several_get_one_each_with_the_words_that_are_for_them(world: World, ann: str):
    recipients = [*to(ANN_CALLS, text="Hello Ann"), *to(BOB_CALLS)]
    shipment = send(ann, recipients=recipients, text="Hello", now=world.now)
    assert sorted(world.sms) == [(ANN_CALLS, "Hello Ann"), (BOB_CALLS, "Hello")]
    assert balance(ann) == PLENTY - 2 * PL
    assert [stored(shipment).status(place) for place in (0, 1)] == ["SENT", "SENT"]


def test_what_waits_is_paid_and_not_sent(world: World, ann: str):
    shipment = scheduled(world, ann)
    assert balance(ann) == PLENTY - PL
    assert world.sms == []
    assert stored(shipment).status(0) == "QUEUE"


@pytest.mark.parametrize(("grants", "purse"), [({}, 0), ({"per_month": PLENTY}, 1), ({"from_account": PLENTY}, 1)])
def test_what_all_sends_share_is_written_alone_and_the_order_in_one_transaction_of_its_own_rows(
    world: World, ann: str, grants: dict[str, int], purse: int
):
    user_id = sending.subuser(ann, **grants, now=world.now).user_id if grants else ann
    send(user_id, BOB_CALLS, now=world.now)  # which grant pays is known from the last time
    shipment = order(user_id, ANN_CALLS, BOB_CALLS, now=world.now)
    with overheard() as made:
        dispatch.send(shipment, now=world.now)
    alone = ["UpdateItem wallets"] * (1 + purse)
    assert [str(call) for call in made] == [*alone, "TransactWriteItems budgets budgets shipments", "SendMessage"]


def test_a_code_is_sent_and_lies_in_no_table(world: World, ann: str):
    shipment = order(ann, text="123456", kind="code", now=world.now)
    dispatch.send(shipment, code="123456", expires_at=world.now + A_MINUTE, now=world.now)
    assert world.sms == [(ANN_CALLS, "123456")]
    assert stored(shipment).text == ""
    assert stored(shipment).status(0) == "SENT"


# --- What is put on the queue -----------------------------------------------------------------------------


def test_one_message_is_queued_with_all_that_is_needed_to_send_it(world: World, ann: str):
    shipment = send(ann, recipients=to(ANN_CALLS, text="Hello Ann"), text="Hello", sender="Shop", now=world.now)
    assert queued() == [MessageQueued(shipment.message_id(0), ann[:10], ANN_CALLS, "Hello Ann", "Shop", 1, ann)]


def test_several_messages_are_one_notice_without_numbers_and_texts(world: World, ann: str):
    shipment = send(ann, ANN_CALLS, BOB_CALLS, now=world.now)
    assert queued() == [ShipmentQueued(f"shipment:{shipment.shipment_id}", ann[:10], shipment.shipment_id)]


def test_each_message_of_several_can_be_told_apart(world: World, ann: str):
    shipment = order(ann, recipients=[*to(ANN_CALLS), *to(BOB_CALLS, text="Hello Bob")], text="Hello", now=world.now)
    assert [dispatch.message(shipment, place) for place in (0, 1)] == [
        MessageQueued(f"{shipment.shipment_id}00", ann[:10], ANN_CALLS, "Hello", "Test", 2, ann),
        MessageQueued(f"{shipment.shipment_id}01", ann[:10], BOB_CALLS, "Hello Bob", "Test", 2, ann),
    ]


def test_a_code_is_queued_with_its_text_and_until_when_it_is_worth_sending(world: World, ann: str):
    shipment, until = order(ann, text="123456", kind="code", now=world.now), world.now + A_MINUTE
    dispatch.send(shipment, code="123456", expires_at=until, now=world.now)
    assert queued() == [
        CodeQueued(shipment.message_id(0), ann[:10], ANN_CALLS, "123456", "Test", 1, ann, expires_at=until)
    ]


def test_what_waits_or_is_not_paid_is_not_queued(world: World, ann: str):
    scheduled(world, ann)
    with pytest.raises(NoPoints):
        send(world.add("bob").user_id, now=world.now)
    assert queued() == []


# --- Where the queue does not take it ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"is done but not heard of"}))
def test_where_the_queue_does_not_take_it_all_is_given_back(world: World, ann: str, clerk: str, fault: str):
    shipment = order(clerk, recipients=to(ANN_CALLS, BOB_CALLS, idx="x")[:1], check_idx=True, now=world.now)
    with while_("SendMessage", FAULTS[fault]), pytest.raises(Unavailable):
        dispatch.send(shipment, now=world.now)
    assert (balance(ann), purse(clerk, now=world.now)) == (PLENTY, (PL, PL))
    assert stored(shipment).status(0) == "FAILED"
    send(clerk, recipients=to(ANN_CALLS, idx="x"), check_idx=True, now=world.now)
    assert len(world.sms) == 1


def test_what_the_queue_took_without_saying_so_is_not_sent_once_it_is_given_back(world: World, ann: str):
    shipment = order(ann, now=world.now)
    with while_("SendMessage", FAULTS["is done but not heard of"]), pytest.raises(Unavailable):
        dispatch.send(shipment, now=world.now)
    assert world.sms == []
    assert balance(ann) == PLENTY


def test_what_left_before_it_could_be_given_back_was_sent(world: World, ann: str):
    def deliver_and_fail(call: AwsCall, proceed: Proceed) -> Answer:
        proceed()
        world.deliver()
        return FAULTS["is throttled"](call, proceed)

    shipment = order(ann, now=world.now)
    with while_("SendMessage", deliver_and_fail):
        dispatch.send(shipment, now=world.now)
    assert len(world.sms) == 1
    assert balance(ann) == PLENTY - PL


def test_what_else_was_written_with_it_is_undone_with_it(world: World, ann: str):
    doing, undoing = wallets.adding("somebody", 2), wallets.adding("somebody", -1)
    with while_("SendMessage", FAULTS["is throttled"]), pytest.raises(Unavailable):
        dispatch.send(order(ann, now=world.now), doing, undoing=[undoing], now=world.now)
    assert wallets.balance("somebody") == 1


def test_without_the_other_writes_nothing_is_paid_or_queued(world: World, ann: str):
    with pytest.raises(Outrun):
        dispatch.send(order(ann, now=world.now), accounts.suspending("nobody", on=True), now=world.now)
    assert (balance(ann), queued()) == (PLENTY, [])


def test_every_message_of_a_shipment_that_is_not_queued_is_given_back(world: World, ann: str):
    shipment = order(ann, ANN_CALLS, BOB_CALLS, now=world.now)
    with while_("SendMessage", FAULTS["is throttled"]), pytest.raises(Unavailable):
        dispatch.send(shipment, now=world.now)
    assert [stored(shipment).status(place) for place in (0, 1)] == ["FAILED", "FAILED"]
    assert balance(ann) == PLENTY


def test_what_left_before_it_could_be_given_back_undoes_nothing(world: World, ann: str):
    shipment = order(ann, now=world.now)

    def claim_and_fail(call: AwsCall, proceed: Proceed) -> Answer:
        commit(shipments.claiming((shipment.account_id, shipment.shipment_id), 0, now=world.now))
        return FAULTS["is throttled"](call, proceed)

    with while_("SendMessage", claim_and_fail):
        assert dispatch.send(shipment, undoing=[wallets.adding("somebody", 1)], now=world.now) == shipment
    assert (wallets.balance("somebody"), balance(ann)) == (0, PLENTY - PL)


def test_what_can_neither_be_queued_nor_given_back_is_unavailable_and_left_to_the_pass_of_each_minute(
    world: World, ann: str, caplog: pytest.LogCaptureFixture
):
    shipment = order(ann, now=world.now)
    with while_("SendMessage", FAULTS["is throttled"]), pytest.raises(Unavailable):
        dispatch.send(shipment, undoing=[accounts.suspending("nobody", on=True)], now=world.now)
    assert (stored(shipment).status(0), balance(ann)) == ("QUEUE", PLENTY - PL)
    due = shipments.due(now=world.now + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert [place for page in due for place in page] == [(shipment.account_id, shipment.shipment_id)]
    assert "points_not_given_back" in caplog.messages
