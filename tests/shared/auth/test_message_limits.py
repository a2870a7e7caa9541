"""Limits on our own codes: which counters each kind of code is charged to, and that they show no number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import message_limits
from shared.crypto import randomness
from shared.domain.challenges import CONFIRMATION, GIVEN, GIVEN_BEFORE, LOGIN, NEW, PHONE, RESET, Challenge
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import Outrun, TooManyEnrolments
from shared.storage.engine import Write, commit
from shared.storage.message_budgets import ALONE, AskedJustNow, Asking, UsedBefore
from tests.proofs import tables
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

ANN = randomness.user_id(randomness.account_id())
PHONE_OF_ANN, ANOTHER = "+48600100201", "+48600100202"
HERE, THERE = Origin("198.51.100.7", "Check/1.0"), Origin("203.0.113.9", "Check/1.0")
USER = User(account_of(ANN), ANN, "ann", enabled=True, created_at=NOON, phone=PHONE_OF_ANN)
ASKED = Challenge(
    challenge_id=randomness.challenge_id(ANN),
    purpose=LOGIN,
    login="ann",
    email="ann@example.com",
    phone=PHONE_OF_ANN,
    language="en",
    channel="sms",
    factors="sms",
    sealed_code="",
    created_at=NOON,
    expires_at=NOON + policy.CODE_LIFETIME,
    resend_at=NOON,
    tries_left=5,
    answered=False,
    idle=timedelta(hours=1),
    transport="bearer",
    device_known=False,
)


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Every test has tables."""


def counters(*writes: Write) -> list[str]:
    """Return what the counters that *writes* add to are named by, without users and numbers."""
    before = {row["about"]["S"] for name in ("budgets", "strikes") for row in tables.rows(name)}
    commit(*writes)
    after = {row["about"]["S"] for name in ("budgets", "strikes") for row in tables.rows(name)}
    return sorted(about.partition(":")[0] for about in after - before)


@pytest.mark.parametrize(
    ("unproved", "charged"),
    [
        (None, ["codes"]),
        (GIVEN, ["codes", "given"]),
        (GIVEN_BEFORE, ["codes", "enrolments"]),
        (NEW, ["codes", "enrolments", "enrolments"]),
    ],
)
def test_a_number_that_is_not_proved_is_charged_for_beside_the_pot(unproved: str | None, charged: list[str]):
    challenge = replace(ASKED, phone_unproved=unproved)
    assert counters(*message_limits.charging(challenge, ALONE, now=NOON)) == charged
    assert PHONE_OF_ANN[1:] not in str(tables.rows("budgets"))


def test_a_resend_uses_a_given_number_no_second_time():
    given = replace(ASKED, phone_unproved=GIVEN)
    commit(*message_limits.charging(given, ALONE, now=NOON))
    assert counters(*message_limits.charging_resend(given, now=NOON)) == []
    new = replace(ASKED, phone_unproved=NEW, purpose=PHONE)
    assert counters(*message_limits.charging_resend(new, now=NOON)) == ["codes", "enrolments", "enrolments"]


def test_a_right_code_proves_a_given_number_and_no_other():
    given = replace(ASKED, phone_unproved=GIVEN)
    commit(*message_limits.charging(given, ALONE, now=NOON))
    assert refusal(*message_limits.charging(given, ALONE, now=NOON)) is UsedBefore
    assert [message_limits.proving(replace(ASKED, phone_unproved=state), now=NOON) for state in (None, NEW)] == [[], []]
    commit(*message_limits.proving(replace(given, phone_unproved=GIVEN_BEFORE), now=NOON))
    commit(*message_limits.charging(given, ALONE, now=NOON))


def test_each_purpose_number_and_user_has_a_pot_and_a_count_of_challenges():
    kinds = [replace(ASKED, purpose=purpose) for purpose in (RESET, CONFIRMATION, PHONE)]
    somebody = randomness.challenge_id(randomness.user_id(randomness.account_id()))
    kinds += [ASKED, replace(ASKED, device_known=True), replace(ASKED, challenge_id=somebody)]
    for kind in kinds:
        assert counters(*message_limits.charging_resend(kind, now=NOON)) == ["codes"]
        assert counters(message_limits.beginning(kind, now=NOON)) == ["challenges"]
    elsewhere = replace(ASKED, phone=ANOTHER)
    assert counters(*message_limits.charging_resend(elsewhere, now=NOON)) == ["codes"]
    assert counters(message_limits.beginning(elsewhere, now=NOON)) == []


def test_a_browser_is_one_on_one_network():
    same = message_limits.browser_of(HERE)
    assert same == message_limits.browser_of(replace(HERE, request_id="another"))
    assert same != message_limits.browser_of(THERE)
    assert same != message_limits.browser_of(replace(HERE, user_agent="Opera/9"))


def test_a_code_that_was_not_sent_is_not_shared():
    asking = Asking(message_limits.browser_of(HERE))
    commit(*message_limits.charging(ASKED, asking, now=NOON))
    assert refusal(*message_limits.charging(ASKED, asking, now=NOON)) is AskedJustNow
    commit(message_limits.forgetting_asked(ASKED))
    assert refusal(message_limits.forgetting_asked(ASKED)) is Outrun
    commit(*message_limits.charging(ASKED, asking, now=NOON))


def test_an_order_counts_for_the_user_their_numbers_and_the_network():
    ordered = message_limits.enrolling(USER, ANOTHER, HERE, now=NOON)
    assert counters(*ordered) == ["enrolment", "enrolment-from", "new-numbers"]
    for _ in range(policy.FREE_ENROLMENTS - 1):
        commit(*message_limits.enrolling(USER, ANOTHER, HERE, now=NOON))
    assert refusal(*message_limits.enrolling(USER, ANOTHER, THERE, now=NOON)) is TooManyEnrolments


def test_an_order_to_ones_own_number_counts_for_nothing_but_its_message():
    assert message_limits.enrolling(USER, PHONE_OF_ANN, HERE, now=NOON) == []


@pytest.mark.parametrize(
    ("had", "has", "writes"),
    [(None, "new", 1), ("old", "new", 2), ("old", "old", 1), ("old", None, 1), (None, None, 0)],
)
def test_a_user_holds_one_number(had: str | None, has: str | None, writes: int):
    numbers = {"old": PHONE_OF_ANN, "new": ANOTHER, None: None}
    assert len(message_limits.holding(replace(USER, phone=numbers[had]), numbers[has])) == writes
