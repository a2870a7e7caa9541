"""Budgets: how many network round trips in a row a request may take, once a function has read its keys."""

from collections.abc import Callable

import pytest

from shared import policy, secret_store
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.storage import users
from shared.storage.engine import commit
from tests.proofs import session_flows, turns
from tests.proofs.budgets import BUDGETS
from tests.proofs.flows import FLOWS
from tests.proofs.turns import WRONG_PASSWORD
from tests.support.calls import AwsCall, overheard
from tests.support.events import Reply
from tests.support.world import World, read_secrets


def _text(kind: str) -> str:
    """A token that is right in all but that nobody ever made it."""
    return identifiers.write(Token(kind, "a" * identifiers.RECORD_CHARACTERS, "b" * identifiers.SECRET_CHARACTERS))


GARBAGE: dict[str, Callable[[str], str]] = {
    "nothing like it": lambda _: "garbage",
    "of another kind": lambda kind: _text("device" if kind == "session" else "session"),
    "with a slip in it": lambda kind: _text(kind)[:-1] + "!",
    "with a wrong checksum": lambda kind: _text(kind)[:-6] + "000000",
    "cut off": lambda kind: _text(kind)[:-1],
    "too long": lambda kind: _text(kind) + "0",
    "not ASCII": lambda kind: _text(kind).replace("b", "ｂ"),
}

any_garbage = pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())


def _spent(made: list[AwsCall]) -> tuple[int, int]:
    queued = sum(call.service == "sqs" for call in made)
    return len(made) - queued, queued


def test_every_kind_of_request_has_a_budget():
    assert BUDGETS.keys() == FLOWS.keys()


@pytest.mark.parametrize("flow", FLOWS)
def test_no_request_takes_more_round_trips_than_its_budget(world: World, flow: str):
    turn = FLOWS[flow].ready(world)
    read_secrets()
    with overheard() as made:
        assert turn.ask().outcome == FLOWS[flow].status
    trips, queued = _spent(made)
    most_trips, most_queued = BUDGETS[flow]
    assert trips <= most_trips, [str(call) for call in made]
    assert queued <= most_queued, [str(call) for call in made]


def test_a_cold_function_reads_its_two_keys_in_one_more_round_trip_each_and_then_no_more(world: World):
    secret_store.provider().clear_cache()
    with overheard() as made:
        world.sign_in()
        world.sign_in()
    assert [call.operation for call in made].count("GetSecretValue") == 2


def test_who_is_calling_costs_one_round_trip(world: World):
    turn = session_flows.fresh_session(world)
    with overheard() as made:
        turn.ask()
    assert [str(call) for call in made] == ["BatchGetItem sessions users accounts"]


@any_garbage
def test_garbage_where_a_session_token_should_be_costs_nothing(world: World, garbage: Callable[[str], str]):
    with overheard() as made:
        for method, path in (("GET", "/session"), ("POST", "/logout")):
            for headers in _carrying(garbage("session")):
                assert world.call(method, path, headers=headers).status in (401, 403, 204)
    assert made == []


def _carrying(token: str) -> list[dict[str, str]]:
    return [{"Authorization": f"Bearer {token}"}, {"Cookie": f"__Host-furtka-session={token}"}]


@any_garbage
def test_garbage_where_an_invitation_should_be_costs_nothing(world: World, garbage: Callable[[str], str]):
    with overheard() as made:
        assert _accepted(world, garbage("invitation")).status == 410
    assert made == []


def _accepted(world: World, token: str) -> Reply:
    return world.post("/invitations/accept", {"token": token, "password": turns.NEW_PASSWORD})


@pytest.mark.parametrize("garbage", ["garbage", "ż" * identifiers.CHALLENGE_CHARACTERS, "-" * 38, "a" * 37, "a" * 39])
def test_garbage_where_a_challenge_should_be_costs_nothing(world: World, garbage: str):
    with overheard() as made:
        assert world.verify(garbage, "123456").status == 401
        assert world.post("/verify-code/resend", {"challenge_id": garbage}).status == 401
    assert made == []


@any_garbage
def test_garbage_where_a_device_token_should_be_adds_nothing(world: World, garbage: Callable[[str], str]):
    read_secrets()
    with overheard() as without:
        world.sign_in(password=WRONG_PASSWORD)
    with overheard() as garnished:
        world.sign_in(password=WRONG_PASSWORD, device_token=garbage("device"))
    assert [str(call) for call in garnished] == [str(call) for call in without]


def test_a_foreign_device_token_adds_no_round_trip_to_a_sign_in(world: World):
    read_secrets()
    with overheard() as made:
        world.sign_in(password=WRONG_PASSWORD, device_token=_text("device"))
    assert _spent(made) == (3, 0)


def test_a_challenge_that_is_over_costs_one_read(world: World):
    turn = session_flows.right_code(world)
    turn.ask()
    with overheard() as made:
        assert turn.ask().status == 410
    assert [str(call) for call in made] == ["BatchGetItem challenges accounts strikes factors"]


def test_a_session_kept_alive_is_written_at_most_once_a_minute(world: World):
    turn = session_flows.fresh_session(world)
    with overheard() as made:
        for _ in range(3 * 60):
            world.wait(policy.SESSION_TOUCHED_EVERY / 60)
            assert turn.ask().status == 200
    assert len([call for call in made if call.operation != "BatchGetItem"]) == 3


@pytest.mark.parametrize("sessions", [1, policy.NEW_DEVICES_AN_HOUR])
def test_logging_out_everywhere_is_one_write_whatever_the_number_of_sessions(world: World, sessions: int):
    person = turns.newcomer(world, phone=None)
    tokens = [world.sign_in(person).body["session"]["token"] for _ in range(sessions)]
    with overheard() as made:
        commit(users.ending_everything(person.user_id, now=world.now))
    assert [str(call) for call in made] == ["UpdateItem users"]
    assert {world.me(token).status for token in tokens} == {401}


def test_a_notice_is_sent_with_one_note_before_and_one_after_and_a_code_is_judged_by_its_account(world: World):
    challenge = world.challenge()
    assert _by_notify(world) == ["PutItem deliveries", "BatchGetItem accounts", "Publish", "UpdateItem deliveries"]
    world.verify(challenge, world.code())
    assert _by_notify(world) == ["PutItem deliveries", "SendEmail", "UpdateItem deliveries"]


def test_the_link_about_a_half_sign_in_is_stored_when_it_is_told(world: World):
    world.challenge()
    _by_notify(world)
    world.wait(policy.CHALLENGE_LIFETIME)
    assert _by_notify(world) == [
        "GetItem challenges",
        "UpdateItem strikes",
        "PutItem deliveries",
        "BatchGetItem accounts",
        "PutItem links",
        "SendEmail",
        "UpdateItem deliveries",
    ]


def _by_notify(world: World) -> list[str]:
    """What `notify` calls to deliver all that waits."""
    with overheard() as made:
        world.deliver()
    return [str(call) for call in made if call.service != "sqs"]
