"""What is told of a right password that opened nothing: which e-mail, how often, and with which entry."""

import pytest

from shared.auth import half_sign_ins
from shared.delivery import notices, queue
from shared.delivery.letters import NewDevicesStopped, PasswordGiven
from shared.delivery.notices import Notice
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import AddressNotAllowed, CodesLocked, Refusal, TooManyNewDevices
from shared.storage import logins
from shared.storage.engine import Write
from tests.proofs import tables
from tests.support.world import World

HERE = Origin("203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
LATER_VERSION = Origin("203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0")


@pytest.fixture
def ann(world: World) -> Login:
    found = logins.find("ann")
    assert found
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What is put on the queue."""
    waiting: list[Notice] = []
    monkeypatch.setattr(queue, "tell", lambda *some: waiting.extend(some))
    return waiting


def _refuse(world: World, ann: Login, refusal: Refusal, *writes: Write, origin: Origin = HERE, known: bool = False):
    half_sign_ins.tell_of_refusal(refusal, ann, origin, *writes, proof="password", known=known, now=world.now)


def test_a_challenge_is_named_in_the_letter_that_waits_for_its_end(world: World, ann: Login):
    letter = half_sign_ins.unanswered(ann, "the-row", HERE, now=world.now)
    assert (letter.challenge_row, letter.user_id, letter.email) == ("the-row", ann.user_id, ann.email)
    assert notices.held_back(letter).total_seconds() == 15 * 60


def test_its_id_has_the_place_in_no_readable_form(world: World, ann: Login):
    letter = half_sign_ins.unanswered(ann, "the-row", HERE, now=world.now)
    assert HERE.address not in letter.id
    assert "Firefox" not in letter.id


def test_a_refused_one_and_one_that_nobody_answered_are_one_letter_with_any_version_of_the_browser(
    world: World, ann: Login, told: list[Notice]
):
    _refuse(world, ann, AddressNotAllowed(), origin=LATER_VERSION)
    (letter,) = told
    assert isinstance(letter, PasswordGiven)
    assert letter.id == half_sign_ins.unanswered(ann, "the-row", HERE, now=world.now).id
    assert notices.held_back(letter).total_seconds() == 0


def test_each_reason_is_noted_once_and_what_is_written_with_it_every_time(world: World, ann: Login, told: list[Notice]):
    for refusal in (AddressNotAllowed(), CodesLocked(), AddressNotAllowed(), AddressNotAllowed()):
        _refuse(world, ann, refusal)
    noted = [row["detail"]["S"] for row in tables.rows("activity")]
    assert sorted(noted) == ["address_not_allowed", "codes_locked"]
    assert len({letter.id for letter in told}) == 1
    _refuse(world, ann, AddressNotAllowed(), logins.changing("ann", language="pl"))
    assert (found := logins.find("ann")) is not None
    assert found.language == "pl"


def test_of_a_known_device_nobody_is_written_to(world: World, ann: Login, told: list[Notice]):
    _refuse(world, ann, AddressNotAllowed(), known=True)
    assert told == []
    assert len(tables.rows("activity")) == 1


def test_too_many_new_devices_have_a_letter_of_their_own_once_a_day(world: World, ann: Login, told: list[Notice]):
    _refuse(world, ann, TooManyNewDevices())
    _refuse(world, ann, TooManyNewDevices(), origin=Origin("192.0.2.1", "curl/8.5.0"))
    assert {type(letter) for letter in told} == {NewDevicesStopped}
    assert len({letter.id for letter in told}) == 1
