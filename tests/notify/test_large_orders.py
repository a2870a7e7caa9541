"""Large orders: whatever dies, each message goes out once or is given back, and what only waits is not given up."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from shared import policy
from shared.delivery import notices, queue
from shared.domain.messages import Recipient, Shipment
from shared.errors import Outrun, Unavailable
from shared.sending import dispatch, lookup, payments
from shared.storage import large_orders, shipments
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
from tests.support import sending
from tests.support.calls import Answer, AwsCall, Fault, Proceed, overheard, refuse
from tests.support.deaths import Killed, killed_after, killed_before
from tests.support.sending import PL
from tests.support.world import NOON, World, new_world

A_MINUTE, AN_HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = NOON + AN_HOUR
EVERYBODY = [f"+4860010020{place}" for place in range(5)]
ONE_EACH = dict.fromkeys(EVERYBODY, 1)
ROUNDS = 12
"""How often the queue is gone through until a large order of three parts is through, and some more."""


@pytest.fixture(scope="module")
def stack() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture(autouse=True)
def aws(stack: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One stack for all, in which two recipients are as many as one shipment has."""
    monkeypatch.setattr(policy, "RECIPIENTS_AT_ONCE", 2)
    monkeypatch.setattr(policy, "SHIPMENT_SHARDS", 1)
    start_anew(stack)
    yield
    forget_clients()


@pytest.fixture
def world(aws: None, stack: World) -> World:
    return stack


def order(world: World, *numbers: str, at: datetime | None = None) -> list[Shipment]:
    recipients = [Recipient(number, "PL", number) for number in numbers or EVERYBODY]
    whole = sending.order(world.ann.user_id, recipients=recipients, send_at=at, now=NOON)
    return list(dispatch.send_large(whole, now=NOON))


def rounds(at: datetime, times: int = ROUNDS) -> None:
    for _ in range(times):
        take(at)


def states(parts: list[Shipment]) -> list[str]:
    found = shipments.find(parts[0].account_id, [part.shipment_id for part in parts])
    return [one.status(place) for one in found for place in range(len(one.recipients))]


def lose_the_queue() -> None:
    backend("sqs").queues["messages"]._messages.clear()


# --- One part after the other -----------------------------------------------------------------------------


def test_the_next_part_waits_behind_the_messages_of_the_one_before_and_of_others(world: World):
    order(world)
    other = sending.send(world.ann.user_id, now=NOON)
    take(NOON)
    kinds = [(one["kind"], one.get("part")) for one in waiting()]
    assert kinds == [("MessageQueued", None)] * 2 + [("LargeOrderQueued", 1)]
    assert sending.stored(other).left == 0
    rounds(NOON)
    assert sent() == {**ONE_EACH, "+48600100201": 2}


def test_a_step_makes_few_round_trips(world: World):
    order(world)
    with overheard() as made:
        take(NOON)
    assert [str(call) for call in made if call.service == "dynamodb"] == [
        "BatchGetItem shipments",
        "UpdateItem shipments",
        "BatchGetItem shipments",
        "BatchGetItem shipments",
        "BatchGetItem budgets",
        "TransactWriteItems shipments budgets budgets",
        "UpdateItem shipments",
    ]


def test_a_queue_that_repeats_itself_is_heard_once(world: World):
    order(world)
    for _ in range(ROUNDS):
        for notice in waiting():
            queue.put(notices.read(json.dumps(notice)))
        take(NOON)
    assert (sent(), paid(world), waiting()) == (ONE_EACH, 5 * PL, [])


def test_the_row_of_the_order_leaves_the_index_when_every_part_was_reached(world: World):
    order(world)
    rounds(NOON)
    assert not [row for row in tables.rows("shipments") if {"shard", "look_at", "waits_of"} & row.keys()]


# --- The pass of each minute ------------------------------------------------------------------------------


def test_an_order_whose_step_was_lost_goes_on(world: World):
    order(world)
    take(NOON)
    lose_the_queue()
    look(NOON + policy.LARGE_ORDER_LOOKED_AT_AFTER - A_MINUTE)
    assert waiting() == []
    look(NOON + policy.LARGE_ORDER_LOOKED_AT_AFTER)
    rounds(NOON + policy.LARGE_ORDER_LOOKED_AT_AFTER)
    look(NOON + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert sent() == dict.fromkeys(EVERYBODY[2:], 1)
    assert paid(world) == 3 * PL, "the messages that were lost with the step are given back"


def test_an_order_that_the_queue_did_not_take_is_refused_and_given_back_and_never_sent(world: World):
    with while_("SendMessage", refuse("Throttled")), pytest.raises(Unavailable):
        order(world)
    assert paid(world) == 5 * PL
    look(NOON + A_MINUTE)
    rounds(NOON + A_MINUTE)
    assert (sent(), paid(world)) == ({}, 0)


def test_an_order_that_was_begun_although_the_queue_said_no_is_none_that_failed(world: World):
    with while_("SendMessage", taken_and_begun):
        order(world)
    rounds(NOON)
    assert (sent(), paid(world)) == (ONE_EACH, 5 * PL)


def taken_and_begun(call: AwsCall, proceed: Proceed) -> Answer:
    """The queue has the step, `notify` begins it, and the answer is lost."""
    proceed()
    if json.loads(call.arguments["MessageBody"])["kind"] == "LargeOrderQueued":
        take(NOON)
    raise ClientError({"Error": {"Code": "InternalError"}}, call.operation)


@pytest.mark.parametrize("dies", ["before the step is queued", "before it is known that the order is stored"])
def test_an_order_whose_request_died_is_given_back_and_never_sent(world: World, dies: str):
    operation, fault = ("SendMessage", killed_before) if "queued" in dies else ("PutItem", killed_after)
    with while_(operation, fault), suppress(Killed):
        order(world)
    late = NOON + policy.SHIPMENT_GIVEN_UP_AFTER
    for at in (late - A_MINUTE, late, late + A_MINUTE):
        look(at)
        rounds(at)
    assert (sent(), paid(world)) == ({}, 0)


def test_an_order_whose_first_step_waits_in_a_long_queue_is_not_given_up(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "QUEUE_IS_BEHIND", timedelta(0))
    order(world)
    late = NOON + 3 * policy.SHIPMENT_GIVEN_UP_AFTER
    for minutes in range(0, 91, 30):
        look(NOON + minutes * A_MINUTE)
    rounds(late)
    assert (sent(), paid(world)) == (ONE_EACH, 5 * PL)


def test_a_step_that_only_waits_is_put_on_the_queue_twice_and_done_once(world: World):
    order(world)
    take(NOON)
    for minutes in range(0, 20, 2):
        look(NOON + minutes * A_MINUTE)
    rounds(NOON + 20 * A_MINUTE)
    assert (sent(), paid(world), waiting()) == (ONE_EACH, 5 * PL, [])


def test_what_waits_for_its_time_begins_at_its_time(world: World):
    parts = order(world, at=DUE)
    look(DUE - A_MINUTE)
    assert waiting() == []
    look(DUE)
    rounds(DUE)
    assert (sent(), states(parts)) == (ONE_EACH, ["SENT"] * 5)


def test_a_shipment_that_fails_every_minute_holds_up_no_large_order(world: World):
    sending.send(world.ann.user_id, *EVERYBODY[:2], send_at=DUE, now=NOON)
    order(world, at=DUE)

    def fail(call: AwsCall, proceed: Proceed) -> Answer:
        kept = call.arguments.get("Key", {}).get("shipment_id", {}).get("S", "order:")
        return proceed() if kept.startswith("order:") else refuse("InternalServerError")(call, proceed)

    with while_("UpdateItem", fail), pytest.raises(Unavailable):
        look(DUE)
    assert "LargeOrderQueued" in {one["kind"] for one in waiting()}


def test_a_broken_row_of_an_order_holds_no_other_back(world: World, capsys: pytest.CaptureFixture[str]):
    broken, _ = order(world, at=DUE), order(world, at=DUE)
    boto3.client("dynamodb").update_item(
        TableName="test-shipments",
        Key={"account_id": {"S": broken[0].account_id}, "shipment_id": {"S": broken[0].part_of}},
        UpdateExpression="SET shipments = :none",
        ExpressionAttributeValues={":none": {"N": "0"}},
    )
    look(DUE)
    assert [one["kind"] for one in waiting()] == ["LargeOrderQueued"]
    assert "ShipmentsFailed" in capsys.readouterr().out


def test_what_could_not_be_queued_within_a_day_is_given_back(world: World):
    parts = order(world)
    take(NOON)
    take(NOON)
    lose_the_queue()
    late = NOON + policy.LARGE_ORDER_GIVEN_UP_AFTER
    look(late)
    rounds(late)
    assert states(parts) == ["SENT"] * 2 + ["FAILED"] * 3
    assert (sum(sent().values()), paid(world)) == (2, 2 * PL)
    rounds(late)
    assert paid(world) == 2 * PL


# --- A long queue -----------------------------------------------------------------------------------------


def test_what_waits_in_a_long_queue_is_not_given_up_and_leaves_when_its_turn_comes(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "QUEUE_IS_BEHIND", timedelta(0))  # a single message is many
    shipment = sending.send(world.ann.user_id, *EVERYBODY[:2], now=NOON)
    take(NOON)
    at = NOON
    for _ in range(4):
        at += policy.SHIPMENT_GIVEN_UP_AFTER
        look(at)
        assert paid(world) == 2 * PL
    take(at)
    assert sent() == dict.fromkeys(EVERYBODY[:2], 1)
    assert sending.stored(shipment).left == 0


def test_what_is_in_no_queue_is_given_back_although_others_wait_a_little(world: World):
    shipment = sending.send(world.ann.user_id, *EVERYBODY[:2], now=NOON)
    lose_the_queue()
    sending.send(world.ann.user_id, EVERYBODY[2], now=NOON)
    look(NOON + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert {sending.stored(shipment).status(place) for place in (0, 1)} == {"FAILED"}


def test_nothing_waits_longer_than_the_queue_keeps_it(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "QUEUE_IS_BEHIND", timedelta(0))
    sending.send(world.ann.user_id, *EVERYBODY[:2], now=NOON)
    take(NOON)
    for minutes in range(30, 23 * 60 + 31, 30):
        look(NOON + minutes * A_MINUTE)
    assert paid(world) == 0


def test_a_queue_that_does_not_say_how_long_it_is_leaves_the_question_to_the_next_pass(world: World):
    sending.send(world.ann.user_id, *EVERYBODY[:2], now=NOON)
    take(NOON)
    late = NOON + policy.SHIPMENT_GIVEN_UP_AFTER
    with while_("GetQueueAttributes", refuse("Throttled")), pytest.raises(Unavailable):
        look(late)
    assert paid(world) == 2 * PL
    look(late)
    assert paid(world) == 0


# --- Who comes in between ---------------------------------------------------------------------------------


def test_what_is_removed_at_the_moment_in_which_it_is_reached_is_not_sent_and_the_rest_is(world: World):
    parts = order(world)
    user, _ = sending.find(world.ann.user_id)
    gone = parts[0].message_id(1)
    with while_("TransactWriteItems", before_once(lambda: lookup.remove(user, [gone], now=NOON))):
        rounds(NOON)
    assert (sent(), paid(world)) == (dict.fromkeys([EVERYBODY[0], *EVERYBODY[2:]], 1), 4 * PL)


def before_once(do: Callable[[], object]) -> Fault:
    """As `before`, at the first call only."""
    left = [do]
    return before(lambda: left.pop()() if left else None)


def test_only_the_step_that_is_first_writes_down_that_it_was_done(world: World):
    (first, *_) = order(world)
    (found,) = large_orders.find_several([(first.account_id, first.part_of)])
    commit(large_orders.advancing(found, 1, now=NOON))
    with pytest.raises(Outrun):
        commit(large_orders.advancing(found, 0, now=NOON))
    with pytest.raises(Outrun):
        commit(large_orders.looking(found, NOON))


# --- Whatever dies ----------------------------------------------------------------------------------------


def life(world: World, at: datetime | None) -> None:
    """All that is done for a large order, from the order to the last look at it. Whoever dies is repeated."""
    with suppress(Unavailable, Killed):
        order(world, *EVERYBODY[:3], at=at)
    for minutes in (0, 2, 31, 33, 62):
        for run in (look, take, take, take):
            with suppress(Unavailable, Killed):
                run((at or NOON) + minutes * A_MINUTE)


@pytest.mark.parametrize(("at", "end"), [*[(None, end) for end in ENDS], (DUE, "is where it ends")])
def test_whatever_fails_at_whatever_call_each_message_goes_out_once_or_is_given_back(
    world: World, at: datetime | None, end: str
):
    with ending(-1, ENDS[end]) as made:
        life(world, at)
    assert sent() == dict.fromkeys(EVERYBODY[:3], 1)
    for place, call in enumerate(made):
        start_anew(world)
        with ending(place, ENDS[end]):
            life(world, at)
        judge(world, dead=call.operation if "end" in end else "", where=f"at call {place}, {call}")


def judge(world: World, *, dead: str, where: str) -> None:
    """Who died once the carrier had been told, and could not write it down, can't know: then it is told anew."""
    user, _ = sending.find(world.ann.user_id)
    payments.available(user, now=NOON + A_DAY)
    twice = [number for number, times in sent().items() if times > 1]
    assert len(twice) <= (dead in ("Publish", "UpdateItem")), where
    became = {}
    for row in tables.rows("shipments"):
        if "recipients" not in row:
            continue  # the row of the order
        for shipment in shipments.find(row["account_id"]["S"], [row["shipment_id"]["S"]]):
            became |= {one.number: shipment.status(place) for place, one in enumerate(shipment.recipients)}
    gone_out = {number for number, state in became.items() if state in ("SENT", "UNKNOWN")}
    assert set(became.values()) <= {"SENT", "UNKNOWN", "FAILED"}, where
    assert set(sent()) <= gone_out, where
    assert paid(world) == len(gone_out) * PL, where
    assert not [row for row in tables.rows("shipments") if "shard" in row], where


def test_of_an_order_that_died_before_it_was_one_nothing_is_seen_and_its_points_come_back(world: World):
    whole = sending.order(
        world.ann.user_id, recipients=[Recipient(number, "PL", number) for number in EVERYBODY], now=NOON
    )
    with while_("PutItem", killed_before), suppress(Killed):
        dispatch.send_large(whole, now=NOON)
    places = [(row["account_id"]["S"], row["shipment_id"]["S"]) for row in tables.rows("shipments")]
    assert len(places) == 3
    assert shipments.find_several(places) == []
    look(NOON + AN_HOUR)
    assert (waiting(), sent(), paid(world)) == ([], {}, 5 * PL)
    user, _ = sending.find(world.ann.user_id)
    assert payments.available(user, now=NOON + AN_HOUR) == PLENTY
