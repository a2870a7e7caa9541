"""The budgets table: each pot is exact to the last code, each new number and each holder is counted once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.errors import Outrun, PhoneInUse, TooMany, TooManyChallenges, TooManyEnrolments, TooManyMessages
from shared.storage import message_budgets
from shared.storage.engine import Write, commit
from shared.storage.message_budgets import AskedJustNow, Asking, SharedIsOver, UsedBefore
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOON + 12 * HOUR
ACCOUNT, ANN, BOB = "A" * 10, "A" * 10 + "nnnnnn", "A" * 10 + "bbbbbb"
FIREFOX, OPERA = Asking("firefox"), Asking("opera")


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def code(now: datetime, asking: Asking = message_budgets.ALONE, row: str = "row") -> Write:
    return message_budgets.charging("pot", asking, row=row, now=now)


def challenge(now: datetime) -> Write:
    return message_budgets.beginning_challenge("challenges", now=now)


def number(now: datetime) -> Write:
    return message_budgets.charging_new_number("number", now=now)


def account(now: datetime) -> Write:
    return message_budgets.charging_account(ACCOUNT, now=now)


def trying(now: datetime, tried: str = "number") -> Write:
    return message_budgets.trying_number(ANN, tried, now=now)


def given(now: datetime) -> Write:
    return message_budgets.using_given(ANN, "number", now=now)


def wait(write: Write, reason: type[TooMany]) -> timedelta:
    """How long the refusal says to wait."""
    with pytest.raises(reason) as refused:
        commit(write)
    assert refused.value.retry_after
    return refused.value.retry_after


FORGOTTEN: dict[str, tuple[Callable[[datetime], Write], timedelta]] = {
    "codes of a pot": (code, 2 * DAY),
    "challenges": (challenge, policy.CHALLENGE_LIFETIME + DAY),
    "codes to a new number": (number, 12 * HOUR + DAY),
    "codes to new numbers of an account": (account, 12 * HOUR + DAY),
    "new numbers of a user": (trying, 12 * HOUR + DAY),
    "the use of a given number": (given, policy.ACTIVITY_KEPT_FOR),
}


@pytest.mark.parametrize("what", sorted(FORGOTTEN))
def test_what_is_counted_is_forgotten_once_it_does_not_matter_any_more(what: str):
    write, after = FORGOTTEN[what]
    commit(write(NOON))
    (row,) = tables.rows("budgets")
    assert datetime.fromtimestamp(int(row["forget_at"]["N"]), NOON.tzinfo) == NOON + after


def test_a_pot_has_so_many_codes_in_any_hour():
    for place in range(policy.SMS_PER_NUMBER_AND_HOUR):
        commit(code(NOON + place * MINUTE))
    assert wait(code(NOON + 5 * MINUTE), TooManyMessages) == 55 * MINUTE
    assert refusal(code(NOON + HOUR - SECOND)) is TooManyMessages
    commit(code(NOON + HOUR))
    assert wait(code(NOON + HOUR), TooManyMessages) == MINUTE


def test_a_pot_has_so_many_codes_in_any_day():
    for place in range(policy.SMS_PER_NUMBER_AND_DAY):
        commit(code(NOON + place * 15 * MINUTE))
    assert wait(code(NOON + 12 * HOUR), TooManyMessages) == 12 * HOUR
    assert refusal(code(NOON + DAY - SECOND)) is TooManyMessages
    commit(code(NOON + DAY))


def test_the_same_browser_shares_the_code_for_as_long_as_a_resend_waits():
    commit(code(NOON, FIREFOX, "first"))
    with pytest.raises(AskedJustNow) as shared:
        commit(code(NOON + policy.RESEND_AFTER - SECOND, FIREFOX, "second"))
    assert (shared.value.row, shared.value.asked_at) == ("first", NOON)
    commit(code(NOON + SECOND, OPERA, "third"))
    commit(code(NOON + SECOND + policy.RESEND_AFTER, OPERA, "fourth"))


def test_a_resend_is_none_to_share():
    commit(code(NOON, FIREFOX))
    commit(code(NOON + SECOND))
    assert refusal(code(NOON + 2 * SECOND, FIREFOX)) is AskedJustNow


def test_a_browser_whose_challenge_is_over_gets_a_code_and_shares_that_one():
    commit(code(NOON, FIREFOX, "first"))
    commit(code(NOON + SECOND, Asking("firefox", again=True), "second"))
    with pytest.raises(AskedJustNow) as shared:
        commit(code(NOON + 2 * SECOND, FIREFOX, "third"))
    assert shared.value.row == "second"


def test_a_full_pot_still_tells_the_same_browser_to_share():
    for place in range(policy.SMS_PER_NUMBER_AND_HOUR):
        commit(code(NOON + place * MINUTE, FIREFOX))
    at = NOON + (policy.SMS_PER_NUMBER_AND_HOUR - 1) * MINUTE
    assert refusal(code(at + SECOND, FIREFOX)) is AskedJustNow
    assert refusal(code(at + policy.RESEND_AFTER, FIREFOX)) is TooManyMessages
    assert refusal(code(at + SECOND, Asking("firefox", again=True))) is TooManyMessages


def test_nobody_shares_a_code_that_was_not_sent():
    commit(code(NOON, FIREFOX, "first"))
    assert refusal(message_budgets.forgetting_asked("pot", "another")) is Outrun
    commit(message_budgets.forgetting_asked("pot", "first"))
    commit(code(NOON + SECOND, FIREFOX, "second"))


def test_how_to_ask_follows_from_the_refusal():
    earlier = AskedJustNow("row", NOON)
    sharing = FIREFOX.otherwise(earlier)
    assert sharing == Asking("firefox", shares=earlier)
    assert sharing.otherwise(SharedIsOver()) == Asking("firefox", again=True)
    assert FIREFOX.otherwise(UsedBefore()) == Asking("firefox", given_before=True)


def test_so_many_challenges_are_begun_in_the_time_that_one_lives():
    for place in range(policy.CHALLENGES_AT_ONCE):
        commit(challenge(NOON + place * SECOND))
    at = NOON + policy.CHALLENGES_AT_ONCE * SECOND
    assert wait(challenge(at), TooManyChallenges) == policy.CHALLENGE_LIFETIME - policy.CHALLENGES_AT_ONCE * SECOND
    assert refusal(challenge(NOON + policy.CHALLENGE_LIFETIME - SECOND)) is TooManyChallenges
    commit(challenge(NOON + policy.CHALLENGE_LIFETIME))


def test_a_new_number_and_an_account_get_so_many_codes_until_midnight(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "ENROLMENT_SMS_PER_NUMBER_AND_DAY", 2)
    monkeypatch.setattr(policy, "ENROLMENT_SMS_PER_ACCOUNT_AND_DAY", 2)
    for counting in (number, account):
        commit(counting(NOON))
        commit(counting(NOON))
        assert wait(counting(MIDNIGHT - SECOND), TooManyMessages) == SECOND
        commit(counting(MIDNIGHT))


def test_a_user_tries_so_many_new_numbers_a_day_and_each_as_often_as_they_like():
    for place in range(policy.ENROLMENT_NUMBERS_PER_DAY):
        commit(trying(NOON, f"number-{place}"))
        commit(trying(NOON, "number-0"))
    assert wait(trying(MIDNIGHT - SECOND, "another"), TooManyEnrolments) == SECOND
    commit(trying(NOON, "number-1"))
    commit(trying(MIDNIGHT, "another"))


def test_a_given_number_has_one_first_sign_in_until_it_is_proved():
    commit(given(NOON))
    assert refusal(given(NOON)) is UsedBefore
    commit(message_budgets.proving_given(ANN, "number", now=NOON))
    commit(given(NOON))
    commit(given(NOON))


def held(user_id: str, account_id: str = ACCOUNT) -> Write:
    return message_budgets.holding(account_id, "number", user_id)


def test_so_many_users_of_an_account_hold_a_number_and_no_others_are_counted():
    for place in range(policy.NUMBER_HOLDERS):
        commit(message_budgets.may_hold(ACCOUNT, "number", f"{ACCOUNT}{place}"))
        commit(held(f"{ACCOUNT}{place}"))
    assert refusal(held(ANN)) is refusal(message_budgets.may_hold(ACCOUNT, "number", ANN)) is PhoneInUse
    commit(held(f"{ACCOUNT}0"), message_budgets.holding(ACCOUNT, "another", ANN), held(ANN, "B" * 10))
    commit(message_budgets.may_hold(ACCOUNT, "number", f"{ACCOUNT}0"))


def test_a_number_is_given_back_once_and_by_its_holder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "NUMBER_HOLDERS", 1)
    commit(message_budgets.releasing(ACCOUNT, "number", ANN))
    commit(held(ANN))
    commit(message_budgets.releasing(ACCOUNT, "number", BOB))
    assert refusal(held(BOB)) is PhoneInUse
    commit(message_budgets.releasing(ACCOUNT, "number", ANN))
    commit(held(BOB))
