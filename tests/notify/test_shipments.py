"""Messages of customers: each goes out once, or its points come back; never both, never neither, whatever dies."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

import notify.handler
import notify.shipments
from shared import policy
from shared.delivery import notices, queue
from shared.domain.identifiers import account_of
from shared.domain.messages import Shipment
from shared.errors import MessageUnknown, Unavailable
from shared.observability import Unforeseen
from shared.sending import dispatch, lookup, payments
from shared.storage import shipments, users
from shared.storage.engine import commit
from tests.notify.rounds import (
    ENDS,
    PLENTY,
    backend,
    before,
    ending,
    forget_clients,
    look,
    paid,
    sent,
    start_anew,
    take,
    waiting,
    while_,
)
from tests.proofs import tables
from tests.support import calls, sending
from tests.support.calls import Answer, AwsCall, Fault, Proceed, failing, intercepted, overheard, preceded
from tests.support.deaths import Killed, killed_before
from tests.support.metrics import unforeseen
from tests.support.sending import ANN_CALLS, BOB_CALLS, PL, stored
from tests.support.world import NOON, World, new_world

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CAROL_CALLS = "+48600100203"
EVERYBODY = (ANN_CALLS, BOB_CALLS, CAROL_CALLS)
DUE = NOON + AN_HOUR
GIVEN_UP = NOON + policy.SHIPMENT_GIVEN_UP_AFTER


@pytest.fixture(scope="module")
def stack() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(autouse=True)
def aws(stack: World) -> Iterator[None]:
    """One stack for all, and in it ann, with points, and joe, who spends of hers."""
    start_anew(stack)
    yield
    forget_clients()


@pytest.fixture
def world(aws: None, stack: World) -> World:
    return stack


def order(world: World, *numbers: str, at: datetime | None = None, **more: Any) -> Shipment:
    """Paid for by ann, and on the queue unless it waits."""
    return sending.send(world.ann.user_id, *(numbers or EVERYBODY), send_at=at, now=NOON, **more)


def statuses(shipment: Shipment) -> list[str]:
    found = stored(shipment)
    return [found.status(place) for place in range(len(found.recipients))]


def is_over(shipment: Shipment) -> bool:
    """Whether nobody has to look at it any more."""
    (row,) = [row for row in tables.rows("shipments") if row["shipment_id"]["S"] == shipment.shipment_id]
    return not {"shard", "look_at"} & row.keys() and row["left"]["N"] == "0"


ONE_EACH = dict.fromkeys(EVERYBODY, 1)


# --- How a message goes out -------------------------------------------------------------------------------


def test_several_messages_are_one_on_the_queue_until_they_are_fanned_out(world: World):
    shipment = order(world)
    assert [one["kind"] for one in waiting()] == ["ShipmentQueued"]
    take(NOON)
    assert [one["id"] for one in waiting()] == [shipment.message_id(place) for place in range(3)]
    take(NOON)
    assert sent() == ONE_EACH
    assert statuses(shipment) == ["SENT"] * 3
    assert is_over(shipment)


def test_one_message_costs_one_read_of_all_that_it_needs_and_two_writes_on_its_way_out(world: World):
    order(world, ANN_CALLS)
    with overheard() as made:
        take(NOON)
    assert [str(call) for call in made if call.service in ("dynamodb", "sns")] == [
        "BatchGetItem shipments accounts users",
        "UpdateItem shipments",
        "Publish",
        "UpdateItem shipments",
    ]


def test_a_queue_that_repeats_itself_is_heard_once(world: World):
    order(world)
    for _ in range(3):
        for notice in waiting():
            queue.put(notices.read(json.dumps(notice)))
        take(NOON)
    assert sent() == ONE_EACH
    assert paid(world) == 3 * PL


def test_a_carrier_that_refuses_leaves_the_message_on_the_queue(world: World):
    shipment = order(world, ANN_CALLS)
    with while_("Publish", calls.refuse("InternalError")):
        take(NOON)
    assert len(waiting()) == 1
    assert statuses(shipment) == ["QUEUE"]
    take(NOON)
    assert sent() == {ANN_CALLS: 1}
    assert waiting() == []


def test_what_may_have_gone_out_counts_as_sent(world: World):
    shipment = order(world, ANN_CALLS)
    with while_("Publish", calls.time_out_after):
        take(NOON)
    take(NOON)
    assert sent() == {ANN_CALLS: 1}
    assert statuses(shipment) == ["SENT"]


def after_sending(fault: Fault) -> Fault:
    """Whatever is written once the carrier has been told goes through *fault*."""
    told: list[AwsCall] = []

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        if call.operation == "Publish":
            told.append(call)
        return fault(call, proceed) if told and call.operation == "UpdateItem" else proceed()

    return stumble


def test_what_went_out_and_cannot_be_written_down_is_counted_and_not_sent_again(
    world: World, log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    shipment = order(world, ANN_CALLS)
    with intercepted(after_sending(calls.refuse("ThrottlingException"))):
        take(NOON)
    assert (sent(), waiting()) == ({ANN_CALLS: 1}, [])
    assert '"delivery_unrecorded"' in log.getvalue()
    assert "DeliveriesUnrecorded" in capsys.readouterr().out
    take(NOON)
    look(NOON + policy.MESSAGE_CLAIMED_FOR + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert (sent(), statuses(shipment), paid(world)) == ({ANN_CALLS: 1}, ["UNKNOWN"], PL)


def test_an_end_that_was_written_down_unheard_is_no_failure(world: World, capsys: pytest.CaptureFixture[str]):
    """It collides with somebody else's write, as far as we are told, and so it is written twice."""
    heard: list[AwsCall] = []

    def be_unheard(call: AwsCall, proceed: Proceed) -> Answer:
        answer = proceed()
        if not heard:
            heard.append(call)
            return calls.refuse("TransactionConflictException")(call, proceed)
        return answer

    shipment = order(world, ANN_CALLS)
    with intercepted(after_sending(be_unheard)):
        take(NOON)
    assert (sent(), waiting(), statuses(shipment)) == ({ANN_CALLS: 1}, [], ["SENT"])
    assert "DeliveriesUnrecorded" not in capsys.readouterr().out


def test_a_claim_that_cannot_be_given_up_ends_by_itself(world: World, log: io.StringIO):
    throttled = calls.refuse("ThrottlingException")
    order(world, ANN_CALLS)
    with while_("Publish", throttled), intercepted(after_sending(throttled)):
        take(NOON)
    assert '"claim_not_freed"' in log.getvalue()
    take(NOON + policy.MESSAGE_CLAIMED_FOR - timedelta(seconds=1))
    assert (sent(), len(waiting())) == ({}, 1)
    take(NOON + policy.MESSAGE_CLAIMED_FOR)
    assert (sent(), waiting()) == ({ANN_CALLS: 1}, [])


def test_a_carrier_in_trouble_is_told_of_to_those_who_sign_in(world: World):
    order(world, ANN_CALLS)
    with while_("Publish", calls.refuse("InternalError")):
        take(NOON)
    assert len(tables.rows("carriers")) == 1


def test_a_code_that_came_too_late_is_not_sent_and_its_points_come_back(world: World):
    shipment = sending.order(world.ann.user_id, kind="code", text="123456", now=NOON)
    dispatch.send(shipment, code="123456", expires_at=NOON + A_MINUTE, now=NOON)
    take(NOON + A_MINUTE)
    assert sent() == {}
    look(GIVEN_UP)
    assert paid(world) == 0


def test_no_number_and_no_text_is_in_any_log(world: World, log: io.StringIO, capsys: pytest.CaptureFixture[str]):
    order(world, text="canary")
    take(NOON)
    with while_("Publish", calls.refuse("InternalError")):
        take(NOON)
    take(NOON)
    look(GIVEN_UP)
    written = log.getvalue() + capsys.readouterr().out
    (line, *_) = [line for line in written.splitlines() if "message_sent" in line]
    assert json.loads(line)["account_id"] == account_of(world.ann.user_id), "for the query of who sends most"
    assert not any(secret in written for secret in ("canary", *[number[3:] for number in EVERYBODY]))


# --- What waits for its time ------------------------------------------------------------------------------


def test_what_waits_leaves_when_its_time_has_come(world: World):
    shipment = order(world, at=DUE)
    look(DUE - A_MINUTE)
    assert waiting() == []
    look(DUE)
    take(DUE)
    take(DUE)
    assert sent() == ONE_EACH
    assert is_over(shipment)


def test_what_leaves_can_not_be_removed(world: World):
    shipment = order(world, ANN_CALLS, at=DUE)
    look(DUE)
    user, _ = sending.find(world.ann.user_id)
    with pytest.raises(MessageUnknown):
        lookup.remove(user, [shipment.message_id(0)], now=DUE)
    take(DUE)
    take(DUE)
    assert sent() == {ANN_CALLS: 1}


def leave(*shipments_: Shipment) -> None:
    for shipment in shipments_:
        commit(shipments.leaving(shipment, now=DUE))


def test_what_leaves_while_it_is_removed_is_sent_and_the_rest_is_removed(world: World):
    first, second = order(world, ANN_CALLS, at=DUE), order(world, BOB_CALLS, at=DUE)
    user, _ = sending.find(world.ann.user_id)
    ids = [first.message_id(0), second.message_id(0)]
    with preceded("TransactWriteItems", lambda: leave(first)):
        assert lookup.remove(user, ids, now=DUE) == [second.message_id(0)]
    assert paid(world) == PL


def test_where_all_leaves_while_it_is_removed_there_was_nothing_to_remove(world: World):
    shipment = order(world, ANN_CALLS, at=DUE)
    user, _ = sending.find(world.ann.user_id)
    with preceded("TransactWriteItems", lambda: leave(shipment)), pytest.raises(MessageUnknown):
        lookup.remove(user, [shipment.message_id(0)], now=DUE)
    assert paid(world) == PL


def test_what_was_removed_is_not_sent(world: World):
    shipment = order(world, at=DUE)
    user, _ = sending.find(world.ann.user_id)
    lookup.remove(user, [shipment.message_id(1)], now=NOON)
    look(DUE)
    take(DUE)
    take(DUE)
    assert sent() == {ANN_CALLS: 1, CAROL_CALLS: 1}
    assert paid(world) == 2 * PL
    assert is_over(shipment)


def test_what_is_removed_while_it_is_put_on_the_queue_is_not_sent(world: World):
    shipment = order(world, at=DUE)
    user, _ = sending.find(world.ann.user_id)
    ids = [shipment.message_id(place) for place in range(3)]
    with while_("SendMessage", before(lambda: lookup.remove(user, ids, now=DUE))):
        look(DUE)
    take(DUE)
    take(DUE)
    assert sent() == {}
    assert paid(world) == 0


def test_what_is_on_the_queue_before_that_is_written_down_is_sent_and_not_removed(world: World):
    shipment = order(world, ANN_CALLS, at=DUE)
    with while_("UpdateItem", killed_before), suppress(Killed):
        look(DUE)
    take(DUE)
    take(DUE)
    assert sent() == {ANN_CALLS: 1}
    user, _ = sending.find(world.ann.user_id)
    with pytest.raises(MessageUnknown):
        lookup.remove(user, [shipment.message_id(0)], now=DUE)


@pytest.mark.parametrize("gone", [False, True])
def test_who_was_switched_off_meanwhile_sends_nothing_and_is_given_back(world: World, *, gone: bool):
    clerk = sending.subuser(world.ann.user_id, from_account=PLENTY, now=NOON)
    sending.send(clerk.user_id, send_at=DUE, now=NOON)
    if gone:
        tables._tables()["test-users"].items[clerk.account_id].pop(clerk.user_id, None)
        boto3.client("dynamodb").delete_item(
            TableName="test-users", Key={"account_id": {"S": clerk.account_id}, "user_id": {"S": clerk.user_id}}
        )
    else:
        commit(users.switching(clerk.user_id, enabled=False, now=NOON))
    look(DUE)
    take(DUE)
    assert sent() == {}
    assert paid(world) == 0


# --- What got stuck ---------------------------------------------------------------------------------------


def test_what_nobody_sent_is_given_back_and_can_not_go_out_later(world: World):
    shipment = order(world)
    take(NOON)
    look(GIVEN_UP - A_MINUTE)
    assert paid(world) == 3 * PL
    look(GIVEN_UP)
    assert paid(world) == 0
    assert statuses(shipment) == ["FAILED"] * 3
    take(GIVEN_UP)
    assert sent() == {}
    assert waiting() == []
    assert is_over(shipment)


def test_of_what_was_sent_by_half_the_other_half_is_given_back(world: World):
    shipment = order(world)
    take(NOON)
    with while_("Publish", refusing(BOB_CALLS)):
        take(NOON)
    look(GIVEN_UP)
    take(GIVEN_UP)
    assert sent() == {ANN_CALLS: 1, CAROL_CALLS: 1}
    assert paid(world) == 2 * PL
    assert statuses(shipment) == ["SENT", "FAILED", "SENT"]


def test_what_is_being_sent_just_now_is_left_alone(world: World):
    shipment = order(world, ANN_CALLS)
    with while_("Publish", before(lambda: notify.shipments.look(now=GIVEN_UP, has_time=lambda: True))):
        take(GIVEN_UP - A_MINUTE / 2)
    assert statuses(shipment) == ["SENT"]
    assert paid(world) == PL


def test_nobody_knows_what_became_of_a_message_whose_sender_died(world: World):
    shipment = order(world, ANN_CALLS)
    with while_("Publish", killed_before), suppress(Killed):
        take(NOON)
    look(GIVEN_UP)
    assert statuses(shipment) == ["UNKNOWN"]
    assert paid(world) == PL
    assert is_over(shipment)


def test_what_was_moved_with_a_message_whose_sender_died_ends_when_it_leaves(world: World):
    shipment = order(world, ANN_CALLS, BOB_CALLS)
    commit(shipments.claiming((shipment.account_id, shipment.shipment_id), 0, now=NOON))
    commit(shipments.moving(stored(shipment), DUE))
    user, _ = sending.find(world.ann.user_id)
    lookup.remove(user, [shipment.message_id(1)], now=NOON)
    look(DUE)
    look(DUE + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert statuses(shipment) == ["UNKNOWN", "NOT_FOUND"]
    assert paid(world) == PL
    assert is_over(shipment)


def test_a_broken_row_holds_nobody_back_and_is_told_of(world: World, capsys: pytest.CaptureFixture[str]):
    broken, good = order(world, at=DUE), order(world, ANN_CALLS, at=DUE + A_MINUTE)
    key = {"account_id": {"S": broken.account_id}, "shipment_id": {"S": broken.shipment_id}}
    boto3.client("dynamodb").update_item(
        TableName="test-shipments",
        Key=key,
        UpdateExpression="SET recipients = :nonsense",
        ExpressionAttributeValues={":nonsense": {"S": "nonsense"}},
    )
    look(DUE + A_MINUTE)
    assert [notice["id"] for notice in waiting()] == [good.message_id(0)]
    assert "ShipmentsFailed" in capsys.readouterr().out


def test_a_pass_that_has_no_time_leaves_the_rest_to_the_next(world: World):
    order(world, at=DUE)
    look(DUE, milliseconds_left=8000)
    assert waiting() == []
    look(DUE)
    assert len(waiting()) == 1


def test_many_pages_are_looked_at(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SHIPMENTS_PAGE", 2)
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 2)
    ordered = [order(world, f"+4860010020{place}", at=DUE) for place in range(9)]
    look(DUE)
    assert sorted(notice["id"] for notice in waiting()) == sorted(one.message_id(0) for one in ordered)


def test_where_the_queue_does_not_answer_the_next_pass_makes_up_for_it(world: World):
    order(world, at=DUE)
    with while_("SendMessage", calls.refuse("Throttled")), pytest.raises(Unavailable):
        look(DUE)
    look(DUE)
    take(DUE)
    take(DUE)
    assert sent() == ONE_EACH


def test_a_mistake_of_ours_in_a_pass_is_counted_and_raised_so_that_it_runs_again(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    order(world, at=DUE)
    with monkeypatch.context() as broken:
        broken.setattr(notify.shipments.judging, "judge", lambda *_, **__: 1 / 0)
        with pytest.raises(Unforeseen):
            look(DUE)
    assert unforeseen(capsys.readouterr().out) == 1
    look(DUE)
    assert len(waiting()) == 1


# --- Whatever dies ----------------------------------------------------------------------------------------


def refusing(number: str) -> Fault:
    def look_at(call: AwsCall, proceed: Proceed) -> Answer:
        return calls.refuse("InternalError")(call, proceed) if call.arguments["PhoneNumber"] == number else proceed()

    return look_at


def life(world: World, at: datetime | None) -> None:
    """All that is done for a shipment, from the order to the last look at it. Whoever dies is repeated."""
    with suppress(Unavailable, Killed):
        order(world, ANN_CALLS, BOB_CALLS, at=at)
    for minutes in (0, 1, 31, 62):
        for run in (look, take, take):
            with suppress(Unavailable, Killed):
                run((at or NOON) + minutes * A_MINUTE)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("at", [None, DUE], ids=["now", "later"])
def test_whatever_fails_at_whatever_call_each_message_goes_out_once_or_is_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch, at: datetime | None, end: str
):
    monkeypatch.setattr(policy, "SHIPMENT_SHARDS", 1)
    with ending(-1, ENDS[end]) as made:
        life(world, at)
    assert sent() == {ANN_CALLS: 1, BOB_CALLS: 1}
    for place, call in enumerate(made):
        start_anew(world)
        with ending(place, ENDS[end]):
            life(world, at)
        judge(world, dead=call.operation if "end" in end else "", where=f"at call {place}, {call}")


def judge(world: World, *, dead: str, where: str) -> None:
    """Who died once the carrier had been told, and could not write it down, can't know: then it is told anew."""
    twice = [number for number, times in sent().items() if times > 1]
    assert len(twice) <= (dead in ("Publish", "UpdateItem")), where
    user, _ = sending.find(world.ann.user_id)
    payments.available(user, now=NOON + A_DAY)  # they look at their points, and what dead orders held comes back
    if not tables.rows("shipments"):
        assert (sent(), paid(world)) == ({}, 0), where
        return
    shipment = the_only()
    became = {one.number: shipment.status(place) for place, one in enumerate(shipment.recipients)}
    gone_out = {number for number, status in became.items() if status in ("SENT", "UNKNOWN")}
    assert set(became.values()) <= {"SENT", "UNKNOWN", "FAILED"}, where
    assert set(sent()) == gone_out, where
    assert paid(world) == len(gone_out) * PL, where
    assert is_over(shipment), where


def the_only() -> Shipment:
    (row,) = tables.rows("shipments")
    (found,) = shipments.find(row["account_id"]["S"], [row["shipment_id"]["S"]])
    return found


def test_a_pass_within_another_at_whatever_call_changes_nothing(world: World):
    def ready() -> None:
        start_anew(world)
        order(world, at=DUE)
        order(world, BOB_CALLS)
        backend("sqs").queues["messages"]._messages.clear()

    ready()
    with overheard() as made:
        look(DUE)
    for place in range(len(made)):
        ready()
        with failing(place, lambda _, proceed: (look(DUE), proceed())[1]):
            look(DUE)
        take(DUE)
        take(DUE)
        assert sent() == ONE_EACH, f"at call {place}"
        assert paid(world) == 3 * PL, f"at call {place}"
