"""Where somebody is told of a change that may not be theirs: everywhere they are, and were in the last days."""

from datetime import timedelta

from shared import policy
from shared.auth import kept_values, reachable
from shared.domain.kept_values import EMAIL, PHONE, KeptValue
from shared.domain.origins import Origin
from shared.domain.provenance import UNKNOWN
from shared.domain.users import User
from shared.storage import kept_values as records
from shared.storage import users
from shared.storage.engine import commit
from tests.support.world import NOON, World

HERE = Origin("198.51.100.7", "Check/1.0")


def _ann(world: World) -> User:
    user, _ = users.find(world.ann.user_id)
    assert user
    return user


def _kept(world: World, **before: object) -> list[KeptValue]:
    for kind, value in before.items():
        commit(kept_values.keeping(kind, value, world.ann.user_id, provenance=UNKNOWN, now=NOON))
    return records.of_user(world.ann.user_id, now=NOON)


def test_who_changed_nothing_is_reached_where_they_are(world: World):
    assert reachable.emails(_ann(world), []) == [world.ann.email]
    assert reachable.phones(_ann(world), []) == [world.ann.phone]


def test_who_changed_something_is_reached_there_and_here_once_each(world: World):
    kept = _kept(world, **{EMAIL: {"email": "old@example.com"}, PHONE: "+48600100111"})
    kept += _kept(world, **{EMAIL: {"email": world.ann.email}, PHONE: world.ann.phone})
    assert reachable.emails(_ann(world), kept) == ["ann@example.com", "old@example.com"]
    assert reachable.phones(_ann(world), kept) == ["+48600100111", "+48600100200"]


def test_who_had_no_phone_is_not_reached_there(world: World):
    assert reachable.phones(_ann(world), _kept(world, **{PHONE: None})) == [world.ann.phone]


def test_each_address_gets_a_letter_with_an_id_of_its_own(world: World):
    _kept(world, **{EMAIL: {"email": "old@example.com"}})
    letters = reachable.letters("totp_off", _ann(world), origin=HERE, now=NOON)
    assert [letter.email for letter in letters] == ["ann@example.com", "old@example.com"]
    assert len({letter.id for letter in letters}) == 2


def test_an_address_of_long_ago_gets_none(world: World):
    _kept(world, **{EMAIL: {"email": "old@example.com"}})
    later = NOON + policy.NOT_ME_LIFETIME + timedelta(seconds=1)
    assert [one.email for one in reachable.letters("totp_off", _ann(world), origin=HERE, now=later)] == [
        "ann@example.com"
    ]
