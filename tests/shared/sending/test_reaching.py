"""A part of a large order is reached once, with what was paid for it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain.messages import LEAVING, RETURNED, WAITING, Recipient, Shipment
from shared.errors import NumberRepeated
from shared.sending import dispatch, lookup, reaching, refunds
from shared.storage import shipments
from tests.support import sending
from tests.support.calls import overheard, preceded
from tests.support.sending import ANN_CALLS, PL, balance, send, to
from tests.support.world import World

NUMBERS = [f"+486001002{place:02}" for place in range(3)]
TURN = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "RECIPIENTS_AT_ONCE", 2)


def order(user_id: str, world: World) -> Sequence[Shipment]:
    recipients = [Recipient(number, "PL", number) for number in NUMBERS]
    later = world.now + timedelta(hours=1)
    return dispatch.send_large(
        sending.order(user_id, recipients=recipients, send_at=later, now=world.now), now=world.now
    )


def reach(part: Shipment, world: World) -> Shipment | None:
    return reaching.reach(part.account_id, part.shipment_id, now=world.now)


def test_it_becomes_an_ordinary_shipment(world: World, ann: str):
    first, second = order(ann, world)
    with overheard() as made:
        reach(first, world)
    assert len(made) == 4
    (found,) = shipments.find(first.account_id, [first.shipment_id])
    assert (found.state, found.part_of, found.counted_at) == (LEAVING, "", world.now)
    assert found.look_at == world.now + policy.SHIPMENT_GIVEN_UP_AFTER
    (other,) = shipments.find(first.account_id, [second.shipment_id])
    assert (other.state, bool(other.part_of), other.look_at) == (WAITING, True, None)


def test_who_reaches_it_again_finds_it_as_it_is(world: World, ann: str):
    first, _ = order(ann, world)
    reach(first, world)
    again = reach(first, world)
    assert again
    assert (again.state, again.left, balance(ann)) == (LEAVING, 2, sending.PLENTY - 3 * PL)
    assert reaching.reach(first.account_id, "0" * 22, now=world.now) is None


def test_a_month_that_pays_for_some_is_written_into_the_parts_that_it_paid_for(world: World, ann: str):
    joe = sending.subuser(ann, from_account=3 * PL, per_month=PL, now=world.now).user_id
    parts = order(joe, world)
    found = [reach(part, world) for part in parts]
    assert [one.from_month for one in found if one] == [PL, 0]
    assert [one.grant for one in found if one] == [1, 1]


def test_the_month_that_paid_gets_its_points_back_although_the_order_is_of_the_one_before(world: World, ann: str):
    before, after = TURN - timedelta(milliseconds=1), TURN
    joe = sending.subuser(ann, from_account=PL, per_month=4 * PL, now=before)
    send(joe.user_id, now=after)
    recipients = [Recipient(number, "PL", number) for number in NUMBERS]
    whole = sending.order(joe.user_id, recipients=recipients, send_at=after + timedelta(hours=1), now=before)
    reached, other = dispatch.send_large(whole, now=before)
    reaching.reach(reached.account_id, reached.shipment_id, now=after)
    (found,) = shipments.find(reached.account_id, [reached.shipment_id])
    assert found.month == "2027-01"
    refunds.give_back(found, dict.fromkeys(found.unsent, RETURNED), now=after)
    lookup.remove(joe, [other.message_id(0)], now=after)
    assert sending.purse(joe.user_id, now=after) == (PL, 3 * PL)


def test_a_number_that_is_full_is_given_back_and_what_is_left_is_counted_when_it_is_reached(world: World, ann: str):
    send(ann, recipients=to(*[NUMBERS[0]] * policy.SMS_REPEATS), now=world.now)
    first, _ = order(ann, world)
    before = balance(ann)
    found = reach(first, world)
    assert found
    assert (found.unsent, found.left, found.stopped_for) == ([1], 1, "number_repeated")
    assert balance(ann) == before + PL
    send(ann, recipients=to(*[NUMBERS[1]] * (policy.SMS_REPEATS - 1)), now=world.now)
    with pytest.raises(NumberRepeated):
        send(ann, recipients=to(NUMBERS[1]), now=world.now)


def test_of_two_messages_to_a_number_with_room_for_one_one_leaves(world: World, ann: str):
    send(ann, recipients=to(*[NUMBERS[0]] * (policy.SMS_REPEATS - 1)), now=world.now)
    twice = to(NUMBERS[0], NUMBERS[0], NUMBERS[1])
    whole = sending.order(ann, recipients=twice, send_at=world.now + timedelta(hours=1), now=world.now)
    first, _ = dispatch.send_large(whole, now=world.now)
    found = reach(first, world)
    assert found
    assert found.unsent == [0]


def test_a_number_that_gets_full_at_that_moment_lets_the_part_wait_for_another_try(world: World, ann: str):
    first, _ = order(ann, world)
    fill = [NUMBERS[0]] * policy.SMS_REPEATS
    with (
        preceded("TransactWriteItems", lambda: send(ann, recipients=to(*fill), now=world.now)),
        pytest.raises(NumberRepeated),
    ):
        reach(first, world)
    found = reach(first, world)
    assert found
    assert found.unsent == [1]


def test_what_is_given_up_is_given_back_once(world: World, ann: str):
    first, _ = order(ann, world)
    for _ in range(2):
        reaching.give_up(first.account_id, first.shipment_id, now=world.now)
        assert balance(ann) == sending.PLENTY - PL
    found = reach(first, world)
    assert found
    assert found.unsent == []
    send(ann, recipients=to(*[ANN_CALLS] * policy.SMS_REPEATS), now=world.now)
