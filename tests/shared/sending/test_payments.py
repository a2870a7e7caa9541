"""Payments: wherever an order ends halfway, what it took comes back, and what is stored is paid for once."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.errors import NoPoints, NumberRepeated, Refusal
from shared.sending import payments
from shared.storage import holds, shipments
from tests.proofs import tables
from tests.support import sending
from tests.support.calls import FAULTS, failing, preceded
from tests.support.deaths import ENDS, Killed, killed_before
from tests.support.sending import ANN_CALLS, BOB_CALLS, GERMAN, PL, PLENTY, balance, order, purse, send, to
from tests.support.world import World

SETTLED = policy.HOLD_ENDS_AFTER
MOMENT = timedelta(seconds=1)
CALLS = [("owner", 0), ("owner", 1), ("sub-user", 0), ("sub-user", 1), ("sub-user", 2)]
"""Each call of a payment, by who pays."""


def look(user_id: str, world: World) -> int:
    """What they are told that they may spend, once nobody can be at it any more."""
    return payments.available(sending.find(user_id)[0], now=world.now + SETTLED)


@pytest.mark.parametrize("end", sorted(ENDS))
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_wherever_an_order_ends_it_is_stored_and_paid_or_neither(
    world: World, ann: str, clerk: str, call: tuple[str, int], end: str
):
    payer, place = ann if call[0] == "owner" else clerk, call[1]
    shipment = order(payer, now=world.now)
    is_found = call in (CALLS[1], CALLS[-1]) and end == "is done but not heard of"
    with failing(place, ENDS[end]), nullcontext() if is_found else pytest.raises((Refusal, Killed)):
        payments.pay(shipment, now=world.now)
    is_stored = bool(shipments.find(shipment.account_id, [shipment.shipment_id]))
    assert is_stored == is_found or (call in (CALLS[1], CALLS[-1]) and end == "is the last before the end")
    left = PLENTY - PL * is_stored
    assert look(ann, world) == balance(ann) == left
    assert look(clerk, world) == 2 * PL - PL * (is_stored and payer == clerk)
    assert purse(clerk, now=world.now) == (PL, PL - PL * (is_stored and payer == clerk))
    again = send(payer, BOB_CALLS, now=world.now + SETTLED)
    assert balance(ann) == left - again.points


def die(payer: str, place: int, world: World) -> None:
    """The process ends before the call at *place* of a payment."""
    shipment = order(payer, now=world.now)
    with failing(place, killed_before), pytest.raises(Killed):
        payments.pay(shipment, now=world.now)


def wallets_of(world: World) -> list[dict[str, Any]]:
    """All wallets and purses, without the holds of what is stored."""
    stored = {f"hold:{row['shipment_id']['S']}" for row in tables.rows("shipments")}
    return [{name: value for name, value in row.items() if name not in stored} for row in tables.rows("wallets")]


def test_who_is_refused_has_lost_nothing_and_holds_nothing(world: World, ann: str, clerk: str):
    sending.allow(ann[:10], "DE")
    send(clerk, now=world.now)
    send(ann, recipients=to(*[ANN_CALLS] * 10), now=world.now)
    before = wallets_of(world)
    for user_id, recipients in ((ann, to(ANN_CALLS)), (clerk, to(GERMAN)), (clerk, to(*[BOB_CALLS] * 2))):
        with pytest.raises(Refusal):
            send(user_id, recipients=recipients, now=world.now)
        assert wallets_of(world) == before


def test_what_a_dead_order_holds_comes_back_before_anybody_is_told_that_the_account_is_short(world: World):
    ann = world.ann.user_id
    sending.give_points(ann[:10], 2 * PL)
    joe = sending.subuser(ann, per_month=PL, now=world.now).user_id
    die(ann, 1, world)
    die(joe, 2, world)
    with pytest.raises(NoPoints):  # the two may be running still
        send(ann, now=world.now + SETTLED - MOMENT)
    send(joe, now=world.now + SETTLED)
    send(ann, now=world.now + SETTLED)
    assert (balance(ann), purse(joe, now=world.now)) == (0, (0, 0))


def test_two_who_find_a_dead_order_give_back_once(world: World, ann: str, clerk: str):
    die(ann, 1, world)
    die(clerk, 2, world)
    with preceded("BatchGetItem", lambda: look(clerk, world), times=2):
        assert look(clerk, world) == 2 * PL
    assert balance(ann) == PLENTY


def test_what_another_gives_back_at_the_same_moment_is_not_missing(world: World):
    ann = world.ann.user_id
    sending.give_points(ann[:10], PL)
    die(ann, 1, world)
    shipment = order(ann, now=world.now + SETTLED)
    with preceded("BatchGetItem", lambda: look(ann, world)):
        payments.pay(shipment, now=world.now + SETTLED)
    assert balance(ann) == 0


def test_a_hold_that_another_process_left_of_a_stored_order_is_taken_out_and_never_given_back(world: World, ann: str):
    shipment = send(ann, now=world.now)
    holds._useless.clear()  # the process that stored it is gone
    for days in (1, 20):
        assert payments.available(sending.find(ann)[0], now=world.now + timedelta(days=days)) == PLENTY - PL
    send(ann, now=world.now + timedelta(days=20))
    (row,) = [row for row in tables.rows("wallets") if row["owner_id"]["S"] == ann[:10]]
    assert not any(shipment.shipment_id in name for name in row)


def test_an_order_that_is_stored_is_answered_although_old_holds_cannot_be_settled(world: World, ann: str):
    die(ann, 1, world)
    shipment = order(ann, now=world.now + SETTLED)
    with failing(2, FAULTS["is throttled"]):
        assert payments.pay(shipment, now=world.now + SETTLED) == shipment


def test_a_refused_order_that_cannot_give_back_at_once_gives_back_later(world: World, ann: str):
    send(ann, recipients=to(*[ANN_CALLS] * 10), now=world.now)
    shipment = order(ann, now=world.now)
    with failing(2, FAULTS["is throttled"]), pytest.raises(NumberRepeated):
        payments.pay(shipment, now=world.now)
    assert balance(ann) == PLENTY - 11 * PL
    assert look(ann, world) == balance(ann) == PLENTY - 10 * PL
