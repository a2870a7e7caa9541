"""The reminders table: its index holds those who are asked for a change, and a look reads those who are due."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared import policy, settings
from shared.domain.accounts import CHANGES, Account
from shared.domain.links import Link
from shared.domain.reminders import Reminder
from shared.errors import LinkClosed, Outrun
from shared.observability import metrics
from shared.storage import links, reminders
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.reminders import scheduling
from tests.support.template import create_tables

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MONTH, A_DAY = timedelta(days=30), timedelta(days=1)
REMINDED = Account("a-1", change="remind", change_every=A_MONTH)


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield


@pytest.fixture(autouse=True)
def _empty(aws: None) -> Iterator[None]:
    tables.empty()
    yield
    metrics.clear_metrics()


def schedule(user_id: str = "u-1", account: Account = REMINDED, **facts: Any) -> None:
    """A user whose password is due at noon, unless *facts* say otherwise."""
    commit(scheduling(user_id, account, **({"password_set_at": NOON - A_MONTH} | facts)))


def due(**later: float) -> list[Reminder]:
    """Everybody who is due at noon, or *later*."""
    return [reminder for page in reminders.due(now=NOON + timedelta(**later)) for reminder in page]


@contextmanager
def read() -> Iterator[list[int]]:
    """How many rows each query reads meanwhile."""
    counted: list[int] = []

    def count(call: AwsCall, proceed: Proceed) -> Answer:
        answer = proceed()
        if call.operation == "Query":
            counted.append(answer["ScannedCount"])
        return answer

    with intercepted(count):
        yield counted


def test_who_is_due_is_found_with_all_that_there_is_to_tell():
    schedule(login="ann", email="ann@example.com", language="pl")
    assert due() == [Reminder("u-1", "ann", "ann@example.com", "pl", NOON, A_MONTH, forced=False)]


def test_nobody_is_found_before_they_are_due():
    schedule()
    assert due(microseconds=-1) == []


def test_a_forced_change_says_so():
    schedule(account=replace(REMINDED, change="force"))
    assert due()[0].forced


@pytest.mark.parametrize("before", CHANGES)
def test_who_is_not_asked_for_a_change_is_in_no_index(before: str):
    schedule(account=replace(REMINDED, change=before))
    schedule(account=replace(REMINDED, change="off"))
    assert "shard" not in tables.row("reminders", {"user_id": {"S": "u-1"}})
    with read() as rows:
        assert due(days=1000) == []
    assert rows == [0] * policy.REMINDER_SHARDS


def test_a_new_password_moves_the_day():
    schedule()
    schedule(password_set_at=NOON)
    assert due(days=29) == []
    assert due(days=30)[0].due_at == NOON + A_MONTH


def test_a_schedule_is_one_of_several_writes_and_nothing_where_another_is_refused():
    write = scheduling("u-1", REMINDED, password_set_at=NOON)
    with pytest.raises(LinkClosed):
        commit(links.using(Link("no-link", "ann", "sealed", NOON, NOON)), write)
    assert tables.rows("reminders") == []


def test_who_was_told_is_due_again_when_the_next_period_begins():
    schedule()
    commit(reminders.telling(due()[0], now=NOON))
    assert due(days=29) == []
    (again,) = due(days=30)
    assert (again.due_at, again.told_for) == (NOON + A_MONTH, NOON)


def test_of_two_that_tell_the_same_user_one_is_refused():
    schedule()
    (found,) = due()
    commit(reminders.telling(found, now=NOON))
    with pytest.raises(Outrun):
        commit(reminders.telling(found, now=NOON))


def test_a_password_that_was_changed_meanwhile_is_not_moved_on():
    schedule()
    (found,) = due()
    schedule(password_set_at=NOON)
    with pytest.raises(Outrun):
        commit(reminders.telling(found, now=NOON))
    assert due(days=30)[0].told_for is None


def test_who_was_told_is_known_as_told_whatever_is_scheduled_anew():
    schedule()
    commit(reminders.telling(due()[0], now=NOON))
    schedule(email="new@example.com")
    (found,) = due()
    assert (found.email, found.told_for) == ("new@example.com", NOON)


def test_everybody_is_found_once_page_by_page_and_nobody_else_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "REMINDERS_PAGE", 3)
    for place in range(20):
        schedule(f"due-{place:02}", password_set_at=NOON - A_MONTH - place * A_DAY)
        schedule(f"later-{place:02}", password_set_at=NOON - A_MONTH + place * A_DAY + A_DAY)
        schedule(f"off-{place:02}", Account("a-2"))
    with read() as rows:
        found = [reminder.user_id for reminder in due()]
    assert sorted(found) == [f"due-{place:02}" for place in range(20)]
    assert sum(rows) == 20
    assert max(rows) == 3


def test_rows_that_move_during_the_look_are_neither_found_again_nor_in_its_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "REMINDERS_PAGE", 2)
    for place in range(20):
        schedule(f"u-{place:02}")
    found = []
    for page in reminders.due(now=NOON):
        found += [reminder.user_id for reminder in page]
        for reminder in page:
            commit(reminders.telling(reminder, now=NOON))
    assert sorted(found) == [f"u-{place:02}" for place in range(20)]


def test_a_user_lies_in_one_part_of_the_index_and_all_parts_are_used():
    for place in range(40):
        schedule(f"u-{place}")
    before = {row["user_id"]["S"]: row["shard"]["S"] for row in tables.rows("reminders")}
    for place in range(40):
        schedule(f"u-{place}", account=replace(REMINDED, change="force"))
    assert {row["user_id"]["S"]: row["shard"]["S"] for row in tables.rows("reminders")} == before
    assert set(before.values()) == {str(shard) for shard in range(policy.REMINDER_SHARDS)}


BROKEN: dict[str, dict[str, Any]] = {
    "no e-mail address": {"email": None},
    "no login": {"login": None},
    "no period": {"every": None},
    "a period of no time": {"every": {"N": "0"}},
    "a period beyond all time": {"every": {"N": "1e100"}},
    "a time that is none": {"due_at": {"S": "2000-01-01"}},
    "an address of another type": {"email": {"N": "7"}},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_row_holds_nobody_back(broken: dict[str, Any]):
    schedule("u-0", password_set_at=NOON - 2 * A_MONTH)
    for place in range(5):
        schedule(f"u-{place + 1}")
    spoil("u-0", broken)
    assert sorted(reminder.user_id for reminder in due()) == [f"u-{place + 1}" for place in range(5)]


def spoil(user_id: str, broken: dict[str, Any]) -> None:
    """Put what is *broken* in the place of what lies in the row, or remove it."""
    row = tables.row("reminders", {"user_id": {"S": user_id}})
    spoiled = {name: value for name, value in (row | broken).items() if value}
    boto3.client("dynamodb").put_item(TableName=settings.REMINDERS_TABLE, Item=spoiled)
