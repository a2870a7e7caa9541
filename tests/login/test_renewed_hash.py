"""A hash made with less than policy asks for today is made anew as soon as its password is at hand: at a sign-in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from furtka import accounts
from shared.crypto import password_hash
from shared.storage import engine, logins
from tests.support.events import Reply
from tests.support.world import PASSWORD, Person, World

OLDER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id as weak as it gets: from before policy moved on."""


@pytest.fixture
def old(world: World) -> Person:
    """Somebody without a second factor whose password was hashed long ago."""
    return world.add("old", phone=None, password_hash=OLDER.hash(PASSWORD))


def _hash(person: Person) -> str:
    """What lies in the table."""
    found = logins.find(person.login)
    assert found
    assert found.password_hash
    return found.password_hash


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_right_password_renews_its_hash_and_goes_on_opening(world: World, old: Person):
    assert password_hash.is_outdated(_hash(old))
    assert world.sign_in(old).status == 200
    assert not password_hash.is_outdated(_hash(old))
    assert world.sign_in(old).status == 200
    assert world.sign_in(old, password="Wrong-Horse-7").status == 401


def test_it_is_renewed_before_the_second_factor_is_given(world: World):
    person = world.add("phone", phone="+48600100203", password_hash=OLDER.hash(PASSWORD))
    challenge_id = world.challenge(person)
    assert not password_hash.is_outdated(_hash(person))
    assert world.verify(challenge_id, world.code()).status == 200


def test_it_is_renewed_where_a_session_is_confirmed_as_well(world: World, old: Person):
    token = world.sign_in(old).body["session"]["token"]
    _put(old, OLDER.hash(PASSWORD))
    assert world.post("/session/confirm", {"password": PASSWORD}, headers=_bearer(token)).status == 200
    assert not password_hash.is_outdated(_hash(old))


def test_a_wrong_password_renews_nothing(world: World, old: Person):
    before = _hash(old)
    world.sign_in(old, password="Wrong-Horse-7")
    assert _hash(old) == before


def test_a_hash_that_is_as_policy_wants_it_is_left_alone(world: World):
    before = _hash(world.ann)
    world.sign_in()
    assert _hash(world.ann) == before


def test_a_renewed_hash_is_no_new_password(world: World, old: Person):
    token = world.sign_in(old).body["session"]["token"]
    told = world.me(token).body["password_due_at"], len(world.mails)
    world.post("/password-reset", {"login": "old"})
    link = world.link("reset")
    _put(old, OLDER.hash(PASSWORD))
    world.wait(timedelta(minutes=1))
    later = world.sign_in(old).body["session"]["token"]
    assert not password_hash.is_outdated(_hash(old))
    assert [world.me(each).status for each in (token, later)] == [200, 200]
    assert world.me(token).body["password_due_at"] == told[0]
    assert {subject for _, subject, _ in world.mails[told[1] :]} == {
        "Set a new password",
        "A sign-in from a new device",
    }
    assert world.post("/password-reset/confirm", {"token": link, "password": "Trzy-Sowy-4-Razy"}).status == 200


def test_of_two_sign_ins_at_once_both_get_in(world: World, old: Person, monkeypatch: pytest.MonkeyPatch):
    answer = _meanwhile(world, old, monkeypatch, lambda: _put(old, password_hash._hasher.hash(PASSWORD)))
    assert answer.status == 200
    assert world.sign_in(old).status == 200


def test_a_password_that_was_changed_meanwhile_is_not_put_back(
    world: World, old: Person, monkeypatch: pytest.MonkeyPatch
):
    changed = password_hash.hash_password("Trzy-Sowy-4-Razy")
    _meanwhile(world, old, monkeypatch, lambda: _put(old, changed))
    assert _hash(old) == changed


def test_a_login_that_was_switched_off_meanwhile_stays_off(world: World, old: Person, monkeypatch: pytest.MonkeyPatch):
    answer = _meanwhile(world, old, monkeypatch, lambda: accounts.switch("old", enabled=False, now=world.now))
    assert (answer.status, answer.error) == (409, "outrun")
    assert world.sign_in(old).error == "invalid_credentials"


def _put(person: Person, hashed: str) -> None:
    engine.commit(logins.changing(person.login, password_hash=hashed))


def _meanwhile(world: World, person: Person, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> Reply:
    """A sign-in whose hash takes so long that something *happens* before it is stored."""
    real = password_hash.hash_password

    def slowly(password: str) -> str:
        happens()
        return real(password)

    with monkeypatch.context() as patch:
        patch.setattr(password_hash, "hash_password", slowly)
        return world.sign_in(person)
