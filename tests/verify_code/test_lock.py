"""The lock after the most wrong codes in a row: it is in the activity log, once for each lock."""

from datetime import timedelta
from typing import Any

import pytest

from shared import policy
from shared.auth import attempt_limits
from shared.storage import engine
from shared.storage.attempts import AttemptItem
from tests.proofs import tables
from tests.support.calls import Answer, AwsCall, Proceed, intercepted, preceded, refuse
from tests.support.events import Reply
from tests.support.factors import ask, signed_in, with_codes
from tests.support.world import Person, World

LOCK = "authn_login_lock"


def wrong(world: World) -> Reply:
    """A wrong code for a new challenge."""
    challenge_id = world.challenge()
    return world.verify(challenge_id, world.wrong_code())


def locks(person: Person) -> list[dict[str, Any]]:
    """The entries about locks in the log of *person*."""
    return [
        row for row in tables.rows("activity") if row["event"]["S"] == LOCK and row["user_id"]["S"] == person.user_id
    ]


def all_but(world: World, person: Person, left: int = 1) -> None:
    """So many more wrong codes are taken from *person* than there are."""
    tried = [
        AttemptItem.failures.set(policy.MAX_CODE_ATTEMPTS - left),
        AttemptItem.last_at.set(world.now - policy.LONGEST_WAIT),
    ]
    engine.commit(engine.change(AttemptItem(f"code:{person.user_id}"), tried))


def test_the_wrong_code_after_which_no_other_is_taken_is_in_the_log_once(world: World):
    tried = 0
    while tried < policy.MAX_CODE_ATTEMPTS:
        world.wait(policy.LONGEST_WAIT + timedelta(hours=1))
        challenge_id, code = world.challenge(), world.wrong_code()
        while tried < policy.MAX_CODE_ATTEMPTS:
            assert locks(world.ann) == []
            if world.verify(challenge_id, code, address="203.0.113.9").status != 401:
                break
            tried += 1
            world.wait(timedelta(seconds=1))
    (entry,) = locks(world.ann)
    assert (entry["address"]["S"], entry["actor"]["S"]) == ("203.0.113.9", world.ann.login)
    world.wait(timedelta(days=400))
    assert wrong_is_refused(world)
    assert len(locks(world.ann)) == 1


def wrong_is_refused(world: World) -> bool:
    """From a sign-in on, since no code is sent that could not be tried."""
    answer = world.sign_in()
    return (answer.status, answer.error) == (403, "codes_locked")


def test_its_user_sees_it_where_they_see_what_happened(world: World):
    token = signed_in(world)
    all_but(world, world.ann)
    assert wrong(world).status == 401
    told = ask(world, token, "GET", "/account/activity", query={"event": LOCK})
    assert [entry["event"] for entry in told.body["entries"]] == [LOCK]


def test_the_right_code_at_the_last_try_locks_nothing(world: World):
    all_but(world, world.ann)
    assert world.session()
    assert locks(world.ann) == []
    assert wrong(world).status == 401


def test_a_lock_that_was_opened_and_closed_again_is_another_one(world: World):
    for lock in (1, 2):
        all_but(world, world.ann)
        assert wrong(world).status == 401
        assert len(locks(world.ann)) == lock
        engine.commit(attempt_limits.resetting_code_attempts(world.ann.user_id, now=world.now))


def test_another_factor_of_the_same_user_counts_as_well(world: World):
    token = signed_in(world)
    with_codes(world, token)
    all_but(world, world.ann)
    challenge_id = world.challenge()
    assert world.verify(challenge_id, "0" * policy.RECOVERY_CODE_CHARACTERS).status == 401
    assert len(locks(world.ann)) == 1


def test_a_wrong_first_code_of_a_new_app_counts_as_well(world: World):
    token = signed_in(world)
    assert ask(world, token, "POST", "/account/factors/totp").status == 200
    all_but(world, world.ann)
    assert ask(world, token, "POST", "/account/factors/totp/confirm", {"code": "000000"}).status == 401
    assert len(locks(world.ann)) == 1


def test_a_right_code_before_the_last_wrong_one_is_counted_makes_it_one_of_many(world: World):
    """The count is read as all but full, and is gone when the attempt is to be counted as the last."""
    all_but(world, world.ann)
    challenge_id, code = world.challenge(), world.wrong_code()
    meanwhile = iter([[], [attempt_limits.resetting_code_attempts(world.ann.user_id, now=world.now)]])

    def reset_second() -> None:
        for write in next(meanwhile):
            engine.commit(write)

    with preceded("TransactWriteItems", reset_second, times=2):
        answer = world.verify(challenge_id, code)
    assert (answer.status, answer.error) == (409, "outrun")
    assert world.verify(challenge_id, code).status == 401
    assert locks(world.ann) == []


def test_a_lock_whose_entry_could_not_be_written_is_written_by_whoever_is_refused_next(world: World):
    all_but(world, world.ann)
    challenge_id, code = world.challenge(), world.wrong_code()

    def no_entry(call: AwsCall, proceed: Proceed) -> Answer:
        return refuse("ThrottlingException")(call, proceed) if "activity" in call.tables else proceed()

    with intercepted(no_entry):
        assert world.verify(challenge_id, code).status == 503
    assert locks(world.ann) == []
    assert world.verify(challenge_id, code).status == 403
    assert len(locks(world.ann)) == 1


@pytest.mark.parametrize("times", [1, 3])
def test_a_lock_from_before_there_were_entries_is_written_by_the_next_right_password_once(world: World, times: int):
    all_but(world, world.ann, left=0)
    for _ in range(times):
        assert wrong_is_refused(world)
    assert len(locks(world.ann)) == 1
    assert sorted(subject for _, subject, _ in world.mails) == [
        "Codes for your login are locked",
        "Your password was given on a new device",
    ]


# --- Its e-mail -------------------------------------------------------------------------------------------


def letters_about_locks(world: World) -> list[tuple[str, str]]:
    return [(address, text) for address, subject, text in world.mails if subject == "Codes for your login are locked"]


def test_the_user_is_told_of_the_lock_when_it_happens(world: World):
    all_but(world, world.ann)
    challenge_id, code = world.challenge(), world.wrong_code()
    assert letters_about_locks(world) == []
    world.verify(challenge_id, code)
    ((address, text),) = letters_about_locks(world)
    assert address == "ann@example.com"
    assert f"{world.now:%Y-%m-%d %H:%M} UTC" in text


def test_they_are_told_of_it_in_their_language(world: World):
    ewa = world.add("ewa", phone="+48600100777", language="pl")
    all_but(world, ewa)
    challenge_id = world.challenge(ewa)
    world.verify(challenge_id, world.wrong_code())
    assert world.mails[-1][:2] == ("ewa@example.com", "Kody do Twojego loginu są zablokowane")


def test_the_next_right_password_of_the_same_day_tells_it_no_second_time_and_that_of_another_day_does(world: World):
    all_but(world, world.ann)
    wrong(world)
    for _ in range(2):
        assert wrong_is_refused(world)
    assert len(letters_about_locks(world)) == 1
    world.wait(timedelta(days=1))
    assert wrong_is_refused(world)
    assert len(letters_about_locks(world)) == 2


def test_a_wrong_first_code_of_a_new_app_that_locks_is_told_as_well(world: World):
    token = signed_in(world)
    ask(world, token, "POST", "/account/factors/totp")
    all_but(world, world.ann)
    ask(world, token, "POST", "/account/factors/totp/confirm", {"code": "000000"})
    assert [address for address, _ in letters_about_locks(world)] == ["ann@example.com"]


def test_a_lock_is_told_of_a_new_phone_as_well(world: World):
    token = signed_in(world)
    order = ask(world, token, "POST", "/account/factors/sms", {"phone": "+48600100888"})
    code = world.wrong_code()
    all_but(world, world.ann)
    proof = {"challenge_id": order.body["challenge"]["id"], "code": code}
    assert ask(world, token, "POST", "/account/factors/sms/confirm", proof).status == 401
    assert [address for address, _ in letters_about_locks(world)] == ["ann@example.com"]


def test_a_queue_that_is_down_does_not_change_the_answer_and_the_next_right_password_tells(world: World):
    all_but(world, world.ann)
    challenge_id, code = world.challenge(), world.wrong_code()

    def no_queue(call: AwsCall, proceed: Proceed) -> Answer:
        return refuse("ServiceUnavailable")(call, proceed) if call.service == "sqs" else proceed()

    with intercepted(no_queue):
        assert world.verify(challenge_id, code).status == 401
    assert (len(locks(world.ann)), letters_about_locks(world)) == (1, [])
    assert wrong_is_refused(world)
    assert len(letters_about_locks(world)) == 1
