"""The shipments table: a message is sent by one, or given back by one, and each end is written down once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from shared import policy, settings
from shared.domain.messages import (
    DONE,
    LEAVING,
    REMOVED,
    RETURNED,
    SENT,
    WAITING,
    Recipient,
    Shipment,
)
from shared.errors import Outrun
from shared.observability import metrics
from shared.storage import shipments
from shared.storage.engine import commit
from shared.storage.shipments import GuessedWrong, Settled, StillWaiting, TakenUp
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

SECOND = timedelta(seconds=1)
DUE = NOON + timedelta(hours=1)
PLACE = ("A" * 10, "0" * 22)
TWO = (Recipient("+48600100201", "PL", points=1600), Recipient("+48600100202", "PL", points=1600))


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def added(**facts: Any) -> Shipment:
    """To two people, and leaving, unless *facts* say otherwise."""
    usual = {"recipients": TWO, "state": LEAVING, "send_at": NOON, "look_at": NOON + policy.SHIPMENT_GIVEN_UP_AFTER}
    facts = usual | facts
    facts |= {"left": len(facts["recipients"])}
    shipment = Shipment(*PLACE, "user", "sms", "Test", "hello", created_at=NOON, **facts)
    commit(shipments.adding(shipment))
    return replace(shipment, forget_at=shipment.send_at + policy.SHIPMENT_KEPT_FOR)


def stored() -> Shipment:
    (found,) = shipments.find(PLACE[0], [PLACE[1]])
    return found


def claim(place: int = 0, *, now: datetime = NOON, **how: bool) -> None:
    commit(shipments.claiming(PLACE, place, now=now, **how))


def end(place: int = 0, *, last: bool = False) -> None:
    commit(shipments.ending(PLACE, place, SENT, last=last))


def looked_at(now: datetime) -> list[shipments.Place]:
    return [place for page in shipments.due(now=now) for place in page]


def test_a_shipment_is_read_as_it_was_written_and_added_once():
    shipment = added(month="2026-11", check_idx=True)
    assert stored() == shipment
    assert shipments.find_several([PLACE]) == [shipment]
    assert refusal(shipments.adding(shipment)) is Outrun


# --- How recipients are stored ----------------------------------------------------------------------------

FULL = Recipient("+48600100201", "PL", "600100201", "order-7", "Hello Ann", parts=2, points=3200)
OLD = {
    "of both": (
        '[["+48600100201","PL","600100201","order-7","Hello Ann",2,3200],["+48600100202","PL","","",null,1,1600]]'
    ),
    "and of one of each": (
        '[["+48600100201","PL","600100201","order-7","Hello Ann",2,3200],'
        '{"number":"+48600100202","country":"PL","points":1600}]'
    ),
}
"""As rows were written before recipients had names for their fields."""


def stored_recipients() -> str:
    (row,) = tables.rows("shipments")
    return str(row["recipients"]["S"])


def store(recipients: str) -> None:
    boto3.client("dynamodb").update_item(
        TableName=settings.SHIPMENTS_TABLE,
        Key={"account_id": {"S": PLACE[0]}, "shipment_id": {"S": PLACE[1]}},
        UpdateExpression="SET recipients = :written",
        ExpressionAttributeValues={":written": {"S": recipients}},
    )


def test_recipients_are_stored_by_name_without_what_is_as_ever():
    added(recipients=(FULL, TWO[1]))
    assert json.loads(stored_recipients()) == [
        {
            "number": "+48600100201",
            "country": "PL",
            "submitted": "600100201",
            "idx": "order-7",
            "text": "Hello Ann",
            "parts": 2,
            "points": 3200,
        },
        {"number": "+48600100202", "country": "PL", "points": 1600},
    ]
    assert stored().recipients == (FULL, TWO[1])


@pytest.mark.parametrize("written", OLD.values(), ids=OLD.keys())
def test_recipients_of_the_old_form_are_read_as_long_as_they_wait(written: str):
    added(recipients=(FULL, TWO[1]))
    store(written)
    assert stored().recipients == (FULL, TWO[1])


@pytest.mark.parametrize("written", ["[[]]", '[["+48600100201","PL"]]', '[{"number":"+48600100201"}]', '[{"a":1}]'])
def test_a_row_whose_recipients_are_of_neither_form_is_left_out_and_told_to_whoever_watches(
    written: str, monkeypatch: pytest.MonkeyPatch
):
    told: list[dict[str, str]] = []
    monkeypatch.setattr(shipments.logger, "warning", lambda event, **facts: told.append({"event": event, **facts}))
    added()
    store(written)
    assert shipments.find_several([PLACE]) == []
    [line] = told
    assert (line["event"], line["account_id"], line["shipment_id"]) == ("shipment_broken", *PLACE)
    assert written not in str(line)
    assert "ShipmentsFailed" in metrics.metric_set
    metrics.clear_metrics()


# --- Who sends --------------------------------------------------------------------------------------------


def test_a_message_is_claimed_by_one_for_a_while():
    added()
    claim()
    free_again = NOON + policy.MESSAGE_CLAIMED_FOR
    assert refusal(shipments.claiming(PLACE, 0, now=free_again - SECOND)) is TakenUp
    claim(1)
    claim(now=free_again)


def test_what_was_sent_is_never_claimed_again():
    added()
    claim()
    end()
    assert refusal(shipments.claiming(PLACE, 0, now=DUE)) is Settled


def test_a_shipment_that_nobody_knows_is_not_claimed():
    assert refusal(shipments.claiming(PLACE, 0, now=NOON)) is Settled
    assert refusal(shipments.freeing(PLACE, 0)) is Outrun
    assert refusal(shipments.ending(PLACE, 0, SENT, last=True)) is Settled


def test_what_waits_is_claimed_by_whoever_says_that_it_leaves_now():
    added(state=WAITING, send_at=DUE, look_at=DUE)
    assert refusal(shipments.claiming(PLACE, 0, now=DUE)) is StillWaiting
    claim(now=DUE, waiting=True)
    assert (stored().state, stored().look_at) == (LEAVING, DUE + policy.SHIPMENT_GIVEN_UP_AFTER)
    assert refusal(shipments.claiming(PLACE, 1, now=DUE, waiting=True)) is TakenUp
    claim(1, now=DUE)


def test_a_message_that_was_removed_is_not_claimed_though_others_wait():
    shipment = added(state=WAITING, send_at=DUE, look_at=DUE)
    commit(shipments.settling(shipment, {0: REMOVED}, now=NOON))
    assert refusal(shipments.claiming(PLACE, 0, now=DUE)) is Settled
    assert refusal(shipments.claiming(PLACE, 0, now=DUE, waiting=True)) is Settled
    claim(1, now=DUE, waiting=True)


def test_only_what_somebody_is_busy_with_is_freed():
    added()
    assert refusal(shipments.freeing(PLACE, 0)) is Outrun
    claim()
    commit(shipments.freeing(PLACE, 0))
    claim()
    end()
    assert refusal(shipments.freeing(PLACE, 0)) is Outrun


# --- How it ends ------------------------------------------------------------------------------------------


def test_the_last_end_is_the_end_of_all():
    added()
    for place in (0, 1):
        claim(place)
    assert refusal(shipments.ending(PLACE, 0, SENT, last=True)) is GuessedWrong
    end(0)
    assert refusal(shipments.ending(PLACE, 1, SENT, last=False)) is GuessedWrong
    end(1, last=True)
    assert (stored().state, stored().left, stored().look_at) == (DONE, 0, None)
    assert looked_at(DUE) == []


def test_a_message_ends_once():
    added()
    claim()
    end()
    assert refusal(shipments.ending(PLACE, 0, SENT, last=False)) is Settled
    assert refusal(shipments.ending(PLACE, 0, SENT, last=True)) is Settled


def test_what_nobody_has_claimed_does_not_end():
    added()
    assert refusal(shipments.ending(PLACE, 0, SENT, last=False)) is Settled


# --- What is given back -----------------------------------------------------------------------------------


def test_what_is_given_back_is_given_back_once_and_sent_by_nobody():
    shipment = added()
    commit(shipments.settling(shipment, {0: RETURNED}, now=NOON))
    assert refusal(shipments.settling(shipment, {0: RETURNED}, now=NOON)) is TakenUp
    assert refusal(shipments.claiming(PLACE, 0, now=NOON)) is Settled
    assert (stored().status(0), stored().left, stored().state) == ("FAILED", 1, LEAVING)
    commit(shipments.settling(stored(), {1: RETURNED}, now=NOON))
    assert (stored().left, stored().state, stored().look_at) == (0, DONE, None)


def test_where_somebody_is_busy_nothing_is_given_back():
    shipment = added()
    claim(1)
    assert refusal(shipments.settling(shipment, {0: RETURNED}, now=NOON)) is TakenUp


def test_what_leaves_meanwhile_is_not_removed():
    shipment = added(state=WAITING, send_at=DUE, look_at=DUE)
    commit(shipments.leaving(shipment, now=DUE))
    assert refusal(shipments.settling(shipment, {0: REMOVED, 1: REMOVED}, now=NOON)) is TakenUp
    assert refusal(shipments.leaving(shipment, now=DUE)) is Outrun


# --- What is looked at ------------------------------------------------------------------------------------


def test_a_shipment_is_looked_at_when_it_is_due_and_when_it_is_stuck():
    shipment = added(state=WAITING, send_at=DUE, look_at=DUE)
    assert (looked_at(DUE - SECOND), looked_at(DUE)) == ([], [PLACE])
    commit(shipments.leaving(shipment, now=DUE))
    given_up = DUE + policy.SHIPMENT_GIVEN_UP_AFTER
    assert (looked_at(given_up - SECOND), looked_at(given_up)) == ([], [PLACE])
