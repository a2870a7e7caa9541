"""Orders: nothing is ordered that is not allowed, and nothing is sent that is not paid for."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from shared import policy
from shared.domain import messages
from shared.domain.messages import Recipient, Shipment
from shared.domain.sending_hours import Hours
from shared.domain.shares import Share
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountryRefused,
    IdxUsed,
    LimitReached,
    NoPoints,
    NoRecipients,
    NumberRepeated,
    Outrun,
    OutsideHours,
    PartsExceeded,
    RecipientsExceeded,
    Refusal,
    SenderNotAllowed,
    TooFarAhead,
)
from shared.sending import dispatch, orders, price_list
from shared.storage import shipments, wallets
from shared.storage.engine import commit
from tests.support import sending
from tests.support.calls import overheard, preceded
from tests.support.sending import (
    ANN_CALLS,
    BOB_CALLS,
    BRITISH,
    GERMAN,
    PL,
    PLENTY,
    balance,
    order,
    purse,
    purse_of,
    send,
    stored,
    to,
)
from tests.support.world import World

A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)


# --- What is ordered --------------------------------------------------------------------------------------


def test_each_is_charged_for_the_parts_of_their_own_words(world: World, ann: str):
    recipients = [*to(ANN_CALLS, text="x" * 400), *to(BOB_CALLS)]
    shipment = order(ann, recipients=recipients, now=world.now)
    assert [(one.parts, one.points) for one in shipment.recipients] == [(3, 3 * PL), (1, PL)]


def test_a_text_is_counted_once_however_many_get_it(world: World, ann: str):
    """Else a large order that nobody pays for would be much work: it is priced before its points are looked at."""
    recipients = to(*[f"+4860{place:07}" for place in range(policy.RECIPIENTS_OF_ORDER)])
    with patch.object(messages, "parts", wraps=messages.parts) as counted:
        order(ann, recipients=recipients, text="x" * 1500, now=world.now)
    assert counted.call_count == 1


def test_the_largest_request_fits_into_one_transaction(world: World, ann: str, monkeypatch: pytest.MonkeyPatch):
    countries = [f"{first}{second}" for first in "ABC" for second in "UVWXY"]
    monkeypatch.setattr(price_list, "table", lambda: " ".join(f"{country}=0.1" for country in countries))
    sending.allow(ann[:10], " ".join(countries))
    clerk = sending.subuser(ann, from_account=PLENTY, now=world.now)
    recipients = [
        Recipient(f"+48600100{place:03}", countries[place % 15], idx=f"idx-{place}")
        for place in range(policy.RECIPIENTS_AT_ONCE)
    ]
    shipment = order(clerk.user_id, recipients=recipients, check_idx=True, now=world.now)
    assert dispatch.send(shipment, now=world.now).left == policy.RECIPIENTS_AT_ONCE
    assert len(world.sms) == policy.RECIPIENTS_AT_ONCE
    assert stored(shipment).left == 0


# --- What is refused --------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], type[Refusal]]] = {
    "nobody": ({"recipients": []}, NoRecipients),
    "no text": ({"text": ""}, ContentEmpty),
    "no text for one of them": ({"recipients": [*to(ANN_CALLS, text=""), *to(BOB_CALLS)]}, ContentEmpty),
    "a text that is too long": ({"text": "x" * (10 * 153 + 1)}, PartsExceeded),
    "a text that is longer than was allowed": ({"text": "x" * 161, "max_parts": 1}, PartsExceeded),
    "too many with names": (
        {"recipients": to(*[f"+48600100{place:03}" for place in range(41)], idx="x")},
        RecipientsExceeded,
    ),
    "too many": ({"recipients": to(*[f"+4860{place:07}" for place in range(10_001)])}, RecipientsExceeded),
    "more to one number than may be in a minute": ({"recipients": to(*[ANN_CALLS] * 11)}, NumberRepeated),
    "a name for two": ({"recipients": to(ANN_CALLS, BOB_CALLS, idx="x"), "check_idx": True}, IdxUsed),
    "abroad": ({"recipients": to(GERMAN)}, AbroadRefused),
    "too far ahead": ({"ahead": timedelta(days=93)}, TooFarAhead),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_may_not_be_ordered_is_refused_before_anything_is_read_or_written(world: World, ann: str, what: str):
    facts, refusal = REFUSED[what]
    user, account = sending.find(ann)
    ahead = {"send_at": world.now + facts["ahead"]} if "ahead" in facts else {}
    asked = {"recipients": to(ANN_CALLS), "text": "hello", "sender": "Test"} | facts | ahead
    asked.pop("ahead", None)
    with overheard() as made, pytest.raises(refusal):
        orders.order(user, account, now=world.now, **asked)
    assert made == []


def test_an_account_sends_abroad_only_where_it_may_and_where_there_is_a_price(world: World, ann: str):
    sending.allow(ann[:10], "DE XX")
    assert order(ann, GERMAN, now=world.now).points == 5000
    with pytest.raises(CountryRefused) as refused:
        order(ann, BRITISH, now=world.now)
    assert not isinstance(refused.value, AbroadRefused)
    with pytest.raises(CountryRefused):
        order(ann, recipients=[Recipient("+999123", "XX")], now=world.now)


def test_more_countries_than_one_request_may_have_are_refused(world: World, ann: str):
    places = [Recipient(f"+48{place}", f"{chr(65 + place)}Z") for place in range(16)]
    with pytest.raises(RecipientsExceeded):
        order(ann, recipients=places, now=world.now)


OFFICE = Hours("mon tue wed thu fri sat sun", time(8), time(16), "UTC")


def test_a_subuser_sends_in_their_hours_only_and_the_owner_at_any_time(world: World, ann: str):
    clerk = sending.subuser(ann, from_account=PLENTY, hours=OFFICE, now=world.now)
    night = world.now + timedelta(hours=8)
    send(clerk.user_id, now=world.now)
    send(ann, now=night)
    with pytest.raises(OutsideHours):
        send(clerk.user_id, now=night)


def test_it_is_the_time_of_sending_that_counts(world: World, ann: str):
    clerk = sending.subuser(ann, from_account=PLENTY, hours=OFFICE, now=world.now)
    night = world.now + timedelta(hours=8)
    assert send(clerk.user_id, now=night, send_at=night + timedelta(hours=14)).state == "waiting"
    with pytest.raises(OutsideHours):
        order(clerk.user_id, now=world.now, send_at=night)


@pytest.mark.parametrize(
    ("share", "allowed"),
    [(Share("all"), {"Shop", "Test"}), (Share("none"), {"Test"}), (Share("selected", ("Shop",)), {"Shop", "Test"})],
)
def test_a_subuser_sends_under_names_that_are_shared_with_them(world: World, ann: str, share: Share, allowed: set[str]):
    clerk = sending.subuser(ann, from_account=PLENTY, senders=share, now=world.now)
    for sender in ("Shop", "Test"):
        assert order(ann, sender=sender, now=world.now).sender == sender
        if sender in allowed:
            assert order(clerk.user_id, sender=sender, now=world.now).sender == sender
        else:
            with pytest.raises(SenderNotAllowed):
                order(clerk.user_id, sender=sender, now=world.now)


def nothing_happened(world: World, ann: str, shipment: Shipment, points: int = PLENTY) -> bool:
    return not shipments.find(shipment.account_id, [shipment.shipment_id]) and balance(ann) == points and not world.sms


def test_without_points_nothing_is_sent(world: World):
    user_id = world.ann.user_id
    sending.give_points(user_id[:10], PL - 1)
    shipment = order(user_id, now=world.now)
    with pytest.raises(NoPoints):
        dispatch.send(shipment, now=world.now)
    assert nothing_happened(world, user_id, shipment, PL - 1)


def test_a_subuser_spends_what_they_were_given_and_no_more(world: World, ann: str):
    clerk = sending.subuser(ann, from_account=PL, per_month=PL, now=world.now)
    send(clerk.user_id, now=world.now)
    assert purse(clerk.user_id, now=world.now) == (PL, 0)
    send(clerk.user_id, now=world.now)
    with pytest.raises(LimitReached):
        send(clerk.user_id, now=world.now)
    assert balance(ann) == PLENTY - 2 * PL


def test_of_what_the_account_has_not_a_subuser_sends_nothing(world: World):
    clerk = sending.subuser(world.ann.user_id, from_account=PLENTY, now=world.now)
    with pytest.raises(NoPoints) as refused:
        send(clerk.user_id, now=world.now)
    assert not isinstance(refused.value, LimitReached)
    assert purse(clerk.user_id, now=world.now) == (PLENTY, 0)


def test_a_new_month_brings_its_points_with_the_first_message(world: World, ann: str):
    clerk = sending.subuser(ann, per_month=PL, now=world.now)
    send(clerk.user_id, now=world.now)
    later = world.now + timedelta(days=40)
    shipment = send(clerk.user_id, now=later)
    assert shipment.month == f"{later:%Y-%m}"
    with pytest.raises(LimitReached):
        send(clerk.user_id, now=later)


def test_a_request_of_last_month_that_comes_late_is_paid_with_this_months_points(world: World, ann: str):
    clerk = sending.subuser(ann, per_month=PL, from_account=PL, now=world.now)
    later = world.now + timedelta(days=40)
    send(clerk.user_id, now=later)
    shipment = send(clerk.user_id, now=world.now)
    assert shipment.month == f"{later:%Y-%m}"
    assert purse(clerk.user_id, now=later) == (0, 0)


def test_one_number_gets_ten_in_any_minute_and_no_more(world: World, ann: str):
    for seconds in range(8):
        send(ann, now=world.now + timedelta(seconds=seconds))
    send(ann, recipients=to(ANN_CALLS, ANN_CALLS), now=world.now + timedelta(seconds=8))
    with pytest.raises(NumberRepeated) as refused:
        send(ann, now=world.now + timedelta(seconds=20))
    assert refused.value.retry_after == timedelta(seconds=40)
    send(ann, BOB_CALLS, now=world.now + timedelta(seconds=20))
    send(ann, now=world.now + A_MINUTE)
    with pytest.raises(NumberRepeated):
        send(ann, recipients=to(ANN_CALLS, ANN_CALLS), now=world.now + A_MINUTE)


def test_what_another_account_sends_to_the_number_is_not_counted(world: World, ann: str):
    bob = world.add("bob").user_id
    sending.give_points(bob[:10], PLENTY)
    send(ann, recipients=to(*[ANN_CALLS] * 10), now=world.now)
    send(bob, now=world.now)


def test_a_country_abroad_gets_a_hundred_a_day(world: World, ann: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "SMS_ABROAD_PER_DAY", 3)
    sending.allow(ann[:10], "DE GB")
    send(ann, recipients=to(GERMAN, GERMAN), now=world.now)
    with pytest.raises(CountryRefused):
        send(ann, recipients=to(GERMAN, GERMAN), now=world.now)
    send(ann, recipients=to(GERMAN, BRITISH, ANN_CALLS), now=world.now)
    with pytest.raises(CountryRefused):
        send(ann, GERMAN, now=world.now)
    send(ann, GERMAN, now=world.now + timedelta(hours=12))


def test_a_name_that_is_to_be_used_once_is_refused_for_a_day(world: World, ann: str):
    recipients = to(ANN_CALLS, idx="order-7")
    send(ann, recipients=recipients, check_idx=True, now=world.now)
    with pytest.raises(IdxUsed):
        send(ann, recipients=recipients, check_idx=True, now=world.now + A_DAY - A_MINUTE)
    send(ann, recipients=recipients, now=world.now)
    send(ann, recipients=recipients, check_idx=True, now=world.now + A_DAY)


def test_a_name_that_need_not_be_used_once_is_taken_for_several(world: World, ann: str):
    shipment = send(ann, recipients=to(ANN_CALLS, BOB_CALLS, idx="order-7"), now=world.now)
    assert len(shipment.recipients) == len(world.sms) == 2


def test_users_of_one_account_block_each_other_neither_by_number_nor_by_name_nor_by_country(
    world: World, ann: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(policy, "SMS_ABROAD_PER_DAY", 4)
    sending.allow(ann[:10], "DE")
    first, second = (sending.subuser(ann, from_account=PLENTY, now=world.now).user_id for _ in "ab")
    for user_id in (first, second, ann):
        send(user_id, recipients=to(*[ANN_CALLS] * 10), now=world.now)
        send(user_id, recipients=to(BOB_CALLS, idx="order-7"), check_idx=True, now=world.now)
    send(first, recipients=to(GERMAN, GERMAN), now=world.now)
    with pytest.raises(CountryRefused):
        send(first, GERMAN, now=world.now)
    send(second, recipients=to(GERMAN, GERMAN), now=world.now)
    for user_id in (second, ann):
        with pytest.raises(CountryRefused):
            send(user_id, GERMAN, now=world.now)


def test_a_number_that_the_sender_may_not_see_is_counted_apart_so_that_no_refusal_tells_who_is_in_a_group(
    world: World, ann: str
):
    send(ann, recipients=to(*[ANN_CALLS] * 10), now=world.now)
    unseen = [replace(one, submitted="") for one in to(ANN_CALLS)]
    for _ in range(10):
        send(ann, recipients=unseen, now=world.now)
    with pytest.raises(NumberRepeated):
        send(ann, recipients=unseen, now=world.now)


def test_a_purse_that_changes_before_each_try_costs_nothing_and_sends_nothing(world: World, ann: str):
    """It is still about last month, and its owner sets other limits again and again."""
    before = world.now - timedelta(days=40)
    clerk = sending.subuser(ann, from_account=PLENTY, now=before).user_id
    limits = count(PL)

    def set_limits() -> None:
        commit(wallets.limiting(purse_of(clerk), from_account=None, per_month=next(limits), now=before))

    shipment = order(clerk, now=world.now)
    with preceded("UpdateItem", set_limits, times=policy.RACE_ATTEMPTS), pytest.raises(Outrun):
        dispatch.send(shipment, now=world.now)
    assert nothing_happened(world, ann, shipment)
    assert dispatch.send(shipment, now=world.now).left == 1
