"""How long a device is known, and from when on: one that was seen before the owner took fright is not."""

from datetime import UTC, datetime, timedelta

from shared import policy
from shared.domain.devices import Device
from shared.domain.links import Link

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PHONE = Device("ann", "device", "sealed", "Firefox", NOON, NOON + DAY)


def test_a_device_is_remembered_for_so_long_after_it_was_seen_last():
    ends = PHONE.seen_at + policy.DEVICE_REMEMBERED_FOR
    assert [PHONE.is_remembered(since=NOON - SECOND, now=now) for now in (ends - SECOND, ends)] == [True, False]


def test_a_device_that_was_first_seen_before_is_not_known():
    since = [NOON - SECOND, NOON, NOON + SECOND]
    assert [PHONE.is_remembered(since=one, now=NOON + DAY) for one in since] == [True, False, False]


def test_a_link_is_open_until_it_is_used_or_expires():
    link = Link("link", "ann", "sealed", NOON, NOON + DAY)
    used = Link("link", "ann", "sealed", NOON, NOON + DAY, used=True)
    assert [link.is_open(now=now) for now in (NOON, NOON + DAY - SECOND, NOON + DAY)] == [True, True, False]
    assert not used.is_open(now=NOON)
