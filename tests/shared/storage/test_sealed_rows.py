"""What lies under which sealing key: every kind of row is found while it lives, and not afterwards."""

from datetime import timedelta

from furtka import recovery
from shared.domain.identifiers import account_of
from shared.storage import sealed_rows
from tests.sms_authenticator import mfa
from tests.support import sending, tokens
from tests.support.world import World

DAY = timedelta(days=1)


def found(world: World) -> dict[str, set[str]]:
    """The names of the rows that live, by what they are."""
    living: dict[str, set[str]] = {one.what: set() for one in sealed_rows.ATTRIBUTES}
    for _, some in sealed_rows.find(now=world.now):
        for one in some:
            assert one.version == "1"
            living[one.what].add(one.name)
    return living


def test_every_kind_is_found_while_it_lives(world: World):
    ann = world.ann
    sending.give_points(account_of(ann.user_id), sending.PLENTY)
    world.session()
    held = tokens.make(ann.user_id, now=world.now)
    tokens.rotated(held, before_until=world.now + DAY)
    client = tokens.make(ann.user_id, "client", now=world.now, expires_at=world.now + DAY)
    tokens.get_token(world, client)
    assert mfa.shop(world).send(key="key").status == 201
    world.post("/password-reset", {"login": "ann"})
    recovery.ask("ann", recovery.Wanted("new@example.com", None, True), now=world.now)
    living = found(world)
    assert {held.id, client.id} < living["API tokens and OAuth clients"]
    assert living["secrets of before a rotation"] == {held.id}
    assert living["pending recoveries"] == {ann.user_id}
    assert {what for what, names in living.items() if not names} == {"values before a change"}
    world.wait(2 * DAY)
    living = found(world)
    assert held.id in living["API tokens and OAuth clients"]
    assert client.id not in living["API tokens and OAuth clients"]
    for gone in (
        "sessions",
        "secrets of before a rotation",
        "access tokens",
        "codes of customers",
        "codes of sign-ins",
    ):
        assert living[gone] == set(), gone
