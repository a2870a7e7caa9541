"""The budgets table: what is counted is exact to the last message, starts anew in time, and is forgotten some day."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.errors import (
    IdxUsed,
    NumberRepeated,
    TooMany,
    TooManyCodes,
    TooManyRequests,
)
from shared.storage import counters
from shared.storage.engine import Write, commit
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACCOUNT, ABOUT = "A" * 10, "user:number"


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def repeats(now: datetime, messages: int = 1) -> Write:
    return counters.charging_repeats(ABOUT, messages, now=now)


def idx(now: datetime) -> Write:
    return counters.using_idx(ACCOUNT, "idx", now=now)


def requests(now: datetime) -> Write:
    (write,) = counters.counting_requests([("token", 2)], now=now)
    return write


def wrong_codes(now: datetime) -> Write:
    return counters.counting_wrong_code("user", 2, now=now)


def wait(write: Write, reason: type[TooMany]) -> timedelta:
    """How long the refusal says to wait."""
    with pytest.raises(reason) as refused:
        commit(write)
    assert refused.value.retry_after
    return refused.value.retry_after


def forget_at() -> datetime:
    """When the only row is removed."""
    (row,) = tables.rows("budgets")
    return datetime.fromtimestamp(int(row["forget_at"]["N"]), NOON.tzinfo)


FORGOTTEN: dict[str, tuple[Callable[[datetime], Write], timedelta]] = {
    "repeats": (repeats, HOUR),
    "a customer's name for a message": (idx, DAY + HOUR),
    "requests of a minute": (requests, 10 * MINUTE),
    "wrong codes of an hour": (wrong_codes, 2 * HOUR),
}


@pytest.mark.parametrize("what", sorted(FORGOTTEN))
def test_what_is_counted_is_forgotten_once_it_does_not_matter_any_more(what: str):
    write, after = FORGOTTEN[what]
    commit(write(NOON))
    assert forget_at() == NOON + after


@pytest.mark.parametrize("at_once", [1, 2, 5, policy.SMS_REPEATS])
def test_so_many_go_to_one_number_within_a_minute(at_once: int):
    for place in range(policy.SMS_REPEATS // at_once):
        commit(repeats(NOON + place * SECOND, at_once))
    assert wait(repeats(NOON + 20 * SECOND, at_once), NumberRepeated) == policy.SMS_REPEATS_WITHIN - 20 * SECOND
    commit(repeats(NOON + policy.SMS_REPEATS_WITHIN, at_once))


@pytest.mark.parametrize("since", [0, 3])
def test_what_is_given_back_does_not_count_and_what_came_since_does(since: int):
    commit(repeats(NOON, 6))
    for place in range(since):
        commit(repeats(NOON + (place + 1) * SECOND))
    commit(counters.uncharging_repeats(ABOUT, 4, at=NOON))
    commit(counters.uncharging_repeats(ABOUT, 1, at=NOON - SECOND), counters.forgetting_idx(ABOUT, "idx"))
    left = 2 + since
    commit(repeats(NOON + 10 * SECOND, policy.SMS_REPEATS - left))
    assert wait(repeats(NOON + 20 * SECOND), NumberRepeated) == 40 * SECOND
    commit(repeats(NOON + MINUTE, 2))


def test_of_a_number_that_is_not_counted_any_more_nothing_is_given_back():
    commit(counters.uncharging_repeats(ABOUT, 4, at=NOON), counters.forgetting_idx(ABOUT, "idx"))
    assert tables.rows("budgets") == []


def test_a_name_for_a_message_is_used_once_a_day_unless_the_message_was_never_sent():
    commit(counters.forgetting_idx(ACCOUNT, "idx"))
    commit(idx(NOON))
    assert refusal(idx(NOON + policy.IDX_KEPT_FOR - SECOND)) is IdxUsed
    commit(idx(NOON + policy.IDX_KEPT_FOR))
    commit(counters.forgetting_idx(ACCOUNT, "idx"))
    commit(idx(NOON + policy.IDX_KEPT_FOR))


def test_a_token_is_used_so_often_in_each_minute():
    for second in (0, 59):
        commit(requests(NOON + second * SECOND))
    assert wait(requests(NOON + 45 * SECOND), TooManyRequests) == 15 * SECOND
    commit(requests(NOON + MINUTE))


def test_so_many_codes_of_a_user_may_be_wrong_in_each_hour():
    for minutes in (0, 59):
        commit(wrong_codes(NOON + minutes * MINUTE))
    assert wait(wrong_codes(NOON + 59 * MINUTE), TooManyCodes) == MINUTE
    commit(wrong_codes(NOON + HOUR))


def test_nobody_pays_for_somebody_else():
    for account_id in ("A" * 10, "B" * 10):
        commit(
            counters.charging_repeats(f"{account_id}:number", policy.SMS_REPEATS, now=NOON),
            counters.charging_repeats(f"{account_id}:other", policy.SMS_REPEATS, now=NOON),
            counters.using_idx(account_id, "idx", now=NOON),
            counters.using_idx(account_id, "other", now=NOON),
            counters.counting_wrong_code(account_id, 1, now=NOON),
            *counters.counting_requests([(account_id, 1)], now=NOON),
        )
