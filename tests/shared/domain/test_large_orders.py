"""A large order is split without losing a recipient or a point, and its parts know their places."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared import policy
from shared.domain import large_orders
from shared.domain.identifiers import account_of
from shared.domain.messages import LEAVING, WAITING, Recipient, Shipment, is_message_id, shipment_of

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
USER = "A" * 16
PRICES = st.lists(st.integers(min_value=1, max_value=50), min_size=41, max_size=300)


def whole(prices: list[int], send_at: datetime = NOON) -> Shipment:
    recipients = tuple(Recipient(f"+48{place:09}", "PL", points=price) for place, price in enumerate(prices))
    state = WAITING if send_at > NOON else LEAVING
    facts = {"recipients": recipients, "created_at": NOON, "send_at": send_at, "state": state, "left": len(prices)}
    return Shipment(account_of(USER), "0123456789abcdef012345", USER, "sms", "Test", "hello", **facts)  # type: ignore[arg-type]


@given(PRICES, st.integers(min_value=0, max_value=3000))
def test_nothing_is_lost_and_the_month_pays_for_the_first_messages(prices: list[int], from_month: int):
    order, parts = large_orders.split(whole(prices))
    together = [one.points for part in parts for one in part.recipients]
    assert together == prices
    assert all(len(part.recipients) <= policy.RECIPIENTS_AT_ONCE == len(parts[0].recipients) for part in parts)
    paid = replace(order, from_month=min(from_month, sum(prices)))
    parts = [paid.paying(part) for part in parts]
    assert sum(part.from_month for part in parts) == paid.from_month
    shares = [part.from_month_at([place]) for part in parts for place in range(len(part.recipients))]
    assert shares == [min(price, max(0, paid.from_month - sum(prices[:place]))) for place, price in enumerate(prices)]


def test_the_ids_of_ten_thousand_messages_are_ids_and_lead_back():
    order, parts = large_orders.split(whole([1] * policy.RECIPIENTS_OF_ORDER))
    ids = [part.message_id(place) for part in parts for place in range(len(part.recipients))]
    assert len(set(ids)) == policy.RECIPIENTS_OF_ORDER
    assert all(map(is_message_id, ids))
    assert order.shipment_ids == [part.shipment_id for part in parts] == sorted(order.shipment_ids)
    assert {large_orders.order_of(one) for one in order.shipment_ids} == {order.order_id}
    assert shipment_of(ids[-1]) == (order.shipment_id(order.shipments - 1), 39)


def test_what_waits_is_looked_at_at_its_time_and_what_leaves_when_it_should_have_begun_long_ago():
    due = NOON + timedelta(hours=1)
    assert large_orders.split(whole([1] * 41, due))[0].look_at == due
    assert large_orders.split(whole([1] * 41))[0].look_at == NOON + policy.SHIPMENT_GIVEN_UP_AFTER
