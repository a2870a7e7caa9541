"""What an account asks of old passwords: nothing, an e-mail, or no way past a new one."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import policy
from shared.domain.accounts import Account
from shared.domain.ip_lists import IpList
from shared.errors import AddressNotAllowed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MONTH = timedelta(days=30)


def _account(change: str, every: timedelta = MONTH) -> Account:
    return Account("a" * 10, change=change, change_every=every)


@pytest.mark.parametrize("days", policy.PASSWORD_CHANGE_DAYS)
@pytest.mark.parametrize("change", ["force", "remind"])
def test_a_password_is_due_so_many_days_after_it_was_set(change: str, days: int):
    account = _account(change, timedelta(days=days))
    assert account.password_due(set_at=NOON) == NOON + timedelta(days=days)


def test_where_the_account_does_not_ask_for_it_a_password_is_never_due():
    assert _account("off").password_due(set_at=NOON) is None


@pytest.mark.parametrize(("after", "must"), [(MONTH - SECOND, False), (MONTH, True), (10 * MONTH, True)])
def test_who_signs_in_on_the_day_or_later_must_change_it(after: timedelta, must: bool):
    assert _account("force").must_change(set_at=NOON, signed_in_at=NOON + after) is must


@pytest.mark.parametrize("change", ["off", "remind"])
def test_where_the_account_does_not_insist_nobody_must(change: str):
    assert not _account(change).must_change(set_at=NOON, signed_in_at=NOON + 10 * MONTH)


def test_an_account_asks_for_nothing_before_its_owner_decides():
    assert Account("a" * 10) == Account(
        "a" * 10,
        company="",
        profile="smsapi",
        change="off",
        change_every=policy.PASSWORD_CHANGED_EVERY,
        longest_idle=policy.SESSION_LIFETIME,
    )


def test_where_the_panels_list_is_off_people_may_come_from_anywhere():
    Account("a" * 10, api=IpList(on=True, sources="192.0.2.7")).must_admit("10.0.0.1", now=NOON)


def test_where_it_is_on_they_come_from_an_address_in_it_or_not_at_all():
    account = Account("a" * 10, panel=IpList(on=True, sources="192.0.2.7"))
    account.must_admit("::ffff:192.0.2.7", now=NOON)
    with pytest.raises(AddressNotAllowed):
        account.must_admit("192.0.2.8", now=NOON)


def test_an_account_does_not_show_its_lists_where_it_is_logged():
    assert "192.0.2.7" not in repr(Account("a" * 10, panel=IpList(on=True, sources="192.0.2.7")))
