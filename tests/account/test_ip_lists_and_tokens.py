"""A list for machines is held against where tokens were used last, before it is saved."""

from datetime import timedelta

import pytest

from tests.account.ip_lists import ABROAD, OFFICE, save
from tests.support.events import HOME
from tests.support.factors import signed_in
from tests.support.programs import api_token
from tests.support.world import Person, World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(world: World) -> Person:
    """The owner of an account, without a second factor."""
    return world.add("bob", phone=None)


def test_whose_tokens_it_would_have_refused_is_told_the_newest_first(world: World, bob: Person):
    api_token(world, bob, name="shop", used_at=world.now, used_from=f"::ffff:{HOME}")
    _, cron = api_token(world, bob, name="cron", used_at=world.now - MINUTE, used_from=ABROAD)
    _, till = api_token(world, bob, name="till", used_at=world.now, used_from=OFFICE)
    api_token(world, bob, name="idle")
    api_token(world, world.ann, name="stranger", used_at=world.now, used_from=ABROAD)
    answer = save(world, signed_in(world, bob), HOME, name="api", dry_run=True)
    assert [(one["token_name"], one["address"]) for one in answer.body["would_refuse"]] == [
        ("till", OFFICE),
        ("cron", ABROAD),
    ]
    assert [one["token_id"] for one in answer.body["would_refuse"]] == [till.token_id, cron.token_id]
    assert {one["login"] for one in answer.body["would_refuse"]} == {None}


def test_a_list_for_people_is_not_held_against_tokens(world: World, bob: Person):
    api_token(world, bob, used_at=world.now, used_from=ABROAD)
    answer = save(world, signed_in(world, bob), HOME, dry_run=True)
    assert answer.body["would_refuse"] == []
