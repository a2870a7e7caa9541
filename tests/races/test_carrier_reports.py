"""Carriers' reports, early, late, twice and all at once: a state moves forward, and each step is told once."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event

import pytest
from moto.backends import get_backend

from carriers.flow import STATES, take
from shared import policy
from shared.crypto import randomness
from shared.delivery import carrier_reports, reports, sns
from shared.domain.accounts import Account
from shared.domain.messages import DELIVERED, STATUSES, STEPS, Recipient, Shipment, place_name
from shared.domain.points import POINT
from shared.domain.users import User
from shared.errors import Unavailable
from shared.sending import dispatch, orders, price_list
from shared.storage import accounts, shipments, users, wallets
from shared.storage.engine import commit
from tests.races.arena import NOON, SOME_SEEDS, Arena, tally
from tests.races.departures import as_stored, deliver_all, pass_at
from tests.support.world import REPORTS

pytestmark = pytest.mark.usefixtures("carrier")

AT_ONCE, FEW = 20, 6
A_WHILE = 1  # second, if the carrier does not get it meanwhile
SHOP = "https://shop.example/reports"


@pytest.fixture(autouse=True)
def _one_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message costs one."""
    monkeypatch.setattr(price_list, "table", lambda: "PL=1")


def step_of(word: str) -> int:
    return next(place for place, words in enumerate(STEPS) if word in words)


@SOME_SEEDS
def test_whatever_is_reported_at_once_the_furthest_counts_and_no_step_is_told_twice(arena: Arena):
    shipment = queued()
    deliver_all(shipment.account_id, NOON)
    said = arena.chance.choices(sorted(STATES), k=AT_ONCE)
    answers = arena.race(*[partial(take, [told(shipment, one)]) for one in said])
    assert tally(answers) == {type(None): AT_ONCE}
    assert step_of(state(shipment)) == max(step_of(STATES[one]) for one in said)
    steps = [step_of(word) for word in told_to_shop(shipment)]
    assert sorted(steps) == sorted(set(steps))
    assert state(shipment) in told_to_shop(shipment)


@SOME_SEEDS
def test_a_report_that_comes_before_we_know_that_the_carrier_took_it_is_taken_or_asked_for_again(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
):
    shipment, has_it = queued(), Event()

    def takes(*_: object, **__: object) -> bool:
        has_it.set()
        return True

    def reports_at_once() -> bool:
        if late := not has_it.wait(A_WHILE):
            return late  # there was nothing to report yet
        take([told(shipment, "404")])
        return late

    monkeypatch.setattr(sns, "at_most_once", takes)
    answers = arena.race(partial(deliver_all, shipment.account_id, NOON), *[reports_at_once] * FEW)
    assert set(tally(answers)) <= {type(None), bool, Unavailable}
    assert state(shipment) == DELIVERED or not any(late is False for late in answers)
    take([told(shipment, "404")])
    assert state(shipment) == DELIVERED
    assert Counter(told_to_shop(shipment))[DELIVERED] == 1


@SOME_SEEDS
def test_a_report_on_a_message_that_is_given_up_at_that_moment_counts_more_than_not_knowing(arena: Arena):
    """Its sender died after the carrier took it."""
    shipment = queued()
    late = NOON + policy.SHIPMENT_GIVEN_UP_AFTER
    commit(shipments.claiming((shipment.account_id, shipment.shipment_id), 0, now=NOON))
    answers = arena.race(partial(pass_at, late), *[partial(take, [told(shipment, "404")])] * 4)
    assert set(tally(answers)) <= {type(None), Unavailable}
    take([told(shipment, "404")])
    assert state(shipment) == DELIVERED
    assert wallets.balance(shipment.account_id) == 99 * POINT


# --- A message, and what is told of it --------------------------------------------------------------------


def queued() -> Shipment:
    """A message of a new account, on the queue."""
    account_id = randomness.account_id()
    user = User(account_id, randomness.user_id(account_id), "ann", True, NOON)
    account = Account(account_id)
    commit(accounts.adding(account), users.adding(user), wallets.adding(account_id, 100 * POINT))
    number = Recipient("+48600100200", "PL")
    ordered = orders.order(user, account, recipients=[number], text="hello", sender="Test", now=NOON)
    return dispatch.send(replace(ordered, notify_url=SHOP), now=NOON)


def told(shipment: Shipment, status: str) -> tuple[str, str, datetime]:
    return carrier_reports.name_of(shipment.account_id, shipment.message_id(0)), status, NOON


def state(shipment: Shipment) -> str:
    return as_stored(shipment).became.get(place_name(0), "")


def told_to_shop(shipment: Shipment) -> list[str]:
    """The states that are on the queue for the customer's server, in any order."""
    waiting = get_backend("sqs")["123456789012"]["eu-central-1"].queues[REPORTS].messages
    found = [reports.read(message.body) for message in list(waiting)]
    names = {status: word for word, status in STATUSES.items() if word != "returned"}
    return [names[one.state] for one in found if one.message_id == shipment.message_id(0)]
