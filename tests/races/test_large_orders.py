"""Large orders on the real engine: each message is sent once or given back, whoever does what at once."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import sleep

import pytest
from moto.backends import get_backend

from messages.find_messages_flow import MessageFilter, withdraw, withdraw_one
from shared import policy
from shared.auth.sessions import Person
from shared.delivery import queue
from shared.delivery.notices import Notice
from shared.domain.messages import DONE, REMOVED, RETURNED, SENT, STOPPED, WAITING, Recipient, Shipment, place_name
from shared.domain.points import POINT
from shared.domain.users import User
from shared.errors import (
    MessageLeft,
    MessageUnknown,
    NumberRepeated,
    Outrun,
)
from shared.sending import counts, dispatch, lookup
from shared.storage import counters, engine, large_orders, shipments, wallets
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, of, tally
from tests.races.departures import as_stored, deliver_all, pass_at, sent_to
from tests.races.large import AT_MOST, EVERYBODY, PARTS, PLENTY, clerk, grants, ids, order, owner, small

pytestmark = pytest.mark.usefixtures("carrier", "small_parts")

A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DUE = NOON + A_MINUTE
ALL_THAT_WAITS = MessageFilter(WAITING)
LEFT_ALONE = {type(None), tuple, list, MessageLeft, MessageUnknown, Outrun}
"""What those get who withdraw while others do, or while it leaves."""


@pytest.fixture(autouse=True)
def _slow_queue(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty at first. It takes what it gets at once, and answers somewhat later: others are at it meanwhile."""
    lose_the_queue()
    put = queue.put

    def put_slowly(*waiting: Notice) -> None:
        put(*waiting)
        sleep(arena.chance.choice((0, 0.005, 0.02)))

    monkeypatch.setattr(queue, "put", put_slowly)


# --- Steps ------------------------------------------------------------------------------------------------


@SOME_SEEDS
@pytest.mark.parametrize("at", [NOON, DUE], ids=["at once", "scheduled"])
def test_steps_that_several_take_while_the_pass_looks_send_each_message_once(arena: Arena, at: datetime):
    ann = owner(arena)
    parts = dispatch.send_large(order(ann.user, at=at), now=NOON)
    arena.race(*workers(arena, ann, at), *passes(arena, at))
    finish(ann, at)
    assert outcomes(parts) == [(SENT, 1)] * len(EVERYBODY)
    assert wallets.balance(ann.user.account_id) == (PLENTY - len(EVERYBODY)) * POINT
    assert_is_over(parts)


@SOME_SEEDS
def test_several_orders_go_on_side_by_side_and_each_message_is_sent_once(arena: Arena):
    ann = owner(arena)
    all_parts = [part for _ in range(3) for part in dispatch.send_large(order(ann.user), now=NOON)]
    arena.race(*workers(arena, ann, NOON), *passes(arena, NOON))
    finish(ann, NOON)
    assert outcomes(all_parts) == [(SENT, 1)] * 3 * len(EVERYBODY)
    assert_is_over(all_parts)


@SOME_SEEDS
def test_whatever_the_queue_loses_meanwhile_is_sent_or_given_back(arena: Arena):
    ann = owner(arena)
    joe = clerk(ann.user, from_account=50, per_month=5)
    parts = dispatch.send_large(order(joe), now=NOON)
    arena.race(*workers(arena, ann, NOON), *[partial(lose_the_queue, often=20)] * 2)
    lose_the_queue()
    finish(ann, NOON)
    assert set(outcomes(parts)) <= {(SENT, 1), (RETURNED, 0)}
    assert_paid(ann.user, joe, parts, from_account=50, per_month=5)
    assert_is_over(parts)


# --- Who withdraws ----------------------------------------------------------------------------------------


@SOME_SEEDS
@pytest.mark.parametrize("at", [NOON, DUE], ids=["at once", "scheduled"])
def test_what_is_withdrawn_while_its_part_is_reached_is_sent_or_given_back(arena: Arena, at: datetime):
    ann = owner(arena)
    parts = dispatch.send_large(order(ann.user, at=at), now=NOON)
    withdrawing = withdrawals(ann, parts, at)
    answers = arena.race(*withdrawing, *workers(arena, ann, at), *passes(arena, at))
    assert set(tally(answers)) <= LEFT_ALONE
    finish(ann, at)
    assert set(outcomes(parts)) <= {(SENT, 1), (REMOVED, 0)}
    assert_paid(ann.user, ann.user, parts)
    assert_only_what_was_sent_is_counted(parts)
    assert_is_over(parts)


@SOME_SEEDS
def test_what_a_subuser_withdraws_comes_back_to_the_grant_that_paid_for_it(arena: Arena):
    ann = owner(arena)
    joe = clerk(ann.user, from_account=50, per_month=4)
    parts = dispatch.send_large(order(joe), now=NOON)
    dispatch.send(small(joe), now=NOON)
    answers = arena.race(
        *[partial(lookup.remove, joe, [one], now=NOON) for one in ids(parts)],
        *[partial(withdraw_one, ann, one, origin=HOME, now=NOON) for one in ids(parts)],
        *workers(arena, ann, NOON),
        *[partial(dispatch.send, small(joe, place), now=NOON) for place in range(1, 4)],
    )
    assert set(tally(answers)) <= LEFT_ALONE | {Shipment}
    finish(ann, NOON)
    assert set(outcomes(parts)) <= {(SENT, 1), (REMOVED, 0)}
    sent = outcomes(parts).count((SENT, 1))
    assert wallets.balance(ann.user.account_id) == (PLENTY - 4 - sent) * POINT
    assert sum(grants(joe)) == 54 - 4 - sent
    assert_only_what_was_sent_is_counted(parts)
    assert_is_over(parts)


@SOME_SEEDS
def test_all_of_it_is_withdrawn_at_once_in_pieces_and_all_points_come_back_once(arena: Arena):
    ann = owner(arena)
    parts = dispatch.send_large(order(ann.user, at=DUE), now=NOON)
    answers = arena.race(*withdrawals(ann, parts, NOON), *withdrawals(ann, parts, NOON))
    assert set(tally(answers)) <= LEFT_ALONE
    withdraw(ann, ALL_THAT_WAITS, None, origin=HOME, now=NOON)
    assert outcomes(parts) == [(REMOVED, 0)] * len(EVERYBODY)
    assert wallets.balance(ann.user.account_id) == PLENTY * POINT


# --- Repeats of a number ----------------------------------------------------------------------------------


@SOME_SEEDS
def test_one_number_gets_ten_a_minute_whatever_is_reached_and_sent_to_it_at_once(arena: Arena):
    ann = owner(arena)
    same = [Recipient("+48600999000", "PL")] * 6
    large = [part for _ in range(2) for part in dispatch.send_large(order(ann.user, numbers=same, at=DUE), now=NOON)]
    ordinary = [order(ann.user, numbers=same[:1], now=DUE) for _ in range(6)]
    answers = arena.race(
        *[partial(dispatch.send, one, now=DUE) for one in ordinary],
        *[partial(work, ann, [DUE] * 2 * PARTS)] * 4,
        *[partial(pass_at, DUE)] * 2,
    )
    assert set(tally(answers)) <= {type(None), Shipment, NumberRepeated}
    for _ in range(2 * PARTS):
        deliver_all(ann.user.account_id, DUE)
    known = [*large, *of(Shipment, answers)]
    assert set(outcomes(known)) <= {(SENT, 1), (STOPPED, 0)}
    sent = outcomes(known).count((SENT, 1))
    assert policy.SMS_REPEATS - AT_MOST < sent <= policy.SMS_REPEATS
    assert wallets.balance(ann.user.account_id) == (PLENTY - sent) * POINT
    assert_is_over(known)


@SOME_SEEDS
def test_in_no_minute_one_number_gets_more_than_ten_although_steps_are_tried_again_later(arena: Arena):
    ann = owner(arena)
    same = [Recipient("+48600999000", "PL")] * 9
    large = [part for _ in range(3) for part in dispatch.send_large(order(ann.user, numbers=same, at=DUE), now=NOON)]
    for minutes in range(PARTS):
        at = DUE + minutes * timedelta(seconds=65)
        arena.race(*[partial(pass_at, at)] * 2, *[partial(work, ann, [at + place * A_SECOND]) for place in range(4)])
    finish(ann, at)
    assert set(outcomes(large)) <= {(SENT, 1), (STOPPED, 0)}
    ordered = [one for one in map(as_stored, large) if one.counted_at]
    counted = sorted(one.counted_at for one in ordered for word in one.became.values() if word == SENT)
    assert len(counted) == outcomes(large).count((SENT, 1))
    ends = zip(counted, counted[policy.SMS_REPEATS :], strict=False)
    assert all(last - first >= policy.SMS_REPEATS_WITHIN for first, last in ends)
    assert wallets.balance(ann.user.account_id) == (PLENTY - len(counted)) * POINT


# --- What comes too late ----------------------------------------------------------------------------------


@SOME_SEEDS
def test_what_is_given_up_while_steps_run_is_sent_or_given_back(arena: Arena):
    ann = owner(arena)
    joe = clerk(ann.user, from_account=50, per_month=4)
    parts = dispatch.send_large(order(joe), now=NOON)
    late = NOON + policy.LARGE_ORDER_GIVEN_UP_AFTER
    answers = arena.race(
        *[partial(work, ann, [late - A_SECOND] * PARTS)] * 3,
        *[partial(work, ann, [late] * PARTS)] * 3,
        *[partial(pass_at, late)] * 2,
        *[partial(withdraw_one, ann, one, origin=HOME, now=late) for one in ids(parts)[::2]],
    )
    assert set(tally(answers)) <= LEFT_ALONE
    finish(ann, late)
    assert set(outcomes(parts)) <= {(SENT, 1), (RETURNED, 0), (REMOVED, 0)}
    assert_paid(ann.user, joe, parts, from_account=50, per_month=4)
    assert_is_over(parts)


# --- What is done at once, and what came of it -----------------------------------------------------------


def work(ann: Person, times: Sequence[datetime]) -> None:
    """Deliver what is on the queue, at one time after the other."""
    for at in times:
        deliver_all(ann.user.account_id, at)


def workers(arena: Arena, ann: Person, at: datetime) -> list[Callable[[], None]]:
    """Several who take what is on the queue, again and again. A claim of one of them is none that has ended."""
    times = [sorted(at + arena.chance.randrange(50) * A_SECOND for _ in range(PARTS + 1)) for _ in range(4)]
    return [partial(work, ann, some) for some in times]


def passes(arena: Arena, at: datetime) -> list[Callable[[], None]]:
    return [partial(pass_at, at), *[partial(pass_at, at + arena.chance.randrange(8) * A_MINUTE) for _ in range(3)]]


def withdrawals(ann: Person, parts: Sequence[Shipment], at: datetime) -> list[Callable[[], object]]:
    """One message alone, those of a part together, and all that waits."""
    together = [[part.message_id(place) for place in range(len(part.recipients))] for part in parts]
    return [
        *[partial(withdraw_one, ann, one, origin=HOME, now=at) for one in ids(parts)[::2]],
        *[partial(lookup.remove, ann.user, some, now=at) for some in together[1:]],
        *[partial(withdraw, ann, ALL_THAT_WAITS, None, origin=HOME, now=at)],
    ]


def finish(ann: Person, start: datetime) -> None:
    """Go on until all is sent or given up."""
    for minutes in (10, 13, 50, 51, 53, 90):
        pass_at(start + minutes * A_MINUTE)
        work(ann, [start + minutes * A_MINUTE] * (PARTS + 1))


def outcomes(known: Sequence[Shipment]) -> list[tuple[str, int]]:
    """Return of each message what is stored, and how often the carrier got it."""
    return [
        (as_stored(one).became.get(place_name(place), ""), sent_to(one, place))
        for one in known
        for place in range(len(one.recipients))
    ]


def assert_paid(ann: User, by: User, parts: Sequence[Shipment], *, from_account: int = 0, per_month: int = 0) -> None:
    """The account has paid what was sent; of it, the month's grant the first messages of the order."""
    is_sent = [outcome == (SENT, 1) for outcome in outcomes(parts)]
    assert wallets.balance(ann.account_id) == (PLENTY - sum(is_sent)) * POINT
    if not by.owner:
        assert grants(by) == (from_account - sum(is_sent[per_month:]), per_month - sum(is_sent[:per_month]))


def assert_is_over(known: Sequence[Shipment]) -> None:
    """No pass looks at it again."""
    assert {(one.state, one.left) for one in map(as_stored, known)} == {(DONE, 0)}
    places = {(one.account_id, one.part_of) for one in known if one.part_of}
    found = large_orders.find_several(places)
    assert {(one.state, one.shipments - one.next, one.look_at) for one in found} == {(DONE, 0, None)}
    far = NOON + timedelta(days=9)
    due = [place for pages in (shipments.due(now=far), large_orders.due(now=far)) for page in pages for place in page]
    assert known[0].account_id not in dict(due)


def assert_only_what_was_sent_is_counted(parts: Sequence[Shipment]) -> None:
    """As a repeat of its number. Each message has a number of its own."""
    everybody = [(part, one) for part in parts for one in part.recipients]
    rows = engine.fetch_raw(*(counters.repeats_key(counts._about(*one)) for one in everybody))
    counted = [raw is not None and datetime.fromisoformat(raw["ordered_0"]["S"]) >= NOON for raw in rows]
    assert counted == [outcome == (SENT, 1) for outcome in outcomes(parts)]


def lose_the_queue(*, often: int = 1) -> None:
    for _ in range(often):
        get_backend("sqs")["123456789012"]["eu-central-1"].queues["messages"]._messages.clear()
        sleep(0.003 if often > 1 else 0)
