"""The scope sms:test: a program that may try sending, and can do nothing else."""

from typing import Any

import pytest

from shared import policy
from shared.domain.identifiers import account_of
from tests.proofs import tables
from tests.support.calls import overheard
from tests.support.events import Reply
from tests.support.programs import access_token, api_token, bearer
from tests.support.sending import give_points
from tests.support.world import World

ORDER = {"to": "48600100200", "message": "hello", "format": "json"}
BEYOND: dict[str, dict[str, Any]] = {
    "a message": ORDER,
    "a message, in words": ORDER | {"test": "0"},
    "a scheduled message": ORDER | {"date": "2030-01-01"},
    "a group": {"group": "friends", "message": "hello", "format": "json", "test": "1"},
    "the state of a message": {"status": "ab" * 12, "format": "json"},
    "the state of a message, as a test": {"status": "ab" * 12, "format": "json", "test": "1"},
    "a removal": {"sch_del": "ab" * 12, "format": "json"},
    "a removal, as a test": ORDER | {"sch_del": "ab" * 12, "test": "1"},
    "nothing": {"format": "json"},
}


def _ask(world: World, fields: dict[str, Any], shown: str) -> Reply:
    return world.post("/sms.do", fields, headers={"Authorization": shown})


def _token(world: World, scopes: str = "sms:test") -> str:
    give_points(account_of(world.ann.user_id), 1_000_000)
    return bearer(api_token(world, world.ann, scopes=scopes)[0])


def test_it_may_try_to_send(world: World):
    answer = _ask(world, ORDER | {"test": "1"}, _token(world))
    assert answer.status == 200
    assert answer.body["count"] == 1
    assert world.sms == []


def test_trying_writes_nothing_but_that_the_token_was_used(world: World):
    shown = _token(world)
    _ask(world, ORDER | {"test": "1"}, shown)
    with overheard() as calls:
        assert _ask(world, ORDER | {"test": "1"}, shown).status == 200
    assert {call.operation for call in calls} <= {"BatchGetItem", "GetItem", "Query"}


def _numbers(count: int) -> str:
    return ",".join(f"48600{place:06}" for place in range(count))


def test_it_tries_with_few_numbers_at_once_since_trying_is_free(world: World):
    shown, most = _token(world), policy.RECIPIENTS_OF_TEST
    assert _ask(world, ORDER | {"to": _numbers(most), "test": "1"}, shown).body["count"] == most
    for count in (most + 1, policy.RECIPIENTS_OF_ORDER):
        answer = _ask(world, ORDER | {"to": _numbers(count), "test": "1"}, shown)
        assert (answer.outcome, answer.body["error"]) == (400, 18), count
        assert f"at most {most} recipients" in answer.body["message"]
        assert len(answer.text) < 500


def test_the_same_number_many_times_is_as_many_numbers(world: World):
    order = ORDER | {"to": ",".join([ORDER["to"]] * (policy.RECIPIENTS_OF_TEST + 1)), "test": "1"}
    assert _ask(world, order, _token(world)).body["error"] == 18


def test_who_may_send_tries_with_as_many_as_they_may_send_to(world: World):
    order = ORDER | {"to": _numbers(policy.RECIPIENTS_OF_TEST + 1), "test": "1"}
    assert _ask(world, order, _token(world, "sms")).body["count"] == policy.RECIPIENTS_OF_TEST + 1


@pytest.mark.parametrize("fields", BEYOND.values(), ids=BEYOND)
def test_it_may_do_nothing_else_and_is_told_what_it_needs(world: World, fields: dict[str, Any]):
    shown = _token(world)
    _ask(world, ORDER | {"test": "1"}, shown)  # so that its first use is noted
    before = {table: tables.rows(table) for table in tables.names()}
    answer = _ask(world, fields, shown)
    assert (answer.outcome, answer.error) == (403, "insufficient_scope")
    assert "test=1" in answer.text
    assert {table: tables.rows(table) for table in tables.names()} == before
    assert world.sms == []


def test_by_get_as_by_post(world: World):
    query = {"status": "ab" * 12, "format": "json"}
    answer = world.call("GET", "/sms.do", query=query, headers={"Authorization": _token(world)})
    assert (answer.outcome, answer.error) == (403, "insufficient_scope")


def test_an_access_token_of_that_scope_may_do_no_more(world: World):
    give_points(account_of(world.ann.user_id), 1_000_000)
    _, client = api_token(world, world.ann, kind="client", scopes="sms:test sms")
    shown = bearer(access_token(world, client, scopes="sms:test"))
    assert _ask(world, ORDER | {"test": "1"}, shown).status == 200
    assert _ask(world, ORDER, shown).outcome == 403


def test_with_the_scope_for_sending_beside_it_it_sends(world: World):
    shown = _token(world, "sms sms:test")
    assert _ask(world, ORDER, shown).status == 200
    assert len(world.sms) == 1


def test_a_program_gives_no_more_than_it_has_to_what_it_makes(world: World):
    """Its scopes bound what it makes, in both directions: sending is no right to give trying, nor the reverse."""
    for has, gives, status in (("sms:test", "sms", 403), ("sms", "sms:test", 403), ("sms:test", "sms:test", 201)):
        shown = {"Authorization": _token(world, f"tokens {has}")}
        made = world.post("/tokens", {"name": "made", "scopes": [gives]}, headers=shown)
        assert made.status == status, (has, gives)
