"""What concerns everybody in an account: each enabled user gets an e-mail."""

from dataclasses import replace

import pytest

from shared.auth import announcements
from shared.delivery import notices, queue
from shared.delivery.letters import ChangeMade
from shared.delivery.notices import Notice
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.storage import users
from shared.storage.engine import commit
from tests.account.ip_lists import colleague
from tests.proofs import waiting
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, overheard, refuse
from tests.support.world import NOON, World

ORIGIN = Origin("203.0.113.9", "Check/1.0")


def letters(world: World) -> list[ChangeMade]:
    return announcements.letters("lists_opened", account_of(world.ann.user_id), origin=ORIGIN, now=world.now)


def queued() -> list[Notice]:
    """Everything that waits on the queue."""
    return [notices.read(body) for bodies in iter(waiting.taken, []) for body in bodies]


def crowd(world: World, size: int) -> list[ChangeMade]:
    """So many letters to ann, each with an id of its own."""
    (letter,) = letters(world)
    return [replace(letter, id=f"letter-{place}") for place in range(size)]


def test_every_enabled_user_of_the_account_and_nobody_else_gets_a_letter(world: World):
    colleague(world, world.ann, "bob", language="pl")
    colleague(world, world.ann, "gone", enabled=False)
    world.add("stranger")
    told = sorted((one.login, one.email, one.language) for one in letters(world))
    assert told == [("ann", "ann@example.com", "en"), ("bob", "bob@example.com", "pl")]


def test_a_letter_says_what_was_done_when_and_from_where(world: World):
    (letter,) = letters(world)
    assert (letter.change, letter.at, letter.address) == ("lists_opened", NOON, "203.0.113.9")


def test_whoever_is_enabled_again_is_told_as_well(world: World):
    bob = colleague(world, world.ann, "bob", enabled=False)
    commit(users.switching(bob.user_id, enabled=True, now=world.now))
    assert {one.login for one in letters(world)} == {"ann", "bob"}


@pytest.mark.parametrize(("size", "calls"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_as_many_letters_as_one_call_takes_are_queued_at_a_time_and_none_is_lost(world: World, size: int, calls: int):
    sent = crowd(world, size)
    with overheard() as made:
        announcements.tell(sent)
    assert len(made) == calls
    assert sorted(queued(), key=str) == sorted(sent, key=str)


def test_letters_that_the_queue_does_not_accept_keep_no_other_from_it(world: World):
    *first, left = crowd(world, queue.MOST_AT_ONCE + 1)

    def no_batch(call: AwsCall, proceed: Proceed) -> Answer:
        return refuse("ThrottlingException")(call, proceed) if call.operation == "SendMessageBatch" else proceed()

    with intercepted(no_batch):
        announcements.tell([*first, left])
    assert queued() == [left]
