"""No sequence of requests, by whomever, exceeds a budget, and points are neither made nor lost."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notify.shipments import look
from shared import policy
from shared.domain.identifiers import account_of
from shared.domain.messages import REMOVED, RETURNED, SENT, Recipient, Shipment, place_name
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.errors import Refusal
from shared.observability import metrics
from shared.sending import lookup, payments, refunds
from shared.storage import shipments, users, wallets
from shared.storage.engine import commit
from tests.support import sending
from tests.support.calls import failing
from tests.support.deaths import Killed, killed_before
from tests.support.world import new_world

START = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)
NUMBERS = ("+48600100201", "+48600100202", "+4915112345678")
ABROAD_PER_DAY = 5
STEPS = (timedelta(seconds=7), timedelta(minutes=1), timedelta(minutes=31), timedelta(hours=9), timedelta(days=16))
AMOUNTS = st.sampled_from((0, 1600, 9000, 50_000))
WHO = st.sampled_from(("ann", "joe"))
FATE = st.sampled_from(("left alone", "sent", "begun", "the queue is down"))


class Budgets(RuleBasedStateMachine):
    """Ann owns the account, and gave Joe some of it. What they sent is held against what there was."""

    @initialize(balance=AMOUNTS, from_account=AMOUNTS, per_month=AMOUNTS)
    def begin(self, balance: Points, from_account: Points, per_month: Points) -> None:
        self.limits = patch.object(policy, "SMS_ABROAD_PER_DAY", ABROAD_PER_DAY)
        self.limits.start()
        self.open = new_world()
        self.now, self.bought = START, balance
        ann, _ = sending.find(self.open.__enter__().ann.user_id)
        sending.give_points(ann.account_id, balance)
        sending.allow(ann.account_id, "DE")
        joe = sending.subuser(ann.user_id, from_account=from_account, per_month=per_month, now=START)
        self.ids = {"ann": ann.user_id, "joe": joe.user_id}
        self.shipments: list[str] = []
        self.given_back: set[tuple[str, int]] = set()
        self.grants = Grants(from_account, per_month, f"{START:%Y-%m}")

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.open.__exit__(None, None, None)
            self.limits.stop()
            metrics.clear_metrics()

    @rule(step=st.sampled_from(STEPS))
    def wait(self, step: timedelta) -> None:
        self.now += step
        self.grants.turn(self.now)

    @rule(who=WHO, numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6), fate=FATE)
    def send(self, who: str, numbers: list[str], fate: str) -> None:
        paid = self.pay(who, numbers, self.now)
        if paid is None:
            return
        if fate == "the queue is down":
            refunds.give_back(paid, dict.fromkeys(paid.unsent, RETURNED), now=self.now)
        if fate in ("sent", "begun"):
            commit(shipments.claiming((paid.account_id, paid.shipment_id), 0, now=self.now))
        if fate == "sent":
            last = len(numbers) == 1
            commit(shipments.ending((paid.account_id, paid.shipment_id), 0, SENT, last=last))

    @rule(who=WHO, numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
    def schedule(self, who: str, numbers: list[str]) -> None:
        self.pay(who, numbers, self.now + timedelta(days=20))

    def pay(self, who: str, numbers: list[str], send_at: datetime) -> Shipment | None:
        try:
            order = sending.order(self.ids[who], *numbers, send_at=send_at, now=self.now)
            paid = payments.pay(order, now=self.now)
        except Refusal:
            return None
        self.shipments.append(paid.shipment_id)
        if who == "joe":
            self.grants.pay(paid)
        return paid

    @rule(who=WHO, numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6), place=st.integers(0, 3))
    def die(self, who: str, numbers: list[str], place: int) -> None:
        """The process ends at one of its calls. Whatever it held, all is as it was once somebody looks."""
        order = sending.order(self.ids[who], *numbers, now=self.now)
        with failing(place, killed_before), suppress(Refusal, Killed):
            payments.pay(order, now=self.now)
        for stored in shipments.find(order.account_id, [order.shipment_id]):
            self.shipments.append(stored.shipment_id)
            if who == "joe":
                self.grants.pay(stored)
        self.now += policy.HOLD_ENDS_AFTER
        self.grants.turn(self.now)
        for user_id in self.ids.values():
            payments.available(sending.find(user_id)[0], now=self.now)

    @precondition(lambda self: self.shipments)
    @rule(who=WHO, which=st.integers(0, 99), place=st.integers(0, 5))
    def remove(self, who: str, which: int, place: int) -> None:
        user, _ = sending.find(self.ids[who])
        try:
            lookup.remove(user, [self.shipments[which % len(self.shipments)] + place_name(place)], now=self.now)
        except Refusal:
            return

    @rule()
    def look(self) -> None:
        look(now=self.now, has_time=lambda: True)

    @rule(from_account=st.none() | AMOUNTS, per_month=st.none() | AMOUNTS)
    def limit(self, from_account: Points | None, per_month: Points | None) -> None:
        limits = {"from_account": from_account, "per_month": per_month}
        commit(wallets.limiting(self.purse, **limits, now=self.now))
        self.grants.turn(self.now)
        self.grants.limit(from_account, per_month)

    @rule(on=st.booleans())
    def switch(self, *, on: bool) -> None:
        commit(users.switching(self.ids["joe"], enabled=on, now=self.now))

    @rule(amount=AMOUNTS)
    def buy(self, amount: Points) -> None:
        sending.give_points(account_of(self.ids["ann"]), amount)
        self.bought += amount

    @property
    def purse(self) -> Purse:
        found = wallets.purse(self.ids["joe"])
        assert found
        return found

    def found(self) -> list[Shipment]:
        found = shipments.find(account_of(self.ids["ann"]), self.shipments)
        assert {one.shipment_id for one in found} == set(self.shipments)
        return found

    def standing(self) -> list[tuple[str, datetime, Recipient]]:
        """Who ordered what when, of all that was not given back."""
        return [
            (one.user_id, one.created_at, recipient)
            for one in self.found()
            for place, recipient in enumerate(one.recipients)
            if not is_back(one, place)
        ]

    @invariant()
    def points_are_neither_made_nor_lost(self) -> None:
        balance = sending.balance(self.ids["ann"])
        assert balance >= 0
        assert balance + sum(recipient.points for _, _, recipient in self.standing()) == self.bought

    @invariant()
    def joe_has_what_they_were_given_and_what_came_back_to_where_it_came_from(self) -> None:
        for one in self.found():
            for place in range(len(one.recipients)):
                if is_back(one, place) and (one.shipment_id, place) not in self.given_back:
                    self.given_back.add((one.shipment_id, place))
                    self.grants.take_back(one.shipment_id, place)
        present = self.purse.at(self.now)
        assert (present.from_account, present.granted) == (self.grants.once, max(0, self.grants.month_left))

    @invariant()
    def no_number_gets_more_in_a_minute(self) -> None:
        orders = [(user_id, at, recipient.number) for user_id, at, recipient in self.standing()]
        for user_id, since, number in orders:
            until = since + policy.SMS_REPEATS_WITHIN
            near = [1 for who, at, other in orders if (who, other) == (user_id, number) and since <= at < until]
            assert len(near) <= policy.SMS_REPEATS

    @invariant()
    def no_country_gets_more_in_a_day_and_half_of_it_from_joe(self) -> None:
        abroad = [(user_id, at.date()) for user_id, at, recipient in self.standing() if recipient.country == "DE"]
        assert all(messages <= ABROAD_PER_DAY for messages in Counter(day for _, day in abroad).values())
        of_joe = Counter(day for user_id, day in abroad if user_id == self.ids["joe"])
        assert all(messages <= ABROAD_PER_DAY // 2 for messages in of_joe.values())


def is_back(shipment: Shipment, place: int) -> bool:
    return shipment.became.get(place_name(place)) in (RETURNED, REMOVED)


class Grants:
    """What Joe may spend, reckoned message by message: the month's grant and the one-off grant."""

    def __init__(self, once: Points, per_month: Points, month: str) -> None:
        self.once, self.month_left, self.per_month, self.month = once, per_month, per_month, month
        self.generation = 0
        self.paid: dict[tuple[str, int], tuple[str, int, Points, Points]] = {}

    def turn(self, now: datetime) -> None:
        if f"{now:%Y-%m}" > self.month:
            self.month, self.month_left = f"{now:%Y-%m}", self.per_month

    def pay(self, shipment: Shipment) -> None:
        for place, recipient in enumerate(shipment.recipients):
            of_month = min(recipient.points, max(0, self.month_left))
            once = recipient.points - of_month
            self.month_left -= of_month
            self.once -= once
            self.paid[shipment.shipment_id, place] = (self.month, self.generation, of_month, once)

    def take_back(self, shipment_id: str, place: int) -> None:
        month, generation, of_month, once = self.paid.get((shipment_id, place), ("", -1, 0, 0))
        self.month_left += of_month if month == self.month else 0
        self.once += once if generation == self.generation else 0

    def limit(self, once: Points | None, per_month: Points | None) -> None:
        if once is not None:
            self.once, self.generation = once, self.generation + 1
        if per_month is not None:
            self.month_left += per_month - self.per_month
            self.per_month = per_month


Budgets.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_no_sequence_exceeds_a_budget = Budgets.TestCase
