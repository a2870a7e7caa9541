"""A year of one user, in seconds: what the daily schedule tells them, and how long their sessions last."""

import time
from datetime import datetime, timedelta

from tests.journeys.client import ARRIVES_WITHIN
from tests.journeys.people import NEW_PASSWORD, Person

REMINDED = {
    "password_profile": "smsapi",
    "password_change": "remind",
    "password_change_days": 30,
    "longest_idle_minutes": 1440,
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

IDLE = 8 * HOUR
CHANGED_ON = 195
TOLD_ON = [30, 60, 90, 120, 150, 180, 225, 255, 285, 315, 345]
"""Each period once, and a new password begins them anew."""


def test_in_a_year_they_are_told_once_in_each_period_and_no_session_outlives_its_limits(newcomer: Person):
    begun = settle(newcomer)
    for day in range(1, 366):
        if day == CHANGED_ON:
            until(newcomer, begun + day * DAY - HOUR)
            change_password(newcomer)
        until(newcomer, begun + day * DAY)
        newcomer.stack.fire("Daily")
        if day in TOLD_ON:
            wait_for_mail(newcomer, TOLD_ON.index(day) + 1)
        if day % 30 == 10:
            idle_out(newcomer)
        if day % 30 == 20:
            stay_all_day(newcomer)
    assert [(told - begun).days for told in told_at(newcomer)] == TOLD_ON


def settle(person: Person) -> datetime:
    token = person.sign_in()
    person.gets(token, "PUT", "/account/policy", REMINDED)
    person.gets(token, "PUT", "/account/session-length", {"idle_minutes": IDLE // MINUTE})
    return person.stack.now + MINUTE


def until(person: Person, then: datetime) -> None:
    person.stack.let(max(then - person.stack.now, timedelta()))


def told_at(person: Person) -> list[datetime]:
    mails = person.stack.sent("email", person.email, about="Time for a new password")
    return [datetime.fromisoformat(mail["at"]) for mail in mails]


def wait_for_mail(person: Person, number: int) -> None:
    """It leaves by a queue, and time must not pass before it did."""
    give_up = time.monotonic() + ARRIVES_WITHIN
    while len(told_at(person)) < number:
        assert time.monotonic() < give_up, f"reminder {number} did not come"
        time.sleep(0.05)


def come(person: Person) -> str:
    token = person.sign_in(device_token=person.device)
    assert person.is_in(token)
    return token


def idle_out(person: Person) -> None:
    token = come(person)
    person.stack.let(IDLE - MINUTE)
    assert person.is_in(token)
    person.stack.let(IDLE)
    assert not person.is_in(token)


def stay_all_day(person: Person) -> None:
    """However busy they are, a day is the end."""
    token = come(person)
    for step in (7 * HOUR, 7 * HOUR, 7 * HOUR, 3 * HOUR - MINUTE):
        person.stack.let(step)
        assert person.is_in(token)
    person.stack.let(MINUTE)
    assert not person.is_in(token)


def change_password(person: Person) -> None:
    order = {"current_password": person.password, "password": NEW_PASSWORD}
    person.gets(come(person), "POST", "/account/password", order)
    person.password = NEW_PASSWORD
