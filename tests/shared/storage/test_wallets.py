"""The wallets table: what is taken is there, what is given back comes where it was taken from, and a month lapses."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from shared.crypto import randomness
from shared.domain.identifiers import account_of
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.domain.users import User
from shared.errors import LimitReached, NoPoints, Outrun
from shared.storage import wallets
from shared.storage.engine import commit
from shared.storage.wallets import MonthOver, PurseChanged
from tests.proofs import tables
from tests.support.template import create_tables

NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECEMBER = NOVEMBER + timedelta(seconds=1)
JOE = randomness.user_id(randomness.account_id())
ACCOUNT = account_of(JOE)


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield


@pytest.fixture(autouse=True)
def _empty(aws: None) -> None:
    tables.empty()


def given(from_account: Points = 0, per_month: Points = 0) -> None:
    """In November."""
    commit(wallets.opening(JOE, from_account=from_account, per_month=per_month, now=NOVEMBER))


def lying() -> Purse:
    found = wallets.purse(JOE)
    assert found
    return found


def seen(now: datetime = NOVEMBER) -> tuple[Points, Points]:
    """What they may use of the account's and of the month's."""
    return lying().at(now).from_account, lying().at(now).granted


def take(points: Points, month: str = "2026-11") -> None:
    commit(wallets.taking(JOE, points, month=month))


def turn_and_take(points: Points, month: str = "2026-12") -> None:
    commit(wallets.taking_first(lying(), points, month=month))


def give_back(points: Points, month: str = "2026-11") -> None:
    """As the guard does it."""
    try:
        commit(wallets.returning(JOE, points, month=month))
    except MonthOver as over:
        for write in wallets.returning_late(over, points, month=month):
            commit(write)


def limit(before: Purse | None = None, now: datetime = NOVEMBER, **limits: Points | None) -> None:
    limits = {"from_account": None, "per_month": None} | limits
    commit(wallets.limiting(before or lying(), now=now, **limits))


# --- The account ------------------------------------------------------------------------------------------


def test_an_account_begins_with_nothing_and_gets_what_is_added():
    assert wallets.balance(ACCOUNT) == 0
    commit(wallets.adding(ACCOUNT, 5))
    commit(wallets.adding(ACCOUNT, 7))
    assert wallets.balance(ACCOUNT) == 12


def test_no_more_is_spent_than_there_is():
    commit(wallets.adding(ACCOUNT, 12))
    commit(wallets.spending(ACCOUNT, 12))
    with pytest.raises(NoPoints):
        commit(wallets.spending(ACCOUNT, 1))
    assert wallets.balance(ACCOUNT) == 0


def test_an_account_without_a_wallet_has_nothing():
    with pytest.raises(NoPoints):
        commit(wallets.spending(ACCOUNT, 1))


# --- A sub-user's -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spent", "left"), [(0, (10, 5)), (3, (10, 2)), (5, (10, 0)), (6, (9, 0)), (15, (0, 0))])
def test_the_months_points_are_used_first(spent: Points, left: tuple[Points, Points]):
    given(from_account=10, per_month=5)
    take(spent)
    assert seen() == left


def test_no_more_is_taken_than_was_given():
    given(from_account=10, per_month=5)
    take(14)
    with pytest.raises(LimitReached):
        take(2)
    assert seen() == (1, 0)


def test_who_has_no_purse_may_use_nothing():
    with pytest.raises(LimitReached):
        take(1)


@pytest.mark.parametrize(("spent", "left"), [(0, (10, 5)), (5, (10, 5)), (12, (3, 5)), (15, (0, 5))])
def test_what_a_month_has_left_over_lapses_and_the_next_has_points_of_its_own(
    spent: Points, left: tuple[Points, Points]
):
    given(from_account=10, per_month=5)
    take(spent)
    assert seen(DECEMBER) == left


def test_the_first_points_of_a_month_turn_it():
    given(from_account=10, per_month=5)
    take(12)
    with pytest.raises(PurseChanged):
        take(1, "2026-12")
    turn_and_take(6)
    assert seen(DECEMBER) == (2, 0)
    take(2, "2026-12")
    assert seen(DECEMBER) == (0, 0)


def test_two_at_once_turn_a_month_once():
    given(from_account=10, per_month=5)
    before = lying()
    turn_and_take(5)
    with pytest.raises(PurseChanged) as refused:
        commit(wallets.taking_first(before, 5, month="2026-12"))
    assert refused.value.purse == lying()
    assert seen(DECEMBER) == (10, 0)


def test_the_first_points_of_a_month_may_be_too_many():
    given(from_account=1, per_month=5)
    with pytest.raises(LimitReached):
        turn_and_take(7)


# --- Given back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [2, 5, 8])
def test_what_is_given_back_in_its_month_comes_where_it_was_taken_from(points: Points):
    given(from_account=10, per_month=5)
    before = seen()
    take(points)
    give_back(points)
    assert seen() == before


@pytest.mark.parametrize(("spent", "back", "left"), [(4, 4, (10, 5)), (12, 4, (7, 5)), (12, 9, (10, 5))])
def test_of_a_month_that_is_over_only_what_was_not_granted_for_it_is_given_back(
    spent: Points, back: Points, left: tuple[Points, Points]
):
    given(from_account=10, per_month=5)
    take(spent)
    turn_and_take(0)
    give_back(back)
    assert seen(DECEMBER) == left


def test_what_is_given_back_late_is_given_back_once():
    given(from_account=10, per_month=5)
    take(12)
    turn_and_take(0)
    for _ in range(3):
        give_back(3)
    give_back(5)
    assert seen(DECEMBER) == (10, 5)


def test_what_is_given_back_months_later_is_known_by_its_month():
    given(from_account=100, per_month=5)
    take(12)
    turn_and_take(25)
    turn_and_take(0, "2027-02")
    give_back(7)
    assert seen(datetime(2027, 2, 1, tzinfo=UTC)) == (80, 5)
    give_back(20, "2026-12")
    assert seen(datetime(2027, 2, 1, tzinfo=UTC)) == (100, 5)


@pytest.mark.parametrize("month", range(1, 13))
def test_what_comes_back_late_comes_where_it_was_taken_from_in_each_month_of_the_year(month: int):
    taken_in, next_month = (
        datetime(2026, month, 28, tzinfo=UTC),
        datetime(2026, month, 28, tzinfo=UTC) + timedelta(days=7),
    )
    commit(wallets.opening(JOE, from_account=10, per_month=5, now=taken_in))
    take(12, f"{taken_in:%Y-%m}")
    turn_and_take(0, f"{next_month:%Y-%m}")
    give_back(9, f"{taken_in:%Y-%m}")
    assert seen(next_month) == (10, 5)


def test_two_who_give_back_late_at_once_give_each_their_own():
    given(from_account=10)
    take(10)
    turn_and_take(0)
    overs = []
    for _ in range(2):
        with pytest.raises(MonthOver) as over:
            commit(wallets.returning(JOE, 6, month="2026-11"))
        overs.append(over.value)
    commit(*wallets.returning_late(overs[0], 6, month="2026-11"))
    with pytest.raises(MonthOver) as again:
        commit(*wallets.returning_late(overs[1], 6, month="2026-11"))
    commit(*wallets.returning_late(again.value, 6, month="2026-11"))
    assert seen(DECEMBER) == (10, 0)


def test_to_one_who_is_gone_nothing_is_given_back():
    given(from_account=10)
    take(10)
    commit(wallets.closing(JOE))
    give_back(10)
    assert wallets.purse(JOE) is None


# --- Limits -----------------------------------------------------------------------------------------------


def test_an_owner_sets_how_many_of_the_accounts_points_may_be_used_from_now_on():
    given(from_account=10, per_month=5)
    take(12)
    limit(from_account=50)
    assert seen() == (50, 0)
    assert seen(DECEMBER) == (50, 5)


def test_what_was_used_this_month_counts_against_another_limit_of_it():
    given(from_account=10, per_month=5)
    take(4)
    limit(per_month=20)
    assert seen() == (10, 16)
    limit(per_month=3)
    assert seen() == (10, 0)
    assert seen(DECEMBER) == (10, 3)


@pytest.mark.parametrize("spent", [0, 3, 5, 9])
@pytest.mark.parametrize("per_month", [0, 2, 5, 8, None])
@pytest.mark.parametrize("from_account", [0, 7, None])
@pytest.mark.parametrize("now", [NOVEMBER, DECEMBER])
def test_limits_are_set_as_the_rules_say(
    spent: Points, per_month: Points | None, from_account: Points | None, now: datetime
):
    given(from_account=10, per_month=5)
    take(spent)
    expected = lying().at(now).limited(from_account=from_account, per_month=per_month)
    limit(from_account=from_account, per_month=per_month, now=now)
    assert lying() == expected


SENDING: dict[str, Callable[[], None]] = {
    "of the month": lambda: take(1),
    "more than the month's": lambda: take(8),
    "and gives back": lambda: give_back(2),
}


@pytest.mark.parametrize("meanwhile", sorted(SENDING))
@pytest.mark.parametrize("spent", [2, 3, 7])
@pytest.mark.parametrize(
    "limits", [{"from_account": 20}, {"from_account": 20, "per_month": 4}, {"per_month": 3}], ids=str
)
def test_what_is_sent_while_limits_are_set_is_counted(meanwhile: str, spent: Points, limits: dict[str, Points]):
    given(from_account=10, per_month=5)
    take(spent)
    before = lying()
    SENDING[meanwhile]()
    used = lying()
    try:
        limit(before, **limits)
    except PurseChanged as changed:
        limit(changed.purse, **limits)
    expected = used.limited(**{"from_account": None, "per_month": None} | limits)
    assert seen() == (expected.from_account, expected.granted)


def test_of_two_who_set_limits_at_once_one_comes_second_and_knows():
    given(from_account=10, per_month=5)
    before = lying()
    limit(before, per_month=6)
    with pytest.raises(PurseChanged):
        limit(before, from_account=3, per_month=9)
    assert lying().per_month == 6


def test_the_limits_of_one_who_is_gone_cannot_be_set():
    given()
    before = lying()
    commit(wallets.closing(JOE))
    for now in (NOVEMBER, DECEMBER):
        with pytest.raises(Outrun):
            limit(before, from_account=1, now=now)
    assert wallets.purse(JOE) is None


def test_a_purse_is_opened_once():
    given()
    with pytest.raises(Outrun):
        given(from_account=10)


def test_what_is_there_in_all_ends_at_what_the_account_has():
    owner, clerk = User(ACCOUNT, "owner", "ann", True, NOVEMBER), User(ACCOUNT, JOE, "joe", True, NOVEMBER, owner=False)
    commit(wallets.adding(ACCOUNT, 12))
    assert [wallets.available(user, now=NOVEMBER) for user in (owner, clerk)] == [12, 0]
    given(from_account=8, per_month=3)
    assert wallets.available(clerk, now=NOVEMBER) == 11
    commit(wallets.adding(ACCOUNT, -2))
    assert wallets.available(clerk, now=NOVEMBER) == 10
