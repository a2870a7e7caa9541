"""How long a session lives: without use, in all, and as the account allows; to the second."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain.accounts import Account
from shared.domain.sessions import Session

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MINE = Session(
    user_id="ann",
    session_id="session",
    sealed_secret="sealed",
    created_at=NOON,
    proved_at=NOON,
    confirmed_at=NOON,
    used_at=NOON,
    ends_at=NOON + DAY,
    idle=HOUR,
    transport="token",
    factors="password",
    address="192.0.2.1",
    user_agent="Check/1.0",
)


@pytest.mark.parametrize(("used", "until"), [(timedelta(0), HOUR), (DAY - MINUTE, DAY)])
def test_a_session_ends_so_long_after_its_use_and_never_later_than_its_end(used: timedelta, until: timedelta):
    mine = replace(MINE, used_at=NOON + used)
    assert mine.idle_until == NOON + until
    assert [mine.lives(now=NOON + until + more) for more in (-SECOND, timedelta(0))] == [True, False]


@pytest.mark.parametrize(("longest", "idle"), [(2 * HOUR, HOUR), (MINUTE, MINUTE)])
def test_an_account_makes_sessions_shorter_and_never_longer(longest: timedelta, idle: timedelta):
    assert MINE.within(Account("A" * 10, longest_idle=longest)).idle == idle


def test_what_was_confirmed_just_now_is_fresh_for_a_while():
    moments = [NOON + policy.CONFIRMED_FOR - SECOND, NOON + policy.CONFIRMED_FOR]
    assert [MINE.is_fresh(now=now) for now in moments] == [True, False]


def test_a_use_is_written_down_once_in_a_while():
    moments = [NOON + policy.SESSION_TOUCHED_EVERY - SECOND, NOON + policy.SESSION_TOUCHED_EVERY]
    assert [MINE.is_worth_touching(now=now) for now in moments] == [False, True]
