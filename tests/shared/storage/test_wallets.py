"""The wallets table: what is taken is there, what is given back comes where it was taken from, and a month lapses."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
import pytest
from moto import mock_aws

from shared.crypto import randomness
from shared.domain.holds import Hold
from shared.domain.identifiers import account_of
from shared.domain.points import Points
from shared.domain.purses import Payment, Purse
from shared.domain.users import User
from shared.errors import CountryRefused, LimitReached, NoPoints, Outrun
from shared.storage import holds, wallets
from shared.storage.engine import commit
from shared.storage.holds import NotTaken
from shared.storage.wallets import PurseChanged
from tests.proofs import tables
from tests.support.template import create_tables

NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
DECEMBER = NOVEMBER + SECOND
JOE = randomness.user_id(randomness.account_id())
ACCOUNT = account_of(JOE)
MOST = 100


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


ids = count(1)


def hold(points: Points, now: datetime = NOVEMBER, **abroad: int) -> Hold:
    return Hold(f"order-{next(ids)}", now, points, abroad)


def take(points: Points, now: datetime = NOVEMBER, **abroad: int) -> Payment:
    return wallets.take_share(JOE, hold(points, now, **abroad), most_abroad=MOST // 2, now=now)[1]


def give_back(points: Points, payment: Payment, from_month: Points | None = None) -> None:
    part = payment if from_month is None else replace(payment, from_month=from_month)
    commit(wallets.adding(ACCOUNT, points), wallets.returning(JOE, part, hold(points)))


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
    wallets.take(ACCOUNT, hold(12), most_abroad=MOST)
    with pytest.raises(NoPoints):
        wallets.take(ACCOUNT, hold(1), most_abroad=MOST)
    assert wallets.balance(ACCOUNT) == 0


def test_an_account_without_a_wallet_has_nothing():
    with pytest.raises(NoPoints):
        wallets.take(ACCOUNT, hold(1), most_abroad=MOST)


def test_an_order_takes_once_however_often_its_write_is_repeated():
    """As the SDK does when an answer is lost."""
    commit(wallets.adding(ACCOUNT, 12))
    given(from_account=3, per_month=4)
    one = hold(6)
    for _ in range(3):
        wallets.take(ACCOUNT, one, most_abroad=MOST)
        _, payment = wallets.take_share(JOE, one, most_abroad=MOST // 2, now=NOVEMBER)
        assert payment == Payment("2026-11", 4, 1)
    assert (wallets.balance(ACCOUNT), seen()) == (6, (1, 0))


def test_what_is_released_is_released_once():
    commit(wallets.adding(ACCOUNT, 12))
    one = hold(5, DE=2)
    row = wallets.take(ACCOUNT, one, most_abroad=MOST)
    commit(wallets.releasing(ACCOUNT, one, row))
    with pytest.raises(NotTaken):
        commit(wallets.releasing(ACCOUNT, one, row))
    assert wallets.balance(ACCOUNT) == 12


@pytest.mark.parametrize("by", ["account", "sub-user"])
def test_so_many_go_to_a_country_abroad_until_midnight_and_what_is_given_back_counts_no_more(by: str):
    commit(wallets.adding(ACCOUNT, 1000))
    given(from_account=1000)
    most = MOST // (1 if by == "account" else 2)

    def send(messages: int, now: datetime = NOVEMBER) -> None:
        wallets.take(ACCOUNT, hold(1, now, DE=messages), most_abroad=MOST) if by == "account" else take(
            1, now, DE=messages
        )

    send(most - 2)
    with pytest.raises(CountryRefused):
        send(3)
    send(2)
    with pytest.raises(CountryRefused) as refused:
        send(1)
    assert refused.value.retry_after == SECOND
    if by == "account":
        commit(wallets.refunding(ACCOUNT, hold(1, DE=1)))
    else:
        commit(wallets.returning(JOE, Payment("2026-11", 0, 1), hold(1, DE=1)))
    send(1)
    send(most, DECEMBER)


def test_the_row_stays_small_however_many_orders_and_days_there_were():
    commit(wallets.adding(ACCOUNT, 1000))
    for day in range(5):
        now = NOVEMBER + day * DAY
        for _ in range(20):
            one = hold(1, now, DE=1, GB=1)
            row = wallets.take(ACCOUNT, one, most_abroad=MOST)
            holds.clearing(ACCOUNT, one)
            holds.forgetting_days(ACCOUNT, row, now=now)
        assert len(row) <= 2 + 1 + 2 * 3


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
    assert take(6, DECEMBER) == Payment("2026-12", 5, 1)
    assert seen(DECEMBER) == (2, 0)
    take(2, DECEMBER)
    with pytest.raises(LimitReached):
        take(1, DECEMBER)
    assert seen(DECEMBER) == (0, 0)


def test_an_order_of_last_month_that_comes_late_is_paid_in_this_one():
    given(from_account=10, per_month=5)
    take(1, DECEMBER)
    assert take(1) == Payment("2026-12", 1, 1)


def test_the_first_points_of_a_month_may_be_too_many():
    given(from_account=1, per_month=5)
    with pytest.raises(LimitReached):
        take(7, DECEMBER)


def test_whatever_was_known_of_the_purse_the_grants_pay_as_they_are():
    given(from_account=10, per_month=5)
    take(5)
    for known in (Purse(JOE, "2026-11", 0, 0, 0, NOVEMBER), Purse(JOE, "2026-10", 9, 9, 9, NOVEMBER), lying()):
        wallets._seen[JOE] = known
        assert take(2) == Payment("2026-11", 0, 1)
    assert seen() == (4, 0)


# --- Given back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [2, 5, 8])
def test_what_is_given_back_in_its_month_comes_where_it_was_taken_from(points: Points):
    given(from_account=10, per_month=5)
    before = seen()
    payment = take(points)
    give_back(points, payment)
    assert seen() == before


def test_of_a_month_that_is_over_only_what_was_not_granted_for_it_is_given_back():
    given(from_account=10, per_month=5)
    payment = take(12)
    take(0, DECEMBER)
    give_back(9, payment, 2)
    assert seen(DECEMBER) == (10, 5)


def test_to_one_who_is_gone_nothing_is_given_back():
    given(from_account=10)
    payment = take(10)
    commit(wallets.closing(JOE))
    give_back(10, payment)
    assert wallets.purse(JOE) is None


def test_a_grant_that_was_set_since_is_not_added_to():
    given(from_account=10, per_month=5)
    payment = take(12)
    limit(from_account=3)
    give_back(12, payment)
    assert seen() == (3, 5)


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
    expected = lying().at(now).limited(from_account=from_account, per_month=per_month, now=now)
    limit(from_account=from_account, per_month=per_month, now=now)
    assert lying() == expected


SENDING: dict[str, Callable[[], None]] = {
    "of the month": lambda: take(1),
    "more than the month's": lambda: take(8),
    "and gives back": lambda: give_back(2, Payment("2026-11", 2, 1)),
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
    limit(before, **limits)
    expected = used.limited(**{"from_account": None, "per_month": None} | limits, now=NOVEMBER)
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
