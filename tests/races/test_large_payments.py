"""Paying for large orders on the real engine: what is not paid for is not stored, and holds nothing."""

from datetime import timedelta
from functools import partial

import pytest

from shared import policy, settings
from shared.domain.holds import Hold
from shared.domain.large_orders import split
from shared.domain.messages import Shipment
from shared.domain.points import POINT
from shared.domain.users import User
from shared.errors import (
    AbroadLimitReached,
    LimitReached,
    NoPoints,
)
from shared.sending import dispatch, lookup, payments
from shared.storage import accounts, holds, large_orders, shipments, wallets
from shared.storage.engine import commit
from tests.races.arena import NOON, SOME_SEEDS, TURN, Arena, of, tally
from tests.races.large import EVERYBODY, PARTS, PLENTY, abroad, clerk, grants, ids, order, owner, small

pytestmark = pytest.mark.usefixtures("small_parts")

MANY = 20
A_MINUTE = timedelta(minutes=1)
DUE = NOON + A_MINUTE


@SOME_SEEDS
def test_of_many_at_once_exactly_those_are_stored_that_are_paid_and_the_others_hold_nothing(arena: Arena):
    ann = owner(arena, 4 * len(EVERYBODY) + 2).user
    wanted = [order(ann) for _ in range(MANY)]
    answers = arena.race(*[partial(dispatch.send_large, one, now=NOON) for one in wanted])
    assert tally(answers) == {list: 4, NoPoints: MANY - 4}
    assert wallets.balance(ann.account_id) == 2 * POINT
    stored = {split(one)[0].order_id for one in wanted if exists(one)}
    assert len(stored) == 4
    assert held(arena, ann) <= stored
    assert payments.available(ann, now=NOON + policy.HOLD_ENDS_AFTER) == 2 * POINT


@SOME_SEEDS
def test_large_and_small_ones_at_once_spend_what_there_is_and_not_a_point_more(arena: Arena):
    ann = owner(arena, 40).user
    large = [order(ann) for _ in range(MANY)]
    few = [small(ann, place) for place in range(MANY)]
    answers = arena.race(
        *[partial(dispatch.send_large, one, now=NOON) for one in large],
        *[partial(dispatch.send, one, now=NOON) for one in few],
    )
    assert set(tally(answers)) <= {list, Shipment, NoPoints}
    spent = len(EVERYBODY) * len(of(list, answers)) + len(of(Shipment, answers))
    assert wallets.balance(ann.account_id) == (40 - spent) * POINT
    assert sum(map(exists, large)) == len(of(list, answers))
    assert 40 - spent < len(EVERYBODY)


@SOME_SEEDS
def test_a_subusers_limit_holds_however_many_large_ones_they_order_at_once(arena: Arena):
    ann = owner(arena, 10 * PLENTY).user
    joe = clerk(ann, from_account=11, per_month=12)
    wanted = [order(joe) for _ in range(MANY)]
    answers = arena.race(*[partial(dispatch.send_large, one, now=NOON) for one in wanted])
    assert tally(answers) == {list: 3, LimitReached: MANY - 3}
    assert grants(joe) == (2, 0)
    assert wallets.balance(ann.account_id) == (10 * PLENTY - 21) * POINT
    assert sum(map(exists, wanted)) == 3


@SOME_SEEDS
def test_a_day_of_messages_abroad_has_room_for_two_and_what_is_given_back_makes_room_again(arena: Arena):
    ann = owner(arena).user
    commit(accounts.allowing_abroad(ann.account_id, "DE"))
    wanted = [order(ann, numbers=abroad(), at=DUE) for _ in range(6)]
    most = 2 * len(EVERYBODY) + 1
    answers = arena.race(*[partial(dispatch.send_large, one, abroad_per_day=most, now=NOON) for one in wanted])
    assert tally(answers) == {list: 2, AbroadLimitReached: 4}
    gone = [message_id for parts in of(list, answers) for message_id in ids(parts)]
    arena.race(*[partial(lookup.remove, ann, [one], now=NOON) for one in gone])
    assert wallets.balance(ann.account_id) == PLENTY * POINT
    again = order(ann, numbers=abroad(), at=DUE)
    assert len(dispatch.send_large(again, abroad_per_day=most, now=NOON)) == PARTS


@SOME_SEEDS
def test_what_an_order_holds_that_died_comes_back_once_and_nobody_is_told_that_it_is_missing(arena: Arena):
    ann = owner(arena, 14).user
    dead = [order(ann) for _ in range(2)]
    for one in dead:
        die_before_it_is_stored(one)
    later = NOON + policy.HOLD_ENDS_AFTER
    wanted = [order(ann, now=later) for _ in range(2)]
    answers = arena.race(
        *[partial(payments.available, ann, now=later)] * 4,
        *[partial(dispatch.send_large, one, now=later) for one in wanted],
    )
    assert tally(answers) == {int: 4, list: 2}
    assert payments.available(ann, now=later) == 0
    assert not any(map(exists, dead))


@SOME_SEEDS
def test_what_is_withdrawn_comes_back_to_the_month_that_paid_where_it_turns_in_the_middle(arena: Arena):
    before, after = TURN - timedelta(milliseconds=1), TURN
    ann = owner(arena).user
    joe = clerk(ann, from_account=50, per_month=12, now=before)
    wanted = [(order(joe, now=now, at=TURN + A_MINUTE), now) for now in (before, after, before, after)]
    answers = arena.race(*[partial(dispatch.send_large, one, now=now) for one, now in wanted])
    gone = [message_id for parts in answers for message_id in ids(parts)]
    arena.race(*[partial(lookup.remove, joe, [one], now=after) for one in gone])
    assert wallets.balance(ann.account_id) == PLENTY * POINT
    assert grants(joe) == (50, 12)


def exists(whole: Shipment) -> bool:
    """Whether a large order was stored: with all its parts, or no part of it is found."""
    wanted, parts = split(whole)
    found = shipments.find(whole.account_id, [part.shipment_id for part in parts])
    is_there = large_orders.find(whole.account_id, wanted.order_id) is not None
    assert len(found) == (PARTS if is_there else 0)
    return is_there


def held(arena: Arena, user: User) -> set[str]:
    """Return the ids of the orders whose holds are in the wallet of the user's account."""
    row = arena.row(settings.WALLETS_TABLE, user.account_id)
    return {name.removeprefix(holds.HOLD) for name in row if name.startswith(holds.HOLD)}


def die_before_it_is_stored(whole: Shipment) -> None:
    """Do the first half of what `payments.pay_large` does."""
    wanted, parts = split(whole)
    hold = Hold(wanted.order_id, NOON, sum(part.points for part in parts))
    wallets.take(whole.account_id, hold, most_abroad=0)
    shipments.store_parts(parts)
