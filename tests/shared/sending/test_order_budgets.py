"""No sequence of requests, by whomever, exceeds a budget, and points are neither made nor lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from notify.shipments import look
from shared import policy
from shared.domain.identifiers import account_of
from shared.domain.messages import REMOVED, RETURNED, SENT, Shipment, place_name
from shared.domain.points import Points
from shared.domain.purses import Purse
from shared.errors import Refusal
from shared.observability import metrics
from shared.sending import lookup, orders, refunds
from shared.storage import shipments, users, wallets
from shared.storage.engine import commit
from tests.support import sending
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
        self.given, self.granted = from_account, Counter({f"{START:%Y-%m}": per_month})
        self.ordered: list[tuple[datetime, str]] = []
        ann, _ = sending.find(self.open.__enter__().ann.user_id)
        sending.give_points(ann.account_id, balance)
        sending.allow(ann.account_id, "DE")
        joe = sending.subuser(ann.user_id, from_account=from_account, per_month=per_month, now=START)
        self.ids = {"ann": ann.user_id, "joe": joe.user_id}
        self.shipments: list[str] = []

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.open.__exit__(None, None, None)
            self.limits.stop()
            metrics.clear_metrics()

    @rule(step=st.sampled_from(STEPS))
    def wait(self, step: timedelta) -> None:
        self.now += step
        self.granted[f"{self.now:%Y-%m}"] = max(self.granted[f"{self.now:%Y-%m}"], self.purse.per_month)

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
            paid = orders.pay(order, now=self.now)
        except Refusal:
            return None
        self.ordered += [(self.now, number) for number in numbers]
        self.shipments.append(paid.shipment_id)
        return paid

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
        month = f"{self.now:%Y-%m}"
        self.given += from_account or 0
        self.granted[month] = max(self.granted[month], self.purse.per_month)

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

    def spent(self, *who: str) -> Points:
        """By them, for what was not given back."""
        found = shipments.find(account_of(self.ids["ann"]), self.shipments)
        assert {one.shipment_id for one in found} == set(self.shipments)
        return sum(
            recipient.points
            for one in found
            if one.user_id in [self.ids[name] for name in who]
            for place, recipient in enumerate(one.recipients)
            if one.became.get(place_name(place)) not in (RETURNED, REMOVED)
        )

    @invariant()
    def points_are_neither_made_nor_lost(self) -> None:
        balance = sending.balance(self.ids["ann"])
        assert balance >= 0
        assert balance + self.spent("ann", "joe") == self.bought

    @invariant()
    def joe_spends_what_they_were_given(self) -> None:
        present = self.purse.at(self.now)
        assert min(present.from_account, present.granted) >= 0
        assert present.granted <= present.per_month
        assert self.spent("joe") + present.from_account <= self.given + self.granted.total()

    @invariant()
    def no_number_gets_more_in_a_minute(self) -> None:
        for since, number in self.ordered:
            near = [
                at for at, other in self.ordered if other == number and since <= at < since + policy.SMS_REPEATS_WITHIN
            ]
            assert len(near) <= policy.SMS_REPEATS

    @invariant()
    def no_country_gets_more_in_a_day(self) -> None:
        days = Counter(at.date() for at, number in self.ordered if number.startswith("+49"))
        assert all(messages <= ABROAD_PER_DAY for messages in days.values())


Budgets.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_no_sequence_exceeds_a_budget = Budgets.TestCase
