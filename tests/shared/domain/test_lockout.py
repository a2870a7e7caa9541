"""Whatever an owner does with their list, they are let in after ten minutes from where they last saved or confirmed it.

Twice: by the rules alone, with long lives, and through the real routes, with short ones.
"""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared import policy
from shared.domain.ip_lists import IpList
from shared.domain.ip_ranges import canonical
from tests.account.ip_lists import account_at, confirm, save
from tests.support.factors import signed_in
from tests.support.world import World, new_world

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_YEAR = timedelta(days=365)

PLACES = ("192.0.2.7", "192.0.2.8", "10.0.0.9", "2001:db8::1", "203.0.113.77", "::ffff:203.0.113.78")
"""Where an owner may be. The last comes to us as IPv4 in IPv6."""

ENTRIES = (
    "192.0.2.7",
    "::ffff:192.0.2.8",
    "192.0.2.0/24",
    "10.0.0.0-255",
    "2001:DB8::/32",
    "203.0.113.78/32",
    "203.0.113.64/26",
    "198.51.100.1",
)
"""What they may write into their list, the last of no place of theirs."""

LISTS = st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=4, unique=True)
SECOND, TRIAL = timedelta(seconds=1), policy.LIST_TRIAL
WAITS = st.sampled_from([0 * SECOND, SECOND, TRIAL / 2, TRIAL - SECOND, TRIAL, 2 * TRIAL])


class ByTheRules(RuleBasedStateMachine):
    """`settled` is where they last saved a list for good, or confirmed one; None while they have done neither."""

    def __init__(self) -> None:
        super().__init__()
        self.ip_list, self.now, self.settled = IpList(), NOON, None

    def _is_in(self, place: str) -> bool:
        """Only who is let in can do anything."""
        return self.ip_list.admits(place, now=self.now)

    @rule(wait=WAITS)
    def wait(self, wait: timedelta) -> None:
        self.now += wait

    @rule(place=st.sampled_from(PLACES), typed=LISTS, on=st.booleans())
    def save(self, place: str, typed: list[str], on: bool) -> None:
        if self._is_in(place):
            sources = " ".join(canonical(entry) for entry in typed)
            self.ip_list = self.ip_list.saved_from(place, on=on, sources=sources, now=self.now)
            self.settled = self.settled if self.ip_list.trial_until else place

    @rule(place=st.sampled_from(PLACES))
    @precondition(lambda self: self.ip_list.trial_until and self.now < self.ip_list.trial_until)
    def confirm(self, place: str) -> None:
        if self._is_in(place):
            self.ip_list, self.settled = self.ip_list.confirmed(place, now=self.now), place

    @rule()
    def break_the_glass(self) -> None:
        self.ip_list, self.settled = self.ip_list.opened(now=self.now), None

    @invariant()
    def he_is_let_in_after_ten_minutes_and_from_then_on(self) -> None:
        for place in [self.settled] if self.settled else PLACES:
            for later in (TRIAL, A_YEAR):
                assert self.ip_list.admits(place, now=self.now + later)

    @invariant()
    def what_is_tried_ends_in_ten_minutes(self) -> None:
        assert self.ip_list.in_force(now=self.now + TRIAL).trial_until is None


class ThroughTheRoutes(RuleBasedStateMachine):
    """The same with sign-ins, sessions and tables."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World = self.stack.enter_context(new_world())
        self.bob = self.world.add("bob", phone=None)
        self.settled: str | None = None

    def teardown(self) -> None:
        self.stack.close()

    def _token(self, place: str) -> str | None:
        """Of a session that they open there, if they are let in."""
        if account_at(self.bob).panel.admits(place, now=self.world.now):
            return signed_in(self.world, self.bob, address=place)
        return None

    @rule(wait=WAITS)
    def wait(self, wait: timedelta) -> None:
        self.world.wait(wait)

    @rule(place=st.sampled_from(PLACES), typed=LISTS, on=st.booleans())
    def save(self, place: str, typed: list[str], on: bool) -> None:
        if token := self._token(place):
            answer = save(self.world, token, *typed, enabled=on, address=place)
            if answer.status == 422:  # two of the entries are the same addresses
                return
            assert answer.status == 200, answer
            assert answer.body["refuses_you"] == (answer.body["trial_until"] is not None)
            self.settled = self.settled if answer.body["refuses_you"] else place

    @rule(place=st.sampled_from(PLACES))
    def confirm(self, place: str) -> None:
        if token := self._token(place):
            answer = confirm(self.world, token, address=place)
            assert (answer.status, answer.status == 200 or answer.error) in ((200, True), (409, "trial_over"))
            self.settled = place if answer.status == 200 else self.settled

    @rule(place=st.sampled_from(PLACES))
    def come_back(self, place: str) -> None:
        """After ten minutes, where they last saved or confirmed; anywhere if they never did."""
        self.world.wait(TRIAL)
        assert self.world.sign_in(self.bob, address=self.settled or place).status == 200

    @invariant()
    def he_is_let_in_after_ten_minutes(self) -> None:
        ip_list, later = account_at(self.bob).panel, self.world.now + TRIAL
        assert all(ip_list.admits(place, now=later) for place in ([self.settled] if self.settled else PLACES))


ByTheRules.TestCase.settings = settings(max_examples=200, stateful_step_count=30)
ThroughTheRoutes.TestCase.settings = settings(max_examples=6, stateful_step_count=8)
TestNoListLocksItsOwnerOut = ByTheRules.TestCase
TestNoListLocksItsOwnerOutOfTheRealThing = ThroughTheRoutes.TestCase
