"""Ordered messages: who finds which, and which of them can still be removed."""

import pytest

from shared import policy
from shared.domain.users import User
from shared.errors import MessageIdsExceeded, MessageUnknown, TokenRefused
from shared.sending import lookup
from shared.storage import shipments, users
from shared.storage.engine import commit
from tests.support import sending
from tests.support.calls import overheard, preceded
from tests.support.sending import (
    ANN_CALLS,
    BOB_CALLS,
    PL,
    PLENTY,
    balance,
    purse,
    remove,
    scheduled,
    send,
    stored,
)
from tests.support.world import World


def user_of(user_id: str) -> User:
    user, _ = sending.find(user_id)
    return user


# --- What is found ----------------------------------------------------------------------------------------


def test_an_owner_sees_what_their_subusers_send_and_these_see_their_own(world: World, ann: str, clerk: str):
    his, hers = send(clerk, now=world.now).message_id(0), send(ann, now=world.now).message_id(0)
    bob, _ = sending.find(world.add("bob").user_id)
    ann_user, clerk_user = sending.find(ann)[0], sending.find(clerk)[0]
    assert lookup.find(ann_user, [his, hers, "garbage"]).keys() == {his, hers}
    assert lookup.find(clerk_user, [his, hers]).keys() == {his}
    assert lookup.find(bob, [his, hers]) == {}


def test_garbage_costs_no_read_and_too_many_ids_are_refused(world: World, ann: str):
    user, _ = sending.find(ann)
    with overheard() as made:
        assert lookup.find(user, ["garbage", "0" * 23, "x" * 24, ""]) == {}
        with pytest.raises(MessageIdsExceeded):
            lookup.find(user, [f"{number:024}" for number in range(101)])
    assert made == []


def test_each_message_is_found_with_its_shipment_and_its_place_and_no_place_beyond_the_last(world: World, ann: str):
    shipment = send(ann, ANN_CALLS, BOB_CALLS, now=world.now)
    ids = [shipment.message_id(place) for place in range(3)]
    assert lookup.find(user_of(ann), ids) == {ids[0]: (stored(shipment), 0), ids[1]: (stored(shipment), 1)}


def test_many_messages_are_found_in_one_round_trip(world: World, ann: str):
    user, ids = user_of(ann), [send(ann, BOB_CALLS, now=world.now).message_id(0) for _ in range(3)]
    with overheard() as made:
        assert lookup.find(user, [*ids, "garbage"]).keys() == set(ids)
    assert [str(call) for call in made] == ["BatchGetItem shipments"]


@pytest.mark.parametrize("one", ["f" * 22 + "00", "garbage", "0" * 24])
def test_so_many_may_be_asked_for_at_once_and_malformed_and_repeated_ids_count(world: World, ann: str, one: str):
    most = [f"{number:024}" for number in range(policy.MESSAGES_ASKED_AT_ONCE)]
    assert lookup.find(user_of(ann), most) == lookup.find(user_of(ann), [one] * len(most)) == {}
    with pytest.raises(MessageIdsExceeded):
        lookup.find(user_of(ann), [*most, one])


def test_a_message_that_is_gone_is_not_found(world: World, ann: str):
    assert lookup.find(user_of(ann), ["f" * 22 + "00"]) == {}


# --- What is removed --------------------------------------------------------------------------------------


def test_what_is_removed_is_given_back(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk)
    assert remove(world, clerk, shipment.message_id(0)) == [shipment.message_id(0)]
    assert (balance(ann), purse(clerk, now=world.now)) == (PLENTY, (PL, PL))
    with pytest.raises(MessageUnknown):
        remove(world, clerk, shipment.message_id(0))
    assert balance(ann) == PLENTY


def test_of_several_some_are_removed(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    remove(world, ann, shipment.message_id(1))
    assert balance(ann) == PLENTY - PL
    assert [stored(shipment).status(place) for place in (0, 1)] == ["QUEUE", "NOT_FOUND"]
    remove(world, ann, shipment.message_id(0))
    assert balance(ann) == PLENTY
    assert stored(shipment).state == "done"


def test_several_shipments_are_removed_at_once(world: World, ann: str):
    ids = [scheduled(world, ann).message_id(0) for _ in range(3)]
    assert remove(world, ann, *ids) == ids
    assert balance(ann) == PLENTY


@pytest.mark.parametrize("what", ["left already", "somebody else's", "a colleague's", "garbage", "no such place"])
def test_what_does_not_wait_is_not_removed_nor_anything_with_it(world: World, ann: str, clerk: str, what: str):
    bob = world.add("bob").user_id
    sending.give_points(bob[:10], PLENTY)
    mine = scheduled(world, clerk)
    other = {
        "left already": lambda: send(clerk, now=world.now).message_id(0),
        "somebody else's": lambda: scheduled(world, bob).message_id(0),
        "a colleague's": lambda: scheduled(world, ann).message_id(0),
        "garbage": lambda: "garbage",
        "no such place": lambda: mine.message_id(7),
    }[what]()
    before = balance(ann)
    with pytest.raises(MessageUnknown):
        remove(world, clerk, mine.message_id(0), other)
    assert balance(ann) == before
    assert stored(mine).status(0) == "QUEUE"


def test_a_message_that_was_removed_already_is_not_removed_with_another(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    remove(world, ann, shipment.message_id(0))
    with pytest.raises(MessageUnknown):
        remove(world, ann, shipment.message_id(1), shipment.message_id(0))
    assert stored(shipment).status(1) == "QUEUE"


def test_a_message_of_a_shipment_that_started_to_leave_is_not_removed(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    commit(shipments.leaving(shipment, now=world.now))
    with pytest.raises(MessageUnknown):
        remove(world, ann, shipment.message_id(0))
    assert balance(ann) == PLENTY - 2 * PL


def test_a_message_that_starts_to_leave_in_this_moment_is_left_out_and_the_others_are_removed(world: World, ann: str):
    first, second = scheduled(world, ann), scheduled(world, ann)
    with preceded("TransactWriteItems", lambda: commit(shipments.leaving(first, now=world.now))):
        assert remove(world, ann, first.message_id(0), second.message_id(0)) == [second.message_id(0)]
    assert balance(ann) == PLENTY - PL
    assert [stored(one).status(0) for one in (first, second)] == ["QUEUE", "NOT_FOUND"]


def test_if_all_of_them_start_to_leave_in_this_moment_they_are_unknown(world: World, ann: str):
    shipment = scheduled(world, ann)
    leave = preceded("TransactWriteItems", lambda: commit(shipments.leaving(shipment, now=world.now)))
    with leave, pytest.raises(MessageUnknown):
        remove(world, ann, shipment.message_id(0))
    assert balance(ann) == PLENTY - PL


def test_a_guard_that_does_not_hold_at_that_moment_removes_nothing(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk)
    commit(users.switching(clerk, enabled=False, now=world.now))
    with pytest.raises(TokenRefused):
        lookup.remove(user_of(clerk), [shipment.message_id(0)], users.welcoming(clerk), now=world.now)
    assert (stored(shipment).status(0), balance(ann)) == ("QUEUE", PLENTY - PL)


def test_each_shipment_is_removed_under_the_guard(world: World, ann: str, clerk: str):
    user, ids = user_of(clerk), [scheduled(world, clerk).message_id(0) for _ in range(2)]
    with overheard() as made:
        lookup.remove(user, ids, users.welcoming(clerk), now=world.now)
    assert ["users" in call.tables for call in made] == [False, True, True]


def test_an_owner_removes_what_a_subuser_scheduled(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk)
    assert remove(world, ann, shipment.message_id(0)) == [shipment.message_id(0)]
    assert (balance(ann), purse(clerk, now=world.now)) == (PLENTY, (PL, PL))


def test_an_id_that_is_given_twice_gives_back_once(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    remove(world, ann, shipment.message_id(0), shipment.message_id(0))
    assert balance(ann) == PLENTY - PL
