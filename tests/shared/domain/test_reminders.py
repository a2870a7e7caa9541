"""Reminders: one period follows on another, what was missed is told once, and what was told is not told again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.reminders import Reminder, is_told, next_due, period

DUE = datetime(2026, 1, 31, 12, tzinfo=UTC)
A_MONTH = timedelta(days=30)
A_MOMENT = timedelta(microseconds=1)
ANN = Reminder("u-1", "ann", "ann@example.com", "en", DUE, A_MONTH, forced=False)


@pytest.mark.parametrize("periods", [0, 1, 2, 12])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=19), A_MONTH - A_MOMENT])
def test_a_look_at_any_time_finds_the_period_it_is_in_and_the_next(periods: int, late: timedelta):
    now = DUE + periods * A_MONTH + late
    assert period(ANN, now=now) == DUE + periods * A_MONTH
    assert next_due(ANN, now=now) == DUE + (periods + 1) * A_MONTH > now


def test_who_is_not_due_yet_is_due_again_a_period_after_they_will_be():
    assert next_due(ANN, now=DUE - 7 * A_MONTH) == DUE + A_MONTH


def test_who_was_told_knows_until_the_next_period_begins():
    told = replace(ANN, told_for=DUE)
    assert not is_told(ANN, now=DUE)
    assert is_told(told, now=DUE)
    assert is_told(told, now=DUE + A_MONTH - A_MOMENT)
    assert not is_told(told, now=DUE + A_MONTH)


def test_who_was_told_of_an_older_password_does_not_know_of_the_new_one():
    assert not is_told(replace(ANN, told_for=DUE - A_MOMENT), now=DUE)


@pytest.mark.parametrize(("before", "after"), [(60, 30), (90, 30), (90, 60)])
def test_who_was_just_told_does_not_hear_of_it_again_because_periods_get_shorter(before: int, after: int):
    set_at = DUE - A_MONTH
    told_for = set_at + timedelta(days=before)
    shorter = timedelta(days=after)
    assert is_told(replace(ANN, due_at=set_at + shorter, every=shorter, told_for=told_for), now=told_for)


@pytest.mark.parametrize("every", [timedelta(0), -A_MONTH, timedelta.max, None])
def test_a_period_without_an_end_is_no_reminder(every: timedelta):
    with pytest.raises((ValueError, TypeError, OverflowError)):
        replace(ANN, every=every)


@pytest.mark.parametrize("fact", ["login", "email", "language", "forced", "due_at"])
def test_a_reminder_that_lacks_a_fact_is_none(fact: str):
    with pytest.raises((ValueError, TypeError)):
        replace(ANN, **{fact: None})


def test_a_reminder_does_not_show_whom_it_is_for():
    assert "@" not in repr(ANN)
