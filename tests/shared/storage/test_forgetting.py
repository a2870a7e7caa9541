"""What is kept for a while: each row says when it is removed, some time after nobody asks for it any more."""

from datetime import datetime, timedelta

import pytest

from shared import policy
from shared.crypto import randomness
from shared.domain.activity import ActivityEntry
from shared.domain.devices import Device
from shared.domain.links import Link
from shared.domain.messages import LEAVING, Recipient, Shipment
from shared.domain.mfa_codes import Answered, MfaCode, backoff
from shared.domain.tokens import AccessToken
from shared.domain.totp import Enrolment
from shared.storage import (
    access_tokens,
    activity,
    carriers,
    challenges,
    devices,
    factors,
    links,
    mfa_codes,
    sessions,
    shipments,
)
from shared.storage.engine import Write, commit
from shared.storage.mfa_codes import Guess
from tests.proofs import tables
from tests.shared.storage import test_challenges, test_users
from tests.support.world import NOON, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN = "A" * 16
DEVICE = Device(ANN, f"{ANN}device", "sealed", "Firefox", NOON, NOON + HOUR)
CODE = MfaCode("number").with_code("code", "1.sealed", digits=6, lifetime=HOUR, now=NOON)
KEY = Answered("key", "asked", "code", "salt", "1", 6, NOON, NOON + HOUR)
SHIPMENT = Shipment(
    *("A" * 10, "0" * 22, ANN, "sms", "Test", "hello"),
    recipients=(Recipient("+48600100201", "PL"),),
    created_at=NOON,
    send_at=NOON + DAY,
    state=LEAVING,
    left=1,
)

ENTRY = ActivityEntry("entry", "A" * 10, ANN, NOON, "login", "ann", "::1", "Firefox", "success", "request-1", "", "")

KEPT: dict[str, tuple[Write, str, datetime]] = {
    "access tokens": (
        access_tokens.adding(AccessToken("client", "access", "sealed", "sms", NOON, NOON + HOUR)),
        "accesstokens",
        NOON + HOUR + policy.FORGET_AFTER,
    ),
    "activity": (
        activity.adding(ENTRY),
        "activity",
        NOON + policy.ACTIVITY_KEPT_FOR,
    ),
    "trouble of the carrier": (
        carriers.failing(now=NOON),
        "carriers",
        NOON + policy.CARRIER_TROUBLE_TOLD_FOR + policy.FORGET_AFTER,
    ),
    "challenges": (
        challenges.adding(test_challenges.FIRST),
        "challenges",
        NOON + policy.CHALLENGE_LIFETIME + policy.FORGET_AFTER,
    ),
    "devices": (devices.adding(DEVICE), "devices", NOON + HOUR + policy.DEVICE_REMEMBERED_FOR),
    "apps that wait": (
        factors.enrolling(Enrolment(ANN, "blob", NOON + HOUR)),
        "factors",
        NOON + HOUR + policy.FORGET_AFTER,
    ),
    "links": (
        links.adding(Link("link", "ann", "sealed", NOON, NOON + HOUR)),
        "links",
        NOON + HOUR + policy.FORGET_AFTER,
    ),
    "codes of customers' users": (
        mfa_codes.sending(None, CODE, now=NOON),
        "provednumbers",
        NOON + policy.MFA_ATTEMPTS_REMEMBERED_FOR,
    ),
    "keys": (mfa_codes.remembering(KEY), "provednumbers", NOON + policy.MFA_KEY_REMEMBERED_FOR),
    "shipments": (shipments.adding(SHIPMENT), "shipments", NOON + DAY + policy.SHIPMENT_KEPT_FOR),
}


def forget_at(table: str) -> datetime:
    """When the only row of the table is removed."""
    (row,) = tables.rows(table)
    return datetime.fromtimestamp(int(row["forget_at"]["N"]), NOON.tzinfo)


@pytest.mark.parametrize("what", sorted(KEPT))
def test_each_kind_of_row_says_when_it_is_removed(world: World, what: str):
    write, table, expected = KEPT[what]
    commit(write)
    assert forget_at(table) == expected


def test_a_session_is_removed_some_time_after_its_end(world: World):
    opened = test_users.session(test_users.found(world.ann.user_id))
    commit(sessions.adding(opened))
    assert forget_at("sessions") == opened.ends_at + policy.FORGET_AFTER


def test_whatever_is_used_again_is_kept_for_longer(world: World):
    commit(devices.adding(DEVICE), mfa_codes.sending(None, CODE, now=NOON))
    commit(devices.seeing(DEVICE, now=NOON + DAY))
    assert forget_at("devices") == NOON + DAY + policy.DEVICE_REMEMBERED_FOR
    mfa_codes.trying(
        "number", Guess(lambda _: "1.wrong", 6, randomness.record_id(ANN)), backoff(6), now=NOON + HOUR / 2
    )
    assert forget_at("provednumbers") == NOON + HOUR / 2 + policy.MFA_ATTEMPTS_REMEMBERED_FOR
    newer = CODE.with_code("newer", "1.sealed", digits=6, lifetime=HOUR, now=NOON + 2 * DAY)
    commit(mfa_codes.sending(CODE, newer, now=NOON + 2 * DAY))
    assert forget_at("provednumbers") == NOON + 2 * DAY + policy.MFA_ATTEMPTS_REMEMBERED_FOR
