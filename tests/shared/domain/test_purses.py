"""Purses: the month's points first, whatever comes in between."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.purses import Purse

AMOUNT = st.integers(0, 50)
NOVEMBER, LATER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)


def purse(from_account: int, per_month: int, spent: int) -> Purse:
    """After so many were spent in November, as far as there were."""
    return Purse("joe", "2026-11", from_account, per_month, per_month, NOVEMBER).less(
        min(spent, from_account + per_month)
    )


@given(AMOUNT, AMOUNT, st.integers(0, 120))
def test_the_months_points_are_used_first(from_account: int, per_month: int, spent: int):
    found = purse(from_account, per_month, spent)
    spent = min(spent, from_account + per_month)
    assert found.granted == max(0, per_month - spent)
    assert found.from_account == from_account - max(0, spent - per_month)
    assert found.left == from_account + per_month - spent


@given(AMOUNT, AMOUNT, st.integers(0, 120))
def test_a_new_month_grants_anew_and_keeps_the_rest(from_account: int, per_month: int, spent: int):
    before = purse(from_account, per_month, spent)
    after = before.at(LATER)
    assert (after.from_account, after.granted) == (before.from_account, per_month)
    assert after.at(NOVEMBER) == after
    assert before.at(NOVEMBER) == before


@given(AMOUNT, AMOUNT, st.integers(0, 120), st.none() | AMOUNT, st.none() | AMOUNT)
def test_limits_say_what_may_be_used_from_now_on(
    from_account: int, per_month: int, spent: int, new_account: int | None, new_month: int | None
):
    before = purse(from_account, per_month, spent)
    after = before.limited(from_account=new_account, per_month=new_month, now=LATER)
    granted = per_month if new_month is None else new_month
    assert after.from_account == (before.from_account if new_account is None else new_account)
    assert after.granted == max(0, granted - min(spent, per_month))
    assert after.per_month == granted
    assert (after.granted_at, after.grant) == ((NOVEMBER, 1) if new_account is None else (LATER, 2))
