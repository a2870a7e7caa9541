"""Attempts at a code: counted before the code is checked, and the one that locks codes is in the activity log once."""

import pytest

from shared import policy
from shared.auth import attempt_limits, code_attempts
from shared.auth.code_attempts import Guesser, paid_for
from shared.domain.origins import Origin
from shared.errors import (
    ChallengeClosed,
    CodesLocked,
    NoPoints,
    Outrun,
    Refusal,
    TooManyCodes,
    Unavailable,
    UnknownChallenge,
    WrongCode,
)
from shared.storage import engine, logins, wallets
from shared.storage.attempts import AttemptItem, NewlyLocked
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.calls import overheard, preceded
from tests.support.world import World

MOST = policy.MAX_CODE_ATTEMPTS


@pytest.fixture
def ann(world: World) -> Guesser:
    reader = logins.find("ann")
    assert reader
    return Guesser(world.ann.user_id, reader, Origin("203.0.113.9", "Firefox/140"))


def giving() -> engine.Write:
    """Another write of a request, which is never refused."""
    return wallets.adding("somebody", 1)


def taking() -> engine.Write:
    """Another write of a request, which is refused as NoPoints."""
    enough = wallets.AccountWalletItem.balance >= 1
    return engine.check(wallets.key("nobody"), guard=enough, refused=lambda _: NoPoints())


def tried(world: World, ann: Guesser, times: int) -> None:
    """So many wrong codes were tried, and the longest wait is over."""
    last_at = world.now - policy.LONGEST_WAIT
    item = AttemptItem(f"code:{ann.user_id}")
    commit(engine.change(item, [AttemptItem.failures.set(times), AttemptItem.last_at.set(last_at)]))


def attempts(ann: Guesser) -> int:
    return int(tables.row("strikes", {"about": {"S": f"code:{ann.user_id}"}}).get("failures", {"N": "0"})["N"])


def locks() -> list[tuple[str, str, str]]:
    """User, actor and address of each entry about a lock."""
    logged = [row for row in tables.rows("activity") if row["event"]["S"] == "authn_login_lock"]
    return [(row["user_id"]["S"], row["actor"]["S"], row["address"]["S"]) for row in logged]


def attempt(world: World, ann: Guesser, *writes: engine.Write, fails: Refusal | None = None) -> None:
    """Try a code; it is right unless *fails* says why not."""
    with paid_for(ann, *writes, now=world.now):
        if fails:
            raise fails


def refused(world: World, ann: Guesser, *writes: engine.Write) -> type[Refusal]:
    """Return why no code is checked at all."""
    with pytest.raises(Refusal) as refusal, paid_for(ann, *writes, now=world.now):
        pytest.fail("the code is checked")
    return type(refusal.value)


def test_an_attempt_is_counted_before_the_code_is_checked_together_with_the_other_writes(world: World, ann: Guesser):
    with overheard() as made, paid_for(ann, giving(), now=world.now):
        assert (attempts(ann), wallets.balance("somebody")) == (1, 1)
    assert [call.operation for call in made] == ["TransactWriteItems", "GetItem"]  # the second is this test's own
    assert attempts(ann) == 1


def test_a_write_that_is_refused_costs_no_attempt_and_no_code_is_checked(world: World, ann: Guesser):
    assert refused(world, ann, taking()) is NoPoints
    assert attempts(ann) == 0


def test_no_code_is_checked_during_a_wait(world: World, ann: Guesser):
    for _ in range(policy.FREE_CODE_ATTEMPTS):
        attempt(world, ann)
    assert refused(world, ann, giving()) is TooManyCodes
    assert (attempts(ann), wallets.balance("somebody")) == (policy.FREE_CODE_ATTEMPTS, 0)


@pytest.mark.parametrize(("before", "logged"), [(MOST - 2, 0), (MOST - 1, 1)])
@pytest.mark.parametrize("wrong", [WrongCode, UnknownChallenge])
def test_the_wrong_code_that_locks_and_no_sooner_one_is_in_the_log_with_who_tried_it_and_from_where(
    world: World, ann: Guesser, wrong: type[WrongCode], before: int, logged: int
):
    tried(world, ann, before)
    with pytest.raises(wrong):
        attempt(world, ann, fails=wrong())
    assert attempts(ann) == before + 1
    assert locks() == [(ann.user_id, "ann", "203.0.113.9")] * logged


@pytest.mark.parametrize(
    ("before", "operations"),
    [(MOST - 2, ["UpdateItem"]), (MOST - 1, ["UpdateItem", "UpdateItem", "TransactWriteItems", "SendMessage"])],
)
def test_a_wrong_code_is_one_round_trip_and_the_last_one_is_counted_as_such_and_logged_in_two_more(
    world: World, ann: Guesser, before: int, operations: list[str]
):
    tried(world, ann, before)
    with overheard() as made, pytest.raises(WrongCode):
        attempt(world, ann, fails=WrongCode())
    assert [call.operation for call in made] == operations


def test_the_right_code_at_the_last_attempt_is_in_no_log(world: World, ann: Guesser):
    tried(world, ann, MOST - 1)
    attempt(world, ann)
    assert (attempts(ann), locks()) == (MOST, [])


@pytest.mark.parametrize("fails", [ChallengeClosed, Unavailable])
def test_a_last_attempt_that_fails_for_another_reason_is_in_no_log(world: World, ann: Guesser, fails: type[Refusal]):
    tried(world, ann, MOST - 1)
    with pytest.raises(fails):
        attempt(world, ann, fails=fails())
    assert (attempts(ann), locks()) == (MOST, [])


def test_the_other_writes_are_done_once_with_the_last_attempt(world: World, ann: Guesser):
    tried(world, ann, MOST - 1)
    attempt(world, ann, giving())
    assert wallets.balance("somebody") == 1


def test_a_lock_that_is_in_no_log_yet_is_written_there_by_whoever_is_refused_next_and_once(world: World, ann: Guesser):
    tried(world, ann, MOST)
    assert refused(world, ann, giving()) is NewlyLocked
    assert issubclass(NewlyLocked, CodesLocked)
    assert refused(world, ann) is CodesLocked
    assert (attempts(ann), len(locks()), wallets.balance("somebody")) == (MOST, 1, 0)


def test_a_right_code_of_another_request_before_the_last_attempt_is_counted_asks_to_try_again(
    world: World, ann: Guesser
):
    tried(world, ann, MOST - 1)
    resets = iter([[], [attempt_limits.resetting_code_attempts(ann.user_id, now=world.now)]])

    def reset_second() -> None:
        for write in next(resets):
            commit(write)

    with preceded("UpdateItem", reset_second, times=2):
        assert refused(world, ann) is Outrun
    assert (attempts(ann), locks()) == (0, [])


def test_only_a_lock_is_noted_and_the_other_writes_are_done_either_way(world: World, ann: Guesser):
    for failures, logged in ((MOST - 1, 0), (MOST, 1), (MOST, 1)):
        tried(world, ann, failures)
        code_attempts.note_lock(ann, giving(), now=world.now)
        with overheard() as made:
            code_attempts.note_lock(ann, now=world.now)
        assert (len(locks()), len(made)) == (logged, 1)
    assert wallets.balance("somebody") == 3


def test_a_lock_is_not_noted_without_its_other_writes(world: World, ann: Guesser):
    tried(world, ann, MOST)
    with pytest.raises(NoPoints):
        code_attempts.note_lock(ann, taking(), now=world.now)
    assert locks() == []
