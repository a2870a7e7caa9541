"""Sending on the real engine: not a point more is spent than there is, and what leaves is not given back."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from notify.deliver_flow import deliver
from shared import policy
from shared.crypto import randomness
from shared.domain import points
from shared.domain.accounts import Account
from shared.domain.identifiers import account_of
from shared.domain.messages import Recipient, Shipment
from shared.domain.points import POINT, Points
from shared.domain.users import User
from shared.errors import IdxUsed, LimitReached, MessageUnknown, NoPoints, NumberRepeated, Outrun
from shared.sending import dispatch, lookup, orders, payments, price_list
from shared.storage import accounts, shipments, users, wallets
from shared.storage.engine import commit
from tests.races.arena import NOON, ONE_SEED, SOME_SEEDS, TURN, Arena, of, tally
from tests.races.departures import deliver_all, pass_at, sent_to

MANY, FEW = 500, 30
PRICE = points.read("0.16")
A_MINUTE = timedelta(minutes=1)


pytestmark = pytest.mark.usefixtures("carrier")


@pytest.fixture(autouse=True)
def _one_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message costs one."""
    monkeypatch.setattr(price_list, "table", lambda: "PL=1")


def owner(balance: Points) -> User:
    """Somebody new, whose account has so many points."""
    account_id = randomness.account_id()
    user = User(account_id, randomness.user_id(account_id), "ann", True, NOON)
    commit(accounts.adding(Account(account_id)), users.adding(user), wallets.adding(account_id, balance))
    return user


def clerk(of_whom: User, *, from_account: Points = 0, per_month: Points = 0, now: datetime = NOON) -> User:
    user = replace(of_whom, user_id=randomness.user_id(of_whom.account_id), owner=False)
    commit(users.adding(user), wallets.opening(user.user_id, from_account=from_account, per_month=per_month, now=now))
    return user


def order(user: User, place: int = 0, *, now: datetime = NOON, idx: str = "", later: bool = False) -> Shipment:
    """To a number of its own, since those are limited as well."""
    recipient = Recipient(f"+48600{place:06}", "PL", idx=idx)
    send_at = now + A_MINUTE if later else now
    account = Account(account_of(user.user_id))
    return orders.order(
        user,
        account,
        recipients=[recipient],
        text="hello",
        sender="Test",
        send_at=send_at,
        check_idx=bool(idx),
        now=now,
    )


def sending(
    user: User, place: int = 0, *, now: datetime = NOON, idx: str = "", later: bool = False
) -> partial[Shipment]:
    return partial(dispatch.send, order(user, place, now=now, idx=idx, later=later), now=now)


def stored(answers: list[Shipment]) -> int:
    return sum(len(shipments.find(one.account_id, [one.shipment_id])) for one in answers)


def left(user: User) -> tuple[Points, Points]:
    """Of the account, and in their purse."""
    purse = wallets.purse(user.user_id)
    assert purse
    return wallets.balance(user.account_id), purse.left


@ONE_SEED
def test_five_hundred_at_once_spend_a_hundred_points_and_not_one_more(arena: Arena):
    ann = owner(100 * POINT)
    answers = arena.race(*[sending(ann, place) for place in range(MANY)])
    assert tally(answers) == {Shipment: 100, NoPoints: MANY - 100}
    assert wallets.balance(ann.account_id) == 0
    assert stored(of(Shipment, answers)) == 100


@SOME_SEEDS
def test_a_subusers_limit_holds_however_many_they_send_at_once(arena: Arena):
    ann = owner(1000 * POINT)
    joe = clerk(ann, from_account=5 * POINT, per_month=6 * POINT)
    answers = arena.race(*[sending(joe, place) for place in range(FEW)])
    assert tally(answers) == {Shipment: 11, LimitReached: FEW - 11}
    assert left(joe) == (989 * POINT, 0)


@SOME_SEEDS
def test_where_the_month_turns_in_the_middle_each_month_pays_for_its_own(arena: Arena):
    """Those of the old month that come after the first of the new one are paid with its points."""
    ann = owner(1000 * POINT)
    before, after = TURN - timedelta(milliseconds=1), TURN
    joe = clerk(ann, from_account=5 * POINT, per_month=6 * POINT, now=before)
    answers = arena.race(*[sending(joe, place, now=arena.chance.choice((before, after))) for place in range(FEW)])
    paid = Counter(one.month for one in of(Shipment, answers))
    beyond = max(0, paid[f"{NOON:%Y-%m}"] - 6)
    assert paid[f"{TURN:%Y-%m}"] == 6 + 5 - beyond
    assert tally(answers) == {Shipment: paid.total(), LimitReached: FEW - paid.total()}
    assert left(joe) == ((1000 - paid.total()) * POINT, 0)


@SOME_SEEDS
def test_an_owner_sets_limits_while_they_are_used(arena: Arena):
    """However it falls out: what was sent before counts against the month, and what was set is not exceeded after."""
    ann = owner(1000 * POINT)
    joe = clerk(ann, from_account=20 * POINT, per_month=10 * POINT)
    answers = arena.race(*[sending(joe, place) for place in range(FEW - 5)], partial(limit, joe, 3 * POINT, 4 * POINT))
    sent = len(of(Shipment, answers))
    balance, may_use = left(joe)
    assert balance == (1000 - sent) * POINT
    assert 0 <= may_use <= 7 * POINT
    assert len(of(Outrun, answers)) == 0


def limit(user: User, from_account: Points, per_month: Points) -> str:
    purse = wallets.purse(user.user_id)
    for _ in range(policy.RACE_ATTEMPTS):
        assert purse
        try:
            commit(wallets.limiting(purse, from_account=from_account, per_month=per_month, now=NOON))
        except wallets.PurseChanged as changed:
            purse = changed.purse
        else:
            return "done"
    raise Outrun


@SOME_SEEDS
def test_one_number_gets_ten_however_many_are_sent_at_once(arena: Arena):
    ann = owner(1000 * POINT)
    answers = arena.race(*[sending(ann) for _ in range(FEW)])
    assert tally(answers) == {Shipment: policy.SMS_REPEATS, NumberRepeated: FEW - policy.SMS_REPEATS}


@SOME_SEEDS
def test_a_name_is_used_once_however_many_use_it_at_once(arena: Arena):
    ann = owner(1000 * POINT)
    answers = arena.race(*[sending(ann, place, idx="order-7") for place in range(FEW)])
    assert tally(answers) == {Shipment: 1, IdxUsed: FEW - 1}
    assert wallets.balance(ann.account_id) == 999 * POINT


@SOME_SEEDS
def test_what_is_removed_while_it_leaves_is_sent_or_given_back(arena: Arena):
    ann = owner(1000 * POINT)
    waiting = [dispatch.send(order(ann, place, later=True), now=NOON) for place in range(10)]
    due = NOON + A_MINUTE
    removing = [partial(lookup.remove, ann, [one.message_id(0)], now=due) for one in waiting]
    twice = [partial(lookup.remove, ann, [one.message_id(0)], now=due) for one in waiting]
    answers = arena.race(*removing, *twice, partial(pass_at, due), partial(deliver_all, ann.account_id, due))
    deliver_all(ann.account_id, due)
    removed = len(of(list, answers))
    assert set(tally(answers)) <= {list, MessageUnknown, type(None)}
    assert wallets.balance(ann.account_id) == (990 + removed) * POINT
    assert sum(sent_to(one) for one in waiting) == 10 - removed


@SOME_SEEDS
def test_two_passes_at_once_give_back_once(arena: Arena):
    ann = owner(1000 * POINT)
    joe = clerk(ann, from_account=100 * POINT)
    stuck = [payments.pay(order(joe, place), now=NOON) for place in range(10)]
    late = NOON + policy.SHIPMENT_GIVEN_UP_AFTER
    arena.race(*[partial(pass_at, late)] * 4)
    pass_at(late)
    assert left(joe) == (1000 * POINT, 100 * POINT)
    assert {lookup.find(joe, [one.message_id(0)])[one.message_id(0)][0].status(0) for one in stuck} == {"FAILED"}


@SOME_SEEDS
def test_a_message_that_is_on_the_queue_many_times_goes_out_once(arena: Arena):
    ann = owner(1000 * POINT)
    shipment = dispatch.send(order(ann, arena.chance.randrange(10**6)), now=NOON)
    copy = dispatch.message(shipment, 0)
    answers = arena.race(*[partial(deliver, copy, now=NOON)] * 10)
    assert sent_to(shipment) == 1
    assert set(tally(answers)) <= {type(None), shipments.TakenUp}


@SOME_SEEDS
def test_what_is_sent_while_it_is_given_up_is_one_or_the_other(arena: Arena):
    ann = owner(1000 * POINT)
    stuck = [payments.pay(order(ann, place), now=NOON) for place in range(10)]
    late = NOON + policy.SHIPMENT_GIVEN_UP_AFTER
    arena.race(*[partial(deliver, dispatch.message(one, 0), now=late) for one in stuck], partial(pass_at, late))
    for minutes in (1, 2, 3):
        pass_at(late + minutes * A_MINUTE)
    sent = sum(sent_to(one) for one in stuck)
    assert wallets.balance(ann.account_id) == (1000 - sent) * POINT
