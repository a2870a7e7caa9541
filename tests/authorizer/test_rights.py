"""Least privilege, counted: the authorizer may do what its answers take, and nothing else."""

from contextlib import suppress

from authorizer.handler import lambda_handler
from shared import policy
from shared.crypto import password_hash
from tests.proofs.test_rights import Rights, _granted, _rights_for
from tests.support import events, programs
from tests.support.events import Context, Reply, authorizer_event
from tests.support.programs import API_PASSWORD, basic, bearer
from tests.support.world import World


def test_its_role_grants_what_its_answers_take_and_nothing_else(world: World):
    bob = world.add("bob", phone=None)
    token, _ = programs.api_token(world, bob, rate_limit=60)
    _, client = programs.api_token(world, bob, kind="client")
    shown = [
        bearer(token),
        bearer(programs.access_token(world, client)),
        bearer(token[:-6] + "000000"),
        bearer(world.sign_in(bob).body["session"]["token"]),
        programs.with_api_password(world, bob),
        basic("bob", API_PASSWORD + "x"),
    ]
    world.wait(policy.TOKEN_USE_NOTED_EVERY)
    used = set.union(*(_used(world, one) for one in shown), _by_a_session_that_is_crowded_out(world))
    assert used == _granted("AuthorizerFunction")


def _used(world: World, shown: str) -> Rights:
    password_hash._known.clear()

    def ask() -> Reply:
        with suppress(Exception):  # so it answers 401
            lambda_handler(authorizer_event(shown, at=world.now), Context())  # type: ignore[arg-type]
        return events.Reply(0, {}, "")

    return _rights_for(ask)


def _by_a_session_that_is_crowded_out(world: World) -> Rights:
    carol = world.add("carol", phone=None)
    opened = world.sign_in(carol).body
    first = bearer(opened["session"]["token"])
    world.wait(policy.SESSION_TOUCHED_EVERY)
    for _ in range(policy.SESSIONS_AT_ONCE):
        world.sign_in(carol, device_token=opened["device_token"])
    return _used(world, first)
