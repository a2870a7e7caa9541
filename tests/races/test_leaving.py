"""Scheduled messages that are withdrawn or moved as they leave: each is sent, or given back, or waits; never two."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

import pytest

from messages.find_messages_flow import MessageFilter, withdraw, withdraw_one
from shared import policy
from shared.auth.sessions import Person
from shared.crypto import randomness
from shared.domain.messages import DONE, LEAVING, REMOVED, SENT, WAITING, Recipient, Shipment, place_name
from shared.domain.points import POINT
from shared.domain.sending_hours import Hours
from shared.domain.users import User
from shared.errors import MessageLeft, MessageUnknown, Outrun
from shared.sending import dispatch, lookup, orders, price_list
from shared.storage import shipments, users, wallets
from shared.storage.engine import commit
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, caller, tally
from tests.races.departures import as_stored, deliver_all, pass_at, sent_to

pytestmark = pytest.mark.usefixtures("carrier")

ORDERS, TOGETHER = 5, 2
A_MINUTE = timedelta(minutes=1)
DUE = NOON + A_MINUTE
ALL_THAT_WAITS = MessageFilter(WAITING)
AFTERNOON = Hours("mon tue wed thu fri sat sun", time(11), time(18), "UTC")
EVENING = replace(AFTERNOON, begin=time(16))
AT_FOUR = NOON + timedelta(hours=4)


@pytest.fixture(autouse=True)
def _one_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message costs one."""
    monkeypatch.setattr(price_list, "table", lambda: "PL=1")


@SOME_SEEDS
def test_what_is_withdrawn_while_it_leaves_is_sent_or_given_back(arena: Arena):
    ann = owner(arena)
    waiting = [scheduled(ann, ann.user, place) for place in range(ORDERS)]
    ids = [one.message_id(place) for one in waiting for place in range(TOGETHER)]
    answers = arena.race(
        *[partial(withdraw_one, ann, one, origin=HOME, now=DUE) for one in ids],
        *[partial(withdraw, ann, ALL_THAT_WAITS, None, origin=HOME, now=DUE)] * 2,
        *[partial(pass_at, DUE)] * 2,
        *[partial(deliver_all, ann.user.account_id, DUE)] * 2,
    )
    assert set(tally(answers)) <= {type(None), tuple, MessageLeft, Outrun}
    settle(ann)
    assert_each_is_sent_or_given_back(ann, waiting)


@SOME_SEEDS
def test_messages_of_one_order_are_withdrawn_at_once_and_none_is_said_to_have_left(arena: Arena):
    ann = owner(arena)
    shipment = scheduled(ann, ann.user)
    first, second = (shipment.message_id(place) for place in range(TOGETHER))
    answers = arena.race(
        partial(withdraw_one, ann, first, origin=HOME, now=NOON),
        partial(lookup.remove, ann.user, [second], now=NOON),
    )
    assert tally(answers) == {type(None): 1, list: 1}
    assert as_stored(shipment).state == DONE
    assert wallets.balance(ann.user.account_id) == 100 * POINT


@SOME_SEEDS
def test_all_that_waits_is_withdrawn_although_one_of_it_is_withdrawn_alone_meanwhile(arena: Arena):
    ann = owner(arena)
    waiting = [scheduled(ann, ann.user, place) for place in range(ORDERS)]
    answers = arena.race(
        partial(withdraw, ann, ALL_THAT_WAITS, None, origin=HOME, now=NOON),
        *[partial(withdraw_one, ann, one.message_id(0), origin=HOME, now=NOON) for one in waiting],
        *[partial(lookup.remove, ann.user, [one.message_id(1)], now=NOON) for one in waiting],
    )
    assert set(tally(answers)) <= {type(None), tuple, list, MessageLeft, MessageUnknown}
    assert {as_stored(one).state for one in waiting} == {DONE}
    assert wallets.balance(ann.user.account_id) == 100 * POINT


@SOME_SEEDS
def test_what_moves_to_later_hours_while_it_leaves_is_sent_now_or_then_and_paid_once(arena: Arena):
    ann = owner(arena)
    joe = clerk(ann)
    waiting = [scheduled(ann, joe, place) for place in range(ORDERS)]
    arena.race(
        partial(commit, users.deciding(joe, hours=EVENING)),
        *[partial(pass_at, DUE)] * 2,
        *[partial(deliver_all, joe.account_id, DUE)] * 4,
    )
    deliver_all(joe.account_id, DUE)
    for one in map(as_stored, waiting):
        moved = one.state == WAITING
        assert one.send_at == (AT_FOUR if moved else DUE)
        assert moved or one.state in (LEAVING, DONE)
    for at in (AT_FOUR, AT_FOUR + A_MINUTE):  # what is on the queue twice by now goes out once
        pass_at(at)
        deliver_all(joe.account_id, at)
    assert [sent_to(one, place) for one in waiting for place in range(TOGETHER)] == [1] * ORDERS * TOGETHER
    assert wallets.balance(ann.user.account_id) == (100 - ORDERS * TOGETHER) * POINT


@SOME_SEEDS
def test_what_moves_while_it_is_withdrawn_and_leaves_is_one_of_the_three(arena: Arena):
    ann = owner(arena)
    joe = clerk(ann)
    waiting = [scheduled(ann, joe, place) for place in range(ORDERS)]
    ids = [one.message_id(0) for one in waiting]
    answers = arena.race(
        partial(commit, users.deciding(joe, hours=EVENING)),
        *[partial(withdraw_one, ann, one, origin=HOME, now=DUE) for one in ids],
        *[partial(pass_at, DUE)] * 2,
        *[partial(deliver_all, joe.account_id, DUE)] * 2,
    )
    assert set(tally(answers)) <= {type(None), MessageLeft, Outrun}
    for at in (DUE, AT_FOUR, AT_FOUR + A_MINUTE):
        pass_at(at)
        deliver_all(joe.account_id, at)
    settle(ann, AT_FOUR)
    assert_each_is_sent_or_given_back(ann, waiting)


# --- Who orders, and what came of it ----------------------------------------------------------------------


def owner(arena: Arena) -> Person:
    """Somebody who has just signed in, with a hundred points."""
    person = arena.person()
    commit(wallets.adding(person.account_id, 100 * POINT))
    (session,) = arena.sessions(person, 1, at=NOON)
    return caller(session)


def clerk(ann: Person) -> User:
    """A sub-user who may send in the afternoon."""
    user_id = randomness.user_id(ann.user.account_id)
    joe = User(ann.user.account_id, user_id, f"joe-{user_id}", True, NOON, owner=False, hours=AFTERNOON)
    commit(users.adding(joe), wallets.opening(joe.user_id, from_account=100 * POINT, per_month=0, now=NOON))
    return joe


def scheduled(ann: Person, by: User, place: int = 0) -> Shipment:
    """An order of TOGETHER messages for DUE, that moves to later hours."""
    numbers = [Recipient(f"+486001{place:03}{other:02}", "PL") for other in range(TOGETHER)]
    ordered = orders.order(
        by,
        ann.account,
        recipients=numbers,
        text="hello",
        sender="Test",
        send_at=DUE,
        at_next_hour=True,
        now=NOON,
    )
    return dispatch.send(ordered, now=NOON)


def settle(ann: Person, start: datetime = DUE) -> None:
    """Deliver what the race left on the queue, and let the pass end the rest."""
    deliver_all(ann.user.account_id, start)
    for later in (A_MINUTE, policy.SHIPMENT_GIVEN_UP_AFTER + 2 * A_MINUTE):
        pass_at(start + later)


def assert_each_is_sent_or_given_back(ann: Person, waiting: list[Shipment]) -> None:
    ended = [as_stored(one) for one in waiting]
    assert {(one.state, one.left) for one in ended} == {(DONE, 0)}
    outcomes = [(one.became[place_name(place)], sent_to(one, place)) for one in ended for place in range(TOGETHER)]
    assert set(outcomes) <= {(SENT, 1), (REMOVED, 0)}
    assert wallets.balance(ann.user.account_id) == (100 - outcomes.count((SENT, 1))) * POINT
    assert not shipments_of(ann)


def shipments_of(ann: Person) -> list[shipments.Place]:
    """Return those of the account that the pass of each minute would still look at."""
    far = AT_FOUR + 2 * policy.SHIPMENT_GIVEN_UP_AFTER
    return [place for page in shipments.due(now=far) for place in page if place[0] == ann.user.account_id]
