"""Refunds: the points of what was not sent are given back, to whoever paid them, once, and no others."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import policy
from shared.domain.messages import REMOVED, RETURNED, SENT, UNKNOWN, Shipment
from shared.errors import CountryRefused, IdxUsed, NumberRepeated, Outrun
from shared.sending import refunds
from shared.storage import accounts, shipments, wallets
from shared.storage.engine import commit
from shared.storage.shipments import TakenUp
from tests.support import sending
from tests.support.calls import overheard, preceded
from tests.support.sending import (
    ANN_CALLS,
    BOB_CALLS,
    GERMAN,
    PL,
    PLENTY,
    balance,
    purse,
    purse_of,
    remove,
    scheduled,
    send,
    stored,
    to,
)
from tests.support.world import World

A_DAY, A_MINUTE, MOMENT = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)


@pytest.mark.parametrize(("became", "back"), [(RETURNED, PL), (REMOVED, PL), (SENT, 0), (UNKNOWN, 0)])
def test_only_what_was_surely_not_sent_is_given_back(world: World, ann: str, clerk: str, became: str, back: int):
    shipment = scheduled(world, clerk)
    refunds.give_back(shipment, {0: became}, now=world.now)
    assert balance(ann) == PLENTY - PL + back
    assert purse(clerk, now=world.now) == (PL, back)
    assert (stored(shipment).became, stored(shipment).state) == ({"00": became}, "done")


def test_each_message_gives_back_its_own_price_and_the_others_nothing(world: World, ann: str):
    sending.allow(ann[:10], "DE")
    shipment = scheduled(world, ann, ANN_CALLS, GERMAN, BOB_CALLS)
    german = shipment.recipients[1].points
    refunds.give_back(shipment, {0: SENT, 1: RETURNED}, now=world.now)
    assert balance(ann) == PLENTY - shipment.points + german
    assert (stored(shipment).left, stored(shipment).status(2)) == (1, "QUEUE")


def test_what_was_given_back_is_not_given_back_again(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    refunds.give_back(shipment, {0: REMOVED}, now=world.now)
    for place in (0, 1):
        with pytest.raises(TakenUp):
            refunds.give_back(shipment, {place: REMOVED}, now=world.now)
    assert balance(ann) == PLENTY - PL


def test_what_is_being_sent_is_not_given_back(world: World, ann: str):
    shipment = send(ann, now=world.now)
    commit(shipments.claiming((shipment.account_id, shipment.shipment_id), 0, now=world.now))
    with pytest.raises(TakenUp):
        refunds.give_back(shipment, {0: RETURNED}, now=world.now)
    assert balance(ann) == PLENTY - PL


def test_other_writes_are_done_with_the_refund(world: World, ann: str):
    refunds.give_back(scheduled(world, ann), {0: REMOVED}, wallets.adding("somebody", 1), now=world.now)
    assert (balance(ann), wallets.balance("somebody")) == (PLENTY, 1)


def test_without_the_other_writes_nothing_is_given_back(world: World, ann: str):
    shipment = scheduled(world, ann)
    with pytest.raises(Outrun):
        refunds.give_back(shipment, {0: REMOVED}, accounts.suspending("nobody", on=True), now=world.now)
    assert (stored(shipment).status(0), balance(ann)) == ("QUEUE", PLENTY - PL)


def test_a_refund_is_one_round_trip_and_an_outcome_without_one_touches_no_purse(world: World, ann: str, clerk: str):
    returned, sent = scheduled(world, clerk), scheduled(world, clerk)
    with overheard() as made:
        refunds.give_back(returned, {0: RETURNED}, now=world.now)
        refunds.give_back(sent, {0: SENT}, now=world.now)
    writes = "TransactWriteItems shipments wallets budgets wallets"
    assert [str(call) for call in made] == [writes, "UpdateItem shipments"]


# --- A month that is over ---------------------------------------------------------------------------------


def turn(clerk: str, now: datetime) -> None:
    """Let the purse be about the month of *now*."""
    commit(wallets.limiting(purse_of(clerk), from_account=None, per_month=None, now=now))


def test_what_a_past_month_granted_has_lapsed_and_costs_one_round_trip_more(world: World, ann: str, clerk: str):
    shipment, later = scheduled(world, clerk, days=80), world.now + timedelta(days=70)
    turn(clerk, later)
    with overheard() as made:
        refunds.give_back(shipment, {0: REMOVED}, now=later)
    assert [call.operation for call in made] == ["TransactWriteItems"] * 2
    assert (balance(ann), purse(clerk, now=later)) == (PLENTY, (PL, PL))


def test_the_points_of_a_subuser_who_is_gone_go_back_to_the_account(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk)
    commit(wallets.closing(clerk))
    refunds.give_back(shipment, {0: REMOVED}, now=world.now)
    assert (balance(ann), wallets.purse(clerk)) == (PLENTY, None)


def test_what_is_removed_months_later_is_given_back_where_it_still_counts(world: World, ann: str, clerk: str):
    shipment, later = scheduled(world, clerk, ANN_CALLS, BOB_CALLS, days=80), world.now + timedelta(days=70)
    turn(clerk, later)
    remove(world, clerk, shipment.message_id(0), shipment.message_id(1), days=70)
    assert balance(ann) == PLENTY
    assert purse(clerk, now=later) == (PL, PL)


# --- Where it came from ----------------------------------------------------------------------------------


def limit(clerk: str, now: datetime, **limits: int) -> None:
    commit(wallets.limiting(purse_of(clerk), **{"from_account": None, "per_month": None} | limits, now=now))


def test_who_was_cut_off_gets_nothing_back_to_spend(world: World, ann: str):
    joe = sending.subuser(ann, from_account=5 * PL, now=world.now).user_id
    waiting = [scheduled(world, joe) for _ in range(5)]
    limit(joe, world.now + A_MINUTE, from_account=0, per_month=0)
    remove(world, joe, *[one.message_id(0) for one in waiting])
    assert (balance(ann), purse(joe, now=world.now)) == (PLENTY, (0, 0))


@pytest.mark.parametrize(
    ("per_month", "back"), [(0, (2 * PL, 0)), (10 * PL, (2 * PL, 9 * PL)), (3 * PL, (2 * PL, 2 * PL))]
)
def test_each_point_comes_back_to_the_grant_that_it_came_from_within_what_the_month_grants_now(
    world: World, ann: str, per_month: int, back: tuple[int, int]
):
    """One of the month's five was used. Four of it and two of the one-off grant come back, under another month's."""
    joe = sending.subuser(ann, from_account=2 * PL, per_month=5 * PL, now=world.now).user_id
    send(joe, now=world.now)
    waiting = [scheduled(world, joe, BOB_CALLS) for _ in range(6)]
    assert purse(joe, now=world.now) == (0, 0)
    limit(joe, world.now + A_MINUTE, per_month=per_month)
    remove(world, joe, *[one.message_id(0) for one in waiting])
    assert (balance(ann), purse(joe, now=world.now)) == (PLENTY - PL, back)


def test_of_one_order_the_first_messages_are_the_months(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk, ANN_CALLS, BOB_CALLS)
    remove(world, clerk, shipment.message_id(1))
    assert purse(clerk, now=world.now) == (PL, 0)
    remove(world, clerk, shipment.message_id(0))
    assert purse(clerk, now=world.now) == (PL, PL)


def test_a_grant_that_is_set_while_something_is_given_back_is_not_exceeded(world: World, ann: str):
    joe = sending.subuser(ann, from_account=PL, now=world.now).user_id
    shipment = scheduled(world, joe)
    with preceded("TransactWriteItems", lambda: limit(joe, world.now + A_MINUTE, from_account=3 * PL)):
        remove(world, joe, shipment.message_id(0))
    assert (balance(ann), purse(joe, now=world.now)) == (PLENTY, (3 * PL, 0))


# --- What it counted --------------------------------------------------------------------------------------


def test_what_is_removed_counts_no_more_to_its_number_and_its_country(
    world: World, ann: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "SMS_ABROAD_PER_DAY", 12)
    sending.allow(ann[:10], "DE")
    joe = sending.subuser(ann, from_account=PLENTY, now=world.now).user_id
    for user_id, most in ((ann, 10), (joe, 6)) * 2:
        shipment = scheduled(world, user_id, recipients=to(*[GERMAN] * most))
        with pytest.raises(CountryRefused if user_id == joe else NumberRepeated):
            send(user_id, GERMAN, now=world.now)
        remove(world, user_id, *[shipment.message_id(place) for place in range(most)])


def test_orders_that_came_in_between_go_on_to_count(world: World, ann: str):
    first = scheduled(world, ann, recipients=to(*[ANN_CALLS] * 6))
    send(ann, recipients=to(*[ANN_CALLS] * 3), now=world.now + MOMENT)
    remove(world, ann, *[first.message_id(place) for place in range(5)])
    send(ann, recipients=to(*[ANN_CALLS] * 6), now=world.now + 2 * MOMENT)
    with pytest.raises(NumberRepeated):
        send(ann, now=world.now + 2 * MOMENT)


def test_an_order_whose_every_number_got_another_message_meanwhile_is_removed_at_once(world: World, ann: str):
    numbers = [f"+48600100{place:03}" for place in range(40)]
    first = scheduled(world, ann, recipients=to(*numbers))
    scheduled_later = send(ann, recipients=to(*numbers), send_at=world.now + A_DAY, now=world.now + MOMENT)
    assert len(remove(world, ann, *[first.message_id(place) for place in range(40)])) == 40
    assert balance(ann) == PLENTY - scheduled_later.points


# --- The customer's own ids -------------------------------------------------------------------------------


def with_idx(user_id: str, *idx: str, now: datetime, **more: Any) -> Shipment:
    """Order a message for each of *idx*, each to another number. An idx that was used is refused."""
    recipients = [one for place, name in enumerate(idx) for one in to(f"+4860010020{place}", idx=name)]
    return send(user_id, recipients=recipients, now=now, **{"check_idx": True} | more)


def test_the_idx_of_what_is_given_back_can_be_used_again_and_no_other(world: World, ann: str):
    shipment = with_idx(ann, "a", "b", "c", "", now=world.now, send_at=world.now + A_DAY)
    refunds.give_back(shipment, {0: REMOVED, 1: SENT, 3: RETURNED}, now=world.now)
    with_idx(ann, "a", now=world.now)
    for name in ("b", "c"):
        with pytest.raises(IdxUsed):
            with_idx(ann, name, now=world.now)


@pytest.mark.parametrize(("early", "is_free"), [(MOMENT, True), (0 * MOMENT, False), (-MOMENT, False)])
def test_an_idx_that_has_expired_may_be_another_messages_by_now_and_is_left_alone(
    world: World, ann: str, early: timedelta, is_free: bool
):
    shipment = with_idx(ann, "a", now=world.now, send_at=world.now + 2 * A_DAY)
    late = world.now + policy.IDX_KEPT_FOR
    if not is_free:
        with_idx(ann, "a", now=late)
    refunds.give_back(shipment, {0: REMOVED}, now=late - early)
    with nullcontext() if is_free else pytest.raises(IdxUsed):
        with_idx(ann, "a", now=late - early)


def test_an_idx_that_was_not_to_be_checked_frees_no_other_messages(world: World, ann: str):
    unchecked = with_idx(ann, "a", check_idx=False, now=world.now, send_at=world.now + A_DAY)
    with_idx(ann, "a", now=world.now)
    refunds.give_back(unchecked, {0: REMOVED}, now=world.now)
    with pytest.raises(IdxUsed):
        with_idx(ann, "a", now=world.now)
