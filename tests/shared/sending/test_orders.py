"""The guard: nothing is sent that was not allowed and paid for, and what was not sent is given back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from itertools import count
from typing import Any

import pytest

from shared import policy
from shared.domain.messages import Recipient, Shipment
from shared.domain.purses import Purse
from shared.domain.sending_hours import Hours
from shared.domain.shares import Share
from shared.errors import (
    AbroadRefused,
    ContentEmpty,
    CountryRefused,
    IdxUsed,
    LimitReached,
    MessageUnknown,
    NoPoints,
    NoRecipients,
    NumberRepeated,
    Outrun,
    OutsideHours,
    PartsExceeded,
    RecipientsExceeded,
    Refusal,
    SenderNotAllowed,
    TokenRefused,
    TooFarAhead,
    Unavailable,
)
from shared.sending import dispatch, lookup, orders
from shared.storage import shipments, users, wallets
from shared.storage.engine import commit
from shared.storage.wallets import MonthOver
from tests.support import sending
from tests.support.calls import FAULTS, Answer, AwsCall, Fault, Proceed, intercepted, overheard, preceded
from tests.support.sending import ANN_CALLS, BOB_CALLS, BRITISH, GERMAN, PL, balance, order, purse, send, stored, to
from tests.support.world import World

A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)
PLENTY = 1_000_000


@pytest.fixture
def ann(world: World) -> str:
    """Her id, with 100 points."""
    sending.give_points(world.ann.user_id[:10], PLENTY)
    return world.ann.user_id


# --- What is sent -----------------------------------------------------------------------------------------


def test_a_message_goes_out_as_it_is_and_costs_its_price(world: World, ann: str):
    shipment = send(ann, text="Zażółć 🙂", now=world.now)
    assert world.sms == [(ANN_CALLS, "Zażółć 🙂")]
    assert shipment.points == PL
    assert balance(ann) == PLENTY - PL
    assert stored(shipment).status(0) == "SENT"


def test_several_get_one_each_with_the_words_that_are_for_them(world: World, ann: str):
    recipients = [*to(ANN_CALLS, text="Hello Ann"), *to(BOB_CALLS)]
    shipment = send(ann, recipients=recipients, text="Hello", now=world.now)
    assert sorted(world.sms) == [(ANN_CALLS, "Hello Ann"), (BOB_CALLS, "Hello")]
    assert balance(ann) == PLENTY - 2 * PL
    assert [stored(shipment).status(place) for place in (0, 1)] == ["SENT", "SENT"]


def test_each_is_charged_for_the_parts_of_his_own_words(world: World, ann: str):
    recipients = [*to(ANN_CALLS, text="x" * 400), *to(BOB_CALLS)]
    shipment = order(ann, recipients=recipients, now=world.now)
    assert [(one.parts, one.points) for one in shipment.recipients] == [(3, 3 * PL), (1, PL)]


def test_paying_is_one_round_trip_and_the_queue_another(world: World, ann: str):
    clerk = sending.subuser(ann, from_account=PLENTY, now=world.now)
    for user_id in (ann, clerk.user_id):
        shipment = order(user_id, ANN_CALLS, BOB_CALLS, now=world.now)
        with overheard() as made:
            dispatch.send(shipment, now=world.now)
        assert [call.operation for call in made] == ["TransactWriteItems", "SendMessage"]


def test_the_largest_request_fits_into_one_transaction(world: World, ann: str, monkeypatch: pytest.MonkeyPatch):
    countries = [f"{first}{second}" for first in "ABC" for second in "UVWXY"]
    monkeypatch.setattr(orders.settings, "PRICES", " ".join(f"{country}=0.1" for country in countries))
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


def test_a_code_is_sent_and_lies_in_no_table(world: World, ann: str):
    shipment = order(ann, text="123456", kind="code", now=world.now)
    dispatch.send(shipment, code="123456", expires_at=world.now + A_MINUTE, now=world.now)
    assert world.sms == [(ANN_CALLS, "123456")]
    assert stored(shipment).text == ""
    assert stored(shipment).status(0) == "SENT"


# --- What is refused --------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], type[Refusal]]] = {
    "nobody": ({"recipients": []}, NoRecipients),
    "no text": ({"text": ""}, ContentEmpty),
    "no text for one of them": ({"recipients": [*to(ANN_CALLS, text=""), *to(BOB_CALLS)]}, ContentEmpty),
    "a text that is too long": ({"text": "x" * (10 * 153 + 1)}, PartsExceeded),
    "a text that is longer than was allowed": ({"text": "x" * 161, "max_parts": 1}, PartsExceeded),
    "too many": ({"recipients": to(*[f"+48600100{place:03}" for place in range(41)])}, RecipientsExceeded),
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


def test_a_subuser_sends_in_his_hours_only_and_the_owner_at_any_time(world: World, ann: str):
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
def test_a_subuser_sends_under_names_that_are_shared_with_him(world: World, ann: str, share: Share, allowed: set[str]):
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


def test_a_subuser_spends_what_he_was_given_and_no_more(world: World, ann: str):
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


def test_who_was_switched_off_a_moment_ago_sends_nothing(world: World, ann: str):
    shipment = order(ann, now=world.now)
    commit(users.switching(ann, enabled=False, now=world.now))
    with pytest.raises(TokenRefused):
        dispatch.send(shipment, now=world.now)
    assert nothing_happened(world, ann, shipment)


# --- Where something fails --------------------------------------------------------------------------------


@pytest.fixture
def clerk(world: World, ann: str) -> str:
    return sending.subuser(ann, from_account=PL, per_month=PL, now=world.now).user_id


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"is done but not heard of"}))
def test_where_the_queue_does_not_take_it_all_is_given_back(world: World, ann: str, clerk: str, fault: str):
    shipment = order(clerk, recipients=to(ANN_CALLS, BOB_CALLS, idx="x")[:1], check_idx=True, now=world.now)
    with while_("SendMessage", FAULTS[fault]), pytest.raises(Unavailable):
        dispatch.send(shipment, now=world.now)
    assert (balance(ann), purse(clerk, now=world.now)) == (PLENTY, (PL, PL))
    assert stored(shipment).status(0) == "FAILED"
    send(clerk, recipients=to(ANN_CALLS, idx="x"), check_idx=True, now=world.now)
    assert len(world.sms) == 1


def test_what_the_queue_took_without_saying_so_is_not_sent_once_it_is_given_back(world: World, ann: str):
    shipment = order(ann, now=world.now)
    with while_("SendMessage", FAULTS["is done but not heard of"]), pytest.raises(Unavailable):
        dispatch.send(shipment, now=world.now)
    assert world.sms == []
    assert balance(ann) == PLENTY


def test_what_left_before_it_could_be_given_back_was_sent(world: World, ann: str):
    def deliver_and_fail(call: AwsCall, proceed: Proceed) -> Answer:
        proceed()
        world.deliver()
        return FAULTS["is throttled"](call, proceed)

    shipment = order(ann, now=world.now)
    with while_("SendMessage", deliver_and_fail):
        dispatch.send(shipment, now=world.now)
    assert len(world.sms) == 1
    assert balance(ann) == PLENTY - PL


def test_what_else_was_written_with_it_is_undone_with_it(world: World, ann: str):
    doing = users.switching(world.add("bob").user_id, enabled=False, now=world.now)
    undoing = wallets.adding("somebody", 1)
    with while_("SendMessage", FAULTS["is throttled"]), pytest.raises(Unavailable):
        dispatch.send(order(ann, now=world.now), doing, undoing=[undoing], now=world.now)
    assert wallets.balance("somebody") == 1


@contextmanager
def while_(operation: str, fault: Fault) -> Iterator[None]:
    """Whatever Furtka asks of AWS by that name fails."""

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return fault(call, proceed) if call.operation == operation else proceed()

    with intercepted(stumble):
        yield


def test_a_purse_that_changes_before_each_try_costs_nothing_and_sends_nothing(world: World, ann: str):
    """It is still about last month, and its owner sets other limits again and again."""
    before = world.now - timedelta(days=40)
    clerk = sending.subuser(ann, from_account=PLENTY, now=before).user_id
    limits = count(PL)

    def set_limits() -> None:
        commit(wallets.limiting(purse_of(clerk), from_account=None, per_month=next(limits), now=before))

    shipment = order(clerk, now=world.now)
    with preceded("TransactWriteItems", set_limits, times=policy.RACE_ATTEMPTS), pytest.raises(Outrun):
        dispatch.send(shipment, now=world.now)
    assert nothing_happened(world, ann, shipment)
    assert dispatch.send(shipment, now=world.now).left == 1


def test_what_cannot_be_given_back_for_others_that_are_given_back_is_given_back_later(
    world: World, ann: str, clerk: str
):
    """The month in which it was paid is over, and so it matters what else of that month comes back."""
    later = world.now + timedelta(days=40)
    shipment = scheduled(world, clerk, ANN_CALLS, BOB_CALLS, days=41)
    commit(wallets.taking_first(purse_of(clerk), 0, month=f"{later:%Y-%m}"))
    month = str(shipment.month)

    def give_back_one() -> None:
        with pytest.raises(MonthOver) as over:
            commit(wallets.returning(clerk, 1, month=month))
        commit(*wallets.returning_late(over.value, 1, month=month))

    with preceded("TransactWriteItems", give_back_one, times=policy.RACE_ATTEMPTS), pytest.raises(Outrun):
        remove(world, clerk, shipment.message_id(0), shipment.message_id(1), days=40)
    assert balance(ann) == PLENTY - 2 * PL
    assert stored(shipment).status(0) == "QUEUE"
    assert len(remove(world, clerk, shipment.message_id(0), shipment.message_id(1), days=40)) == 2
    assert balance(ann) == PLENTY


# --- What was ordered before ------------------------------------------------------------------------------


def scheduled(world: World, user_id: str, *numbers: str, days: int = 1, **more: Any) -> Shipment:
    return send(user_id, *numbers, send_at=world.now + timedelta(days=days), now=world.now, **more)


def remove(world: World, user_id: str, *ids: str, days: int = 0) -> list[str]:
    user, _ = sending.find(user_id)
    return lookup.remove(user, ids, now=world.now + timedelta(days=days))


def test_what_waits_is_paid_and_not_sent(world: World, ann: str):
    shipment = scheduled(world, ann)
    assert balance(ann) == PLENTY - PL
    assert world.sms == []
    assert stored(shipment).status(0) == "QUEUE"


def test_what_is_removed_is_given_back(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk)
    assert remove(world, clerk, shipment.message_id(0)) == [shipment.message_id(0)]
    assert (balance(ann), purse(clerk, now=world.now)) == (PLENTY, (PL, PL))
    with pytest.raises(MessageUnknown):
        remove(world, clerk, shipment.message_id(0))
    assert balance(ann) == PLENTY


def test_of_several_some_are_removed(world: World, ann: str):
    shipment = scheduled(world, ann, ANN_CALLS, BOB_CALLS)
    remove(world, ann, shipment.message_id(1))
    assert balance(ann) == PLENTY - PL
    assert [stored(shipment).status(place) for place in (0, 1)] == ["QUEUE", "NOT_FOUND"]
    remove(world, ann, shipment.message_id(0))
    assert balance(ann) == PLENTY
    assert stored(shipment).state == "done"


def test_several_shipments_are_removed_at_once(world: World, ann: str):
    ids = [scheduled(world, ann).message_id(0) for _ in range(3)]
    assert remove(world, ann, *ids) == ids
    assert balance(ann) == PLENTY


def test_what_is_removed_months_later_is_given_back_where_it_still_counts(world: World, ann: str, clerk: str):
    shipment = scheduled(world, clerk, ANN_CALLS, BOB_CALLS, days=80)
    commit(wallets.taking_first(purse_of(clerk), 0, month=f"{world.now + timedelta(days=70):%Y-%m}"))
    remove(world, clerk, shipment.message_id(0), shipment.message_id(1), days=70)
    assert balance(ann) == PLENTY
    assert purse(clerk, now=world.now + timedelta(days=70)) == (PL, PL)


def purse_of(user_id: str) -> Purse:
    found = wallets.purse(user_id)
    assert found
    return found


@pytest.mark.parametrize("what", ["left already", "somebody else's", "a colleague's", "garbage", "no such place"])
def test_what_does_not_wait_is_not_removed_nor_anything_with_it(world: World, ann: str, clerk: str, what: str):
    bob = world.add("bob").user_id
    sending.give_points(bob[:10], PLENTY)
    mine = scheduled(world, clerk)
    other = {
        "left already": lambda: send(clerk, now=world.now).message_id(0),
        "somebody else's": lambda: scheduled(world, bob).message_id(0),
        "a colleague's": lambda: scheduled(world, ann).message_id(0),
        "garbage": lambda: "garbage",
        "no such place": lambda: mine.message_id(7),
    }[what]()
    before = balance(ann)
    with pytest.raises(MessageUnknown):
        remove(world, clerk, mine.message_id(0), other)
    assert balance(ann) == before
    assert stored(mine).status(0) == "QUEUE"


def test_an_owner_sees_what_his_subusers_send_and_they_see_their_own(world: World, ann: str, clerk: str):
    his, hers = send(clerk, now=world.now).message_id(0), send(ann, now=world.now).message_id(0)
    bob, _ = sending.find(world.add("bob").user_id)
    ann_user, clerk_user = sending.find(ann)[0], sending.find(clerk)[0]
    assert lookup.find(ann_user, [his, hers, "garbage"]).keys() == {his, hers}
    assert lookup.find(clerk_user, [his, hers]).keys() == {his}
    assert lookup.find(bob, [his, hers]) == {}


def test_garbage_costs_no_read_and_too_many_ids_are_refused(world: World, ann: str):
    user, _ = sending.find(ann)
    with overheard() as made:
        assert lookup.find(user, ["garbage", "0" * 23, "x" * 24, ""]) == {}
        with pytest.raises(RecipientsExceeded):
            lookup.find(user, [f"{number:024}" for number in range(101)])
    assert made == []
