"""Half sign-ins: a right password that opens nothing is told to the owner, once for each place and hour."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from furtka import accounts as operators
from shared import policy
from shared.auth import attempt_limits
from shared.domain.ip_lists import IpList
from shared.storage import accounts
from shared.storage.engine import commit
from tests.account.ip_lists import account_at
from tests.proofs import tables
from tests.support.events import HOME, Reply
from tests.support.world import Person, World

HALF, WHOLE, STOPPED = (
    "Your password was given on a new device",
    "A sign-in from a new device",
    "No more new devices for now",
)
ABROAD = "203.0.113.9"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"}
HOUR = timedelta(hours=1)


@pytest.fixture
def bob(world: World) -> Person:
    """Without a second factor."""
    return world.add("bob", phone=None)


def subjects(world: World) -> list[str]:
    return [subject for _, subject, _ in world.mails]


def refusals() -> list[str]:
    """Why right passwords were refused, as the activity log says."""
    noted = [row for row in tables.rows("activity") if row["event"]["S"] == "authn_login_refused"]
    assert {row["outcome"]["S"] for row in noted} <= {"failure"}
    return [row["detail"]["S"] for row in noted]


# --- A challenge that nobody answers ----------------------------------------------------------------------


def test_a_challenge_that_is_not_answered_is_told_when_it_ends(world: World):
    world.sign_in(headers=FIREFOX, address=ABROAD)
    world.wait(policy.CHALLENGE_LIFETIME - timedelta(seconds=5))
    assert world.mails == []
    world.wait(timedelta(seconds=5))
    ((address, subject, text),) = world.mails
    assert (address, subject) == ("ann@example.com", HALF)
    assert ABROAD in text
    assert "Firefox, Linux" in text


def test_one_that_is_answered_is_told_at_once_and_never_as_a_half_one(world: World):
    world.session(headers=FIREFOX)
    assert subjects(world) == [WHOLE]
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [WHOLE]


def test_of_many_within_an_hour_from_one_place_one_mail_is_sent(world: World):
    for _ in range(5):
        world.sign_in(headers=FIREFOX)
        world.wait(timedelta(minutes=9))
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF]
    world.sign_in(headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF, HALF]


def test_an_answered_one_does_not_hide_the_half_ones_around_it(world: World):
    world.sign_in(headers=FIREFOX)
    world.wait(timedelta(minutes=1))
    world.session(headers=FIREFOX)
    world.wait(timedelta(minutes=1))
    world.sign_in(headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert sorted(subjects(world)) == [WHOLE, HALF]


@pytest.mark.parametrize("other", [{"address": ABROAD}, {"headers": {"User-Agent": "curl/8.5.0"}}])
def test_another_network_or_browser_is_told_of_by_a_mail_of_its_own(world: World, other: dict[str, Any]):
    world.sign_in(headers=FIREFOX)
    world.sign_in(**({"headers": FIREFOX} | other))
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF, HALF]


def test_headers_that_are_made_up_do_not_look_like_many_devices(world: World):
    for place in range(9):
        world.sign_in(headers={"User-Agent": f"made up {place}"})
        world.wait(timedelta(minutes=5))
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF]
    assert "an unknown browser" in world.mails[0][2]


def test_the_link_in_it_takes_back_what_all_of_them_began(world: World):
    world.sign_in(headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    later = world.session(headers=FIREFOX)["session"]["token"]
    half = next(text for _, subject, text in world.mails if subject == HALF)
    token = next(word.partition("#token=")[2] for word in half.split() if "#token=" in word)
    assert world.post("/not-me", {"token": token}).status == 204
    assert world.me(later).status == 401
    assert world.sign_in().error == "invalid_credentials"


def test_no_link_waits_on_the_queue_or_in_a_table_while_the_challenge_is_open(world: World):
    world.sign_in()
    assert tables.rows("links") == []


def test_a_known_device_is_told_of_nothing(world: World):
    known = world.session()["device_token"]
    world.sign_in(device_token=known)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [WHOLE]


# --- A right password that is refused ---------------------------------------------------------------------


def _outside_the_list(world: World, person: Person) -> Reply:
    commit(accounts.setting_lists(account_at(person), panel=IpList(on=True, sources=HOME)))
    return world.sign_in(person, address=ABROAD, headers=FIREFOX)


def _no_more_messages(world: World, person: Person) -> Reply:
    for _ in range(policy.SMS_PER_NUMBER_AND_HOUR):
        world.sign_in(person, address=ABROAD, headers={"User-Agent": "curl/8.5.0"})
        world.wait(policy.RESEND_AFTER)
    return world.sign_in(person, address=ABROAD, headers=FIREFOX)


def _codes_wait(world: World, person: Person) -> Reply:
    for _ in range(policy.FREE_CODE_ATTEMPTS // policy.ATTEMPTS_PER_CHALLENGE):
        challenge = world.challenge(person, headers={"User-Agent": "curl/8.5.0"})
        for _ in range(policy.ATTEMPTS_PER_CHALLENGE):
            world.verify(challenge, world.wrong_code())
    return world.sign_in(person, address=ABROAD, headers=FIREFOX)


REFUSED: dict[str, tuple[Callable[[World, Person], Reply], int]] = {
    "address_not_allowed": (_outside_the_list, 403),
    "sms_limit_reached": (_no_more_messages, 429),
    "too_many_codes": (_codes_wait, 429),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_right_password_that_is_refused_is_told_and_noted_at_once(world: World, code: str):
    refuse, status = REFUSED[code]
    answer = refuse(world, world.ann)
    assert (answer.status, answer.error) == (status, code)
    told = [text for _, subject, text in world.mails if subject == HALF and "Firefox, Linux" in text]
    assert [ABROAD in text for text in told] == [True]
    assert refusals() == [code]


def test_many_of_them_are_told_and_noted_once_an_hour(world: World):
    for _ in range(3):
        _outside_the_list(world, world.ann)
    assert subjects(world) == [HALF]
    assert len(refusals()) == 1
    world.wait(HOUR)
    _outside_the_list(world, world.ann)
    assert subjects(world) == [HALF, HALF]


def test_a_half_sign_in_after_a_refused_one_from_there_is_in_the_same_mail(world: World):
    _outside_the_list(world, world.ann)
    commit(accounts.setting_lists(account_at(world.ann), panel=IpList(on=False)))
    world.sign_in(address=ABROAD, headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF]


def test_a_known_device_that_is_refused_is_noted_and_mails_nobody(world: World):
    known = world.session()["device_token"]
    heard = len(world.mails)
    commit(accounts.setting_lists(account_at(world.ann), panel=IpList(on=True, sources=HOME)))
    assert world.sign_in(device_token=known, address=ABROAD).status == 403
    assert refusals() == ["address_not_allowed"]
    assert len(world.mails) == heard


def test_a_wrong_password_is_neither_told_nor_noted_so(world: World):
    assert world.sign_in(password="Wrong-Horse-7", address=ABROAD).status == 401
    assert world.mails == []
    assert refusals() == []


# --- Sessions from unknown devices ------------------------------------------------------------------------


def test_each_session_from_an_unknown_device_is_told_of_however_alike_they_are(world: World, bob: Person):
    for _ in range(policy.NEW_DEVICES_AN_HOUR):
        assert world.sign_in(bob).status == 200
    assert subjects(world) == [WHOLE] * policy.NEW_DEVICES_AN_HOUR


def test_after_ten_in_an_hour_no_unknown_device_gets_in_and_the_owner_is_told_once(world: World, bob: Person):
    for _ in range(policy.NEW_DEVICES_AN_HOUR):
        world.sign_in(bob)
        world.wait(timedelta(minutes=1))
    answers = [world.sign_in(bob, address=ABROAD) for _ in range(3)]
    assert {(one.status, one.error, one.retry_after) for one in answers} == {(429, "too_many_new_devices", 50 * 60)}
    assert subjects(world).count(STOPPED) == 1
    world.wait(timedelta(minutes=50))
    assert world.sign_in(bob, address=ABROAD).status == 200


def test_a_known_device_passes(world: World, bob: Person):
    known = world.sign_in(bob).body["device_token"]
    for _ in range(policy.NEW_DEVICES_AN_HOUR):
        world.sign_in(bob)
    assert world.sign_in(bob).status == 429
    assert world.sign_in(bob, device_token=known).status == 200


def test_with_a_second_factor_the_right_code_is_refused_and_not_used_up(world: World):
    known = world.session()["device_token"]
    for _ in range(policy.NEW_DEVICES_AN_HOUR - 1):
        _count_another(world)
    challenge = world.challenge()
    answer = world.verify(challenge, world.code())
    assert (answer.status, answer.error) == (429, "too_many_new_devices")
    assert subjects(world).count(STOPPED) == 1
    world.wait(timedelta(seconds=1))
    assert world.sign_in(device_token=known).status == 200


def _count_another(world: World) -> None:
    """Count a session from an unknown device that was not opened: a number gets five codes an hour."""
    commit(attempt_limits.recording_new_device(world.ann.user_id, now=world.now))


def test_a_reset_gets_its_user_in_all_the_same(world: World, bob: Person):
    for _ in range(policy.NEW_DEVICES_AN_HOUR):
        world.sign_in(bob)
    world.post("/password-reset", {"login": "bob"})
    answer = world.post("/password-reset/confirm", {"token": world.link("reset"), "password": "Trzy-Sowy-4-Razy"})
    assert answer.status == 200
    assert "session" in answer.body


# --- After an invitation ----------------------------------------------------------------------------------


def _invited(world: World, *, phone: str | None, address: str = HOME) -> Person:
    person = world.add("eve", phone=phone, password_hash=None)
    operators.invite("eve", now=world.now)
    accepted = world.post(
        "/invitations/accept", {"token": world.link("invitation"), "password": person.password}, address=address
    )
    assert accepted.status == 204
    world.wait(timedelta(seconds=1))
    return person


def test_the_sign_in_after_an_accepted_invitation_is_told_of_by_no_mail(world: World):
    person = _invited(world, phone=None)
    heard = subjects(world)
    assert world.sign_in(person).status == 200
    assert subjects(world) == heard
    assert world.sign_in(person).status == 200
    assert subjects(world) == [*heard, WHOLE]


def test_nor_where_a_code_is_asked_for(world: World):
    person = _invited(world, phone="+48600100277")
    heard = subjects(world)
    world.session(person)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == heard


@pytest.mark.parametrize("how", ["from another network", "an hour later"])
def test_any_other_is_told_of(world: World, how: str):
    person = _invited(world, phone=None)
    heard = subjects(world)
    if how == "an hour later":
        world.wait(HOUR)
    assert world.sign_in(person, address=ABROAD if how == "from another network" else HOME).status == 200
    assert subjects(world) == [*heard, WHOLE]


# --- Many places --------------------------------------------------------------------------------------------

MANY = "Your password was given in many places"
SYSTEMS = ("Windows NT 10.0", "Macintosh; Intel Mac OS X", "X11; Linux x86_64", "Android 15", "iPhone", "X11; CrOS")
BROWSERS = ("Firefox/146.0", "Chrome/142.0", "Safari/605.1", "Edg/142.0", "OPR/120.0")


def test_however_many_places_a_password_is_given_in_the_mailbox_is_not_flooded(world: World):
    for place, (system, browser) in enumerate(product(SYSTEMS, BROWSERS)):
        headers = {"User-Agent": f"Mozilla/5.0 ({system}) {browser}"}
        assert world.sign_in(address=f"203.0.113.{place}", headers=headers).status in (200, 429)
    assert subjects(world) == [HALF] * policy.HALF_SIGN_INS_TOLD_AN_HOUR + [MANY]
    assert len(refusals()) == policy.REFUSALS_NOTED_AN_HOUR
    world.wait(HOUR)
    world.sign_in(address=ABROAD, headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert subjects(world) == [HALF] * policy.HALF_SIGN_INS_TOLD_AN_HOUR + [MANY, HALF]


def test_so_many_unanswered_challenges_are_told_together_too_and_an_opened_session_never(world: World):
    for place in range(policy.SMS_PER_NUMBER_AND_HOUR + 10):
        world.sign_in(address=f"203.0.113.{place}", headers=FIREFOX)
    known = world.add("bob", phone=None)
    for place in range(policy.HALF_SIGN_INS_TOLD_AN_HOUR + 2):
        world.sign_in(known, address=f"203.0.113.{place}", headers=FIREFOX)
    world.wait(policy.CHALLENGE_LIFETIME)
    told = [(address, subject) for address, subject, _ in world.mails]
    assert told.count(("ann@example.com", HALF)) == policy.HALF_SIGN_INS_TOLD_AN_HOUR
    assert told.count(("ann@example.com", MANY)) == 1
    assert told.count(("bob@example.com", WHOLE)) == policy.HALF_SIGN_INS_TOLD_AN_HOUR + 2


def test_the_link_about_many_places_rescues_as_well(world: World):
    commit(accounts.setting_lists(account_at(world.ann), panel=IpList(on=True, sources=HOME)))
    for place in range(policy.HALF_SIGN_INS_TOLD_AN_HOUR + 1):
        world.sign_in(address=f"203.0.113.{place}", headers=FIREFOX)
    text = next(text for _, subject, text in world.mails if subject == MANY)
    token = next(word.partition("#token=")[2] for word in text.split() if "#token=" in word)
    assert world.post("/not-me", {"token": token}).status == 204
    assert world.sign_in().error == "invalid_credentials"
