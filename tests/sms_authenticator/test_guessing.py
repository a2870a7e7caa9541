"""Guessing at the codes of many numbers: it makes tries fewer and is told to the owner, and it closes nothing."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from shared import policy
from shared.domain import points
from shared.domain.mfa_codes import most_wrong
from tests.sms_authenticator.mfa import (
    CODE,
    NUMBER,
    OTHER_NUMBER,
    WRONG,
    Shop,
    put_code,
    shop,
    strict_until,
    wrong_this_hour,
)
from tests.support.sending import give_points
from tests.support.tokens import colleague
from tests.support.world import World

FREE, FIRST_WAIT, _ = policy.MFA_ATTEMPTS_OF_LONGER
HALF = FREE // 2
HOUR, A_SECOND = timedelta(hours=1), timedelta(seconds=1)
SUBJECT = "Many wrong codes in SMS Authenticator"


@pytest.fixture
def ann(world: World) -> Shop:
    """A program of ann's, which has just sent CODE to NUMBER."""
    its = shop(world)
    give_points(its.account_id, points.read("10"))
    put_code(world.ann.user_id, now=world.now)
    return its


def few(most: int = 3, digits: int = policy.CODE_DIGITS) -> Any:
    """So many wrong codes of so many digits are the most that a user may have in an hour."""
    if digits in policy.MFA_WRONG_PER_USER_AND_HOUR:
        return patch.dict(policy.MFA_WRONG_PER_USER_AND_HOUR, {digits: most})
    return patch.object(policy, "MFA_WRONG_PER_USER_AND_HOUR_OF_LONGER", most)


def guess(its: Shop, times: int = 4, code: str = CODE) -> None:
    """Wrong tries at codes of that length, each at a number of its own."""
    for number in (f"+486020000{place:02}" for place in range(times)):
        put_code(its.person.user_id, number=number, code=code, now=its.world.now)
        assert its.verify(WRONG[: len(code)], number).status == 404


def test_a_thousand_guesses_at_numbers_that_never_got_a_code_change_nothing(world: World, ann: Shop):
    with few():
        assert {ann.verify(WRONG, f"486010000{place:02}").status for place in range(20)} == {404}
    assert (strict_until(world.ann) < world.now, wrong_this_hour(world.ann)) == (True, 0)
    assert [ann.send(OTHER_NUMBER).status, ann.verify().status] == [201, 204]


def test_above_the_limit_nothing_is_refused_and_each_number_has_half_its_tries(world: World, ann: Shop):
    with few():
        guess(ann)
        assert ann.send("48600100299").status == 201
        assert [ann.verify(WRONG).status for _ in range(HALF)] == [404] * HALF
        refused = ann.verify()
        assert (refused.status, refused.retry_after) == (429, FIRST_WAIT.total_seconds())
        world.wait(FIRST_WAIT)
        assert ann.verify().status == 204


def test_a_number_that_waits_is_still_sent_a_code(world: World, ann: Shop):
    for _ in range(FREE + 1):
        ann.verify(WRONG)
    assert ann.verify().status == 429
    world.wait(policy.MFA_RESEND_AFTER - A_SECOND)
    sent = ann.send()
    assert sent.status == 429
    assert sent.error == "resend_too_soon"
    world.wait(A_SECOND)
    assert ann.verify(WRONG).status == 404
    code = ann.send().body["code"]
    assert [ann.verify(code).error] == ["too_many_codes"]
    world.wait(2 * FIRST_WAIT)
    assert ann.verify(code).status == 204


def test_tries_stay_halved_until_an_hour_after_the_hour_of_the_guesses(world: World, ann: Shop):
    world.wait(timedelta(minutes=20))
    with few():
        guess(ann)
    assert strict_until(world.ann) == world.now + timedelta(minutes=40) + policy.MFA_STRICT_FOR
    world.wait(timedelta(minutes=40) + policy.MFA_STRICT_FOR)
    put_code(world.ann.user_id, now=world.now)
    assert [ann.verify(WRONG).status for _ in range(FREE)] == [404] * FREE


@pytest.mark.parametrize(("digits", "most"), [(4, 10), (5, 100), (6, 1000), (10, 1000)])
def test_shorter_codes_have_so_many_fewer_wrong_tries_that_a_guess_is_as_unlikely(digits: int, most: int):
    assert most_wrong(digits) == most
    assert 10**digits / most >= 1000


def test_the_limit_is_that_of_the_codes_length(world: World, ann: Shop):
    with few(digits=4):
        guess(ann, 6)
        assert strict_until(world.ann) < world.now
        guess(ann, 1, CODE[:4])
        assert strict_until(world.ann) > world.now


def test_guesses_of_another_length_do_not_lower_the_limit(world: World, ann: Shop):
    with few(digits=4):
        assert {ann.verify(WRONG[:4]).status for _ in range(10)} == {404}
    assert (strict_until(world.ann) < world.now, wrong_this_hour(world.ann)) == (True, 0)


def test_the_owner_is_told_once_a_day_and_the_log_says_it_once_an_hour(world: World, ann: Shop):
    told = []
    for _ in range(3):
        with few():
            guess(ann, 6)
        world.wait(HOUR)
        told.append([subject for address, subject, _ in world.mails if subject == SUBJECT])
    assert [len(mails) for mails in told] == [1, 1, 1]
    token = world.session()["session"]["token"]
    log = world.call("GET", "/account/activity", headers={"Authorization": f"Bearer {token}"})
    assert [entry["event"] for entry in log.body["entries"]].count("account_codes_guessed") == 3
    world.wait(policy.MFA_GUESSING_TOLD_EVERY)
    with few():
        guess(ann)
    assert [subject for _, subject, _ in world.mails].count(SUBJECT) == 2


def test_guesses_at_a_sub_users_codes_are_told_to_the_owner_and_slow_down_nobody_else(world: World, ann: Shop):
    clerk = colleague(world, world.ann)
    with few():
        guess(shop(world, clerk))
    (mail,) = [mail for mail in world.mails if mail[1] == SUBJECT]
    assert mail[0] == world.ann.email
    assert clerk.login in mail[2]
    assert (strict_until(clerk) > world.now, strict_until(world.ann) < world.now) == (True, True)
    assert [ann.verify(WRONG).status for _ in range(FREE - 1)] == [404] * (FREE - 1)
    assert ann.verify().status == 204


def test_wrong_codes_of_one_account_change_nothing_for_another(world: World, ann: Shop):
    bob = shop(world, world.add("bob"))
    with few():
        guess(bob)
    assert (strict_until(bob.person) > world.now, strict_until(world.ann) < world.now) == (True, True)
    assert ann.verify(CODE, NUMBER).status == 204
