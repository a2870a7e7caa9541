"""Whose is this secret? Asked by those who found one, or check one that is not theirs."""

from datetime import timedelta

from shared.auth import secret_lookup
from shared.domain import identifiers
from tests.support import tokens
from tests.support.calls import overheard
from tests.support.world import World

HOUR = timedelta(hours=1)


def test_garbage_and_a_secret_of_another_kind_are_nobodys_and_cost_no_read(world: World):
    client = tokens.make(world.ann.user_id, "client", now=world.now)
    with overheard() as made:
        for text in ("garbage", "", client.secret):
            assert secret_lookup.find(text, "api", now=world.now) is None
    assert made == []


def test_a_secret_is_its_users_with_what_it_allows(world: World):
    held = tokens.make(world.ann.user_id, now=world.now, scopes="sms", expires_at=world.now + HOUR)
    shown = secret_lookup.find(held.secret, "api", now=world.now)
    assert shown
    assert (shown.token, shown.access, shown.user.login) == (held.token, None, "ann")
    assert (shown.created_at, shown.is_old) == (world.now, False)
    assert (shown.rights().scopes, shown.rights().expires_at) == (frozenset({"sms"}), world.now + HOUR)
    assert [shown.lives(now=world.now + wait) for wait in (timedelta(0), HOUR)] == [True, False]


def test_a_secret_that_was_rotated_away_allows_the_same_until_the_overlap_ends(world: World):
    held = tokens.make(world.ann.user_id, now=world.now, scopes="sms")
    tokens.rotated(held, before_until=world.now + HOUR)
    shown = secret_lookup.find(held.secret, "api", now=world.now)
    assert shown
    assert (shown.is_old, shown.rights().expires_at) == (True, world.now + HOUR)
    assert secret_lookup.find(held.secret, "api", now=world.now + HOUR) is None


def test_a_secret_of_a_real_id_that_nobody_holds_is_nobodys(world: World):
    held, other = (tokens.make(world.ann.user_id, now=world.now) for _ in range(2))
    found = identifiers.read(other.secret, kind="api")
    assert found
    forged = identifiers.write(identifiers.Token("api", held.id, found.secret))
    assert secret_lookup.find(forged, "api", now=world.now) is None
