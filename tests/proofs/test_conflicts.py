"""Conflicts: an account that sends 200 orders a second is told to wait for less than one in a thousand.

DynamoDB cancels a transaction, or a write, that meets another transaction on one of its rows. The rows are those that
real requests write; when they meet is reckoned here, with the pauses that the engine makes.
"""

import heapq
import random
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from shared import policy
from shared.domain import points
from shared.domain.identifiers import account_of
from shared.storage import engine
from tests.proofs.turns import newcomer
from tests.races.collisions import KEYS
from tests.sms_authenticator.mfa import CODES
from tests.support import sending
from tests.support.calls import AwsCall, overheard
from tests.support.tokens import make
from tests.support.world import World

ORDERS_A_SECOND, SECONDS, REFUNDS_A_SECOND = 200, 20, 5
ALONE = 0.005
"""How long a write of one row takes."""

type Row = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A call that writes: its rows, and whether it is a transaction, which holds them while it runs."""

    rows: frozenset[Row]
    together: bool


def steps_of(calls: list[AwsCall]) -> list[Step]:
    """What a request wrote."""
    steps = []
    for call in calls:
        together = call.operation == "TransactWriteItems"
        writes = [write for item in call.arguments.get("TransactItems", ()) for write in item.values()]
        if call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
            writes = [call.arguments]
        if writes:
            steps.append(Step(frozenset(map(_row, writes)), together))
    return steps


def _row(write: dict[str, Any]) -> Row:
    attributes = write.get("Key") or write["Item"]
    return write["TableName"], *(attributes[name]["S"] for name in KEYS[write["TableName"]])


def shared(orders: list[list[Step]]) -> set[Row]:
    """Return the rows that several of the orders write: on the others nobody meets."""
    writers = Counter(row for steps in orders for row in {row for step in steps for row in step.rows})
    return {row for row, times in writers.items() if times > 1}


def only(rows: set[Row], requests: list[list[Step]]) -> list[list[Step]]:
    return [[Step(step.rows & rows, step.together) for step in steps] for steps in requests]


def told_to_wait(orders: list[list[Step]], refunds: list[list[Step]], *, takes: float) -> float:
    """Return the share of orders that collide until the engine gives up, if a transaction takes so many seconds."""
    chance, ids = random.Random(7), count()  # noqa: S311 - for a model
    coming: list[tuple[float, int, list[Step], int, bool]] = []
    for kind, a_second, counts in ((orders, ORDERS_A_SECOND, True), (refunds, REFUNDS_A_SECOND, False)):
        at = 0.0
        for place in range(a_second * SECONDS):
            at += chance.expovariate(a_second)
            heapq.heappush(coming, (at, next(ids), kind[place % len(kind)], 1, counts))
    held: dict[Row, float] = {}
    gave_up = 0
    while coming:
        at, _, (step, *rest), attempts, counts = heapq.heappop(coming)
        if any(held.get(row, 0.0) > at for row in step.rows):
            if attempts == policy.STORE_BUSY_ATTEMPTS:
                gave_up += counts
            else:
                at += ALONE + chance.random() * engine.COLLIDED * 2**attempts
                heapq.heappush(coming, (at, next(ids), [step, *rest], attempts + 1, counts))
            continue
        ends = at + (takes if step.together else ALONE)
        if step.together:
            held |= dict.fromkeys(step.rows, ends)
        if rest:
            heapq.heappush(coming, (ends, next(ids), rest, 1, counts))
    return gave_up / (ORDERS_A_SECOND * SECONDS)


@pytest.fixture
def recorded(world: World) -> tuple[list[list[Step]], list[list[Step]]]:
    """What orders of one account write, and what withdrawals write: by a token of the owner and one of a sub-user, to
    numbers at home and abroad, with an idx, to a group, for later, and codes.
    """
    person = newcomer(world)
    account_id = account_of(person.user_id)
    sending.give_points(account_id, points.read("100"))
    sending.allow(account_id, "DE")
    clerk = sending.subuser(person.user_id, per_month=points.read("50"), now=world.now).user_id
    numbers, orders, removals = count(1), [], []
    for user_id in (person.user_id, clerk):
        shown = make(user_id, now=world.now, scopes="sms sms_authenticator", used_at=world.now).bearer
        later = int((world.now + policy.SMS_REPEATS_WITHIN).timestamp())
        for kind in ("", "by name", "abroad", "once", "later") * 2:
            order = {"to": f"48600{next(numbers):06}", "message": "hi", "format": "json"}
            order |= {"from": "Test"} if kind == "by name" else {}
            order |= {"to": f"49151123{next(numbers):05}"} if kind == "abroad" else {}
            order |= {"idx": f"order-{next(numbers)}", "check_idx": 1} if kind == "once" else {}
            order |= {"date": later} if kind == "later" else {}
            with overheard() as made:
                answer = world.post("/sms.do", order, headers=shown)
            assert answer.body["count"] == 1, answer.body
            orders.append(steps_of(made))
            if kind == "later":
                with overheard() as made:
                    world.post("/sms.do", {"sch_del": answer.body["list"][0]["id"], "format": "json"}, headers=shown)
                removals.append(steps_of(made))
        for _ in range(2):
            with overheard() as made:
                assert world.post(CODES, {"phone_number": f"48600{next(numbers):06}"}, headers=shown).status == 201
            orders.append(steps_of(made))
        world.wait(2 * policy.SMS_REPEATS_WITHIN)
    return orders, removals


@pytest.mark.parametrize("takes", [0.01, 0.02, 0.05])
def test_of_200_orders_a_second_less_than_one_in_a_thousand_is_told_to_wait(
    recorded: tuple[list[list[Step]], list[list[Step]]], takes: float
):
    rows = shared(recorded[0])
    orders, removals = (only(rows, requests) for requests in recorded)
    assert told_to_wait(orders, removals, takes=takes) < 1 / 1000
    # One row that they shared in a transaction would be found: the model can say no.
    row = ("wallets", "of them all")
    worse = [[Step(step.rows | {row}, step.together) if step.together else step for step in steps] for steps in orders]
    assert told_to_wait(worse, removals, takes=takes) > 1 / 1000
