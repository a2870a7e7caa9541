"""Known devices: one is recognised by its secret alone, for a year, by its own user; a new one is told of by e-mail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared import policy
from shared.auth import devices, email_links
from shared.crypto import randomness
from shared.delivery.letters import NewDeviceSeen
from shared.domain.devices import Device
from shared.domain.identifiers import Token
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import LinkClosed
from shared.storage import devices as stored
from shared.storage import logins
from shared.storage.engine import commit
from tests.proofs import tables
from tests.support.world import NOON, World

SECOND = timedelta(seconds=1)
ORIGIN = Origin("203.0.113.9", "Firefox/140")


@pytest.fixture
def ann(world: World) -> Login:
    found = logins.find("ann")
    assert found
    return replace(found, credentials_at=NOON - SECOND)


@pytest.fixture
def token(ann: Login) -> Token:
    """The secret of a device of hers that is remembered since noon."""
    token, adding = devices.remembering(ann.user_id, ORIGIN, now=NOON)
    commit(*adding)
    return token


@pytest.fixture
def device(ann: Login, token: Token) -> Device:
    (device,) = stored.of_user(ann.user_id)[0]
    return device


def test_a_new_device_is_stored_under_its_users_id_with_the_name_and_the_time(token: Token, device: Device, ann: Login):
    assert (token.kind, token.user_id, token.id) == ("device", ann.user_id, device.device_id)
    assert (device.user_id, device.name) == (ann.user_id, ORIGIN.user_agent)
    assert (device.first_seen_at, device.seen_at) == (NOON, NOON)
    assert token.secret not in str(tables.rows("devices"))


def test_a_device_is_recognised_by_its_secret(ann: Login, token: Token, device: Device):
    assert devices.recognised(ann, [(token, device)], now=NOON) == device


def test_a_device_without_a_user_a_secret_or_a_row_is_unknown(ann: Login, token: Token, device: Device):
    assert devices.recognised(None, [(token, device)], now=NOON) is None
    assert devices.recognised(ann, [], now=NOON) is None
    assert devices.recognised(ann, [(token, None)], now=NOON) is None


def test_a_device_is_unknown_to_another_user(ann: Login, token: Token, device: Device):
    bob = replace(ann, login="bob", user_id=randomness.user_id(ann.account_id))
    assert devices.recognised(bob, [(token, device)], now=NOON) is None


def test_a_secret_that_is_not_the_devices_own_is_unknown(ann: Login, token: Token, device: Device):
    guessed = replace(token, secret=randomness.token("device", ann.user_id).secret)
    assert devices.recognised(ann, [(guessed, device)], now=NOON) is None


@pytest.mark.parametrize(("since", "is_known"), [(-SECOND, True), (0 * SECOND, False), (SECOND, False)])
def test_a_device_first_seen_before_its_user_reported_a_sign_in_is_unknown(
    ann: Login, token: Token, device: Device, since: timedelta, is_known: bool
):
    ann = replace(ann, devices_since=NOON + since)
    assert (devices.recognised(ann, [(token, device)], now=NOON) is not None) == is_known


def test_a_device_is_known_until_it_was_not_seen_for_a_year(ann: Login, token: Token, device: Device):
    forgotten = NOON + policy.DEVICE_REMEMBERED_FOR
    assert devices.recognised(ann, [(token, device)], now=forgotten - SECOND) == device
    assert devices.recognised(ann, [(token, device)], now=forgotten) is None


def test_a_known_device_that_is_seen_is_remembered_for_longer(ann: Login, token: Token, device: Device):
    later = NOON + policy.DEVICE_REMEMBERED_FOR - SECOND
    commit(*devices.seeing(device, now=later))
    (again,) = stored.of_user(ann.user_id)[0]
    assert again == replace(device, seen_at=later)
    assert devices.recognised(ann, [(token, again)], now=NOON + policy.DEVICE_REMEMBERED_FOR) == again


def test_an_unknown_device_is_not_seen():
    assert devices.seeing(None, now=NOON) == []


def test_the_owner_reads_when_from_where_and_with_what_a_new_device_was_seen(ann: Login):
    _, letter = devices.telling(replace(ann, language="pl"), ORIGIN, since=NOON - SECOND, now=NOON)
    assert letter == NewDeviceSeen(
        letter.id,
        "ann@example.com",
        "pl",
        "ann",
        NOON,
        "203.0.113.9",
        "Firefox/140",
        letter.token,
        reader_id=ann.user_id,
    )


def test_the_link_in_that_letter_says_it_was_not_me_once_it_is_stored(ann: Login):
    adding, letter = devices.telling(ann, ORIGIN, since=NOON - SECOND, now=NOON)
    with pytest.raises(LinkClosed):
        email_links.open_link(letter.token, kind="notme", now=NOON)
    commit(adding)
    link = email_links.open_link(letter.token, kind="notme", now=NOON)
    assert (link.login, link.credentials_at, link.created_at) == ("ann", NOON - SECOND, NOON - SECOND)
