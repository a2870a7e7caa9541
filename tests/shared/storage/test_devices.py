"""The devices table: what its owner forgets is forgotten, whatever else happens at that moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.crypto import randomness
from shared.domain.devices import Device
from shared.errors import NotFound, Outrun
from shared.storage import devices
from shared.storage.engine import commit
from tests.shared.storage.refusals import refusal
from tests.support.world import NOON, World

LATER = NOON + timedelta(days=1)


@pytest.fixture
def phone(world: World) -> Device:
    token = randomness.token("device", world.ann.user_id)
    device = Device(token.user_id, token.id, "sealed", "Firefox", NOON, NOON)
    commit(devices.adding(device))
    return device


def test_a_device_that_is_seen_again_is_remembered_for_longer(phone: Device):
    commit(devices.seeing(phone, now=LATER))
    assert devices.of_user(phone.user_id)[0] == [replace(phone, seen_at=LATER)]


def test_a_device_that_is_forgotten_at_that_moment_is_not_seen(phone: Device):
    commit(devices.forgetting(phone.device_id))
    assert refusal(devices.seeing(phone, now=LATER)) is Outrun
    assert refusal(devices.forgetting(phone.device_id)) is NotFound


def test_a_device_is_added_once(phone: Device):
    assert refusal(devices.adding(replace(phone, name="Chrome"))) is Outrun
