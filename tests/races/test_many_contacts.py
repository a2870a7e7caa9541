"""Thousands of contacts on the real engine: what is read of them, and all of them deleted.

CONTACTS=100000 tries as many: it takes some minutes, most of them to fill the table.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

import pytest

from contacts import list_contacts_flow, manage_contacts_flow, manage_groups_flow, tasks_flow
from shared import settings
from shared.auth.sessions import Person
from shared.crypto import randomness
from shared.domain.contacts import Contact, Filter
from shared.storage import contacts, engine, groups
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, caller
from tests.support.calls import Answer, AwsCall, Proceed, intercepted

MOST = int(os.environ.get("CONTACTS", "10000"))

A_PAGE_COSTS = 25
"""Units of reading that a page of five small contacts costs at most, however many there are."""


@pytest.fixture
def ann(arena: Arena) -> Person:
    (session,) = arena.sessions(arena.person(), 1, at=NOON)
    return caller(session)


def fill(arena: Arena, ann: Person, count: int, group_id: str) -> None:
    """Put contacts into the table, all in one group."""
    account_id = ann.user.account_id
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda some: _put(arena, some), batched(_rows(account_id, count, group_id), 25, strict=False)))
    state = {"account_id": {"S": account_id}, "contact_id": {"S": contacts.STATE}, "held": {"N": str(count)}}
    arena.dynamodb.put_item(TableName=settings.CONTACTS_TABLE, Item=state)
    engine.commit(groups.counting(account_id, group_id, count, generation=0))


def _put(arena: Arena, some: tuple[dict[str, Any], ...]) -> None:
    wanted = {settings.CONTACTS_TABLE: [{"PutRequest": {"Item": row}} for row in some]}
    arena.dynamodb.batch_write_item(RequestItems=wanted)


def _rows(account_id: str, count: int, group_id: str) -> Iterator[dict[str, Any]]:
    for place in range(count):
        facts = {"phone_number": f"+486{place:08}", "first_name": f"Name{place}"}
        contact_id = randomness.contact_id(account_id, 0, now=NOON)
        contact = Contact(account_id, contact_id, NOON, NOON, facts, frozenset({group_id}))
        yield from (one.arguments["Item"] for one in contacts.adding(contact) if one.operation == "Put")


def units(what: Any) -> float:
    """Units of reading that *what* consumes, as the engine counts them."""
    spent = 0.0

    def count(call: AwsCall, proceed: Proceed) -> Answer:
        nonlocal spent
        if call.operation in ("Query", "GetItem", "BatchGetItem"):
            call.arguments["ReturnConsumedCapacity"] = "TOTAL"
        answer = proceed()
        told = answer.get("ConsumedCapacity") or []
        spent += sum(one["CapacityUnits"] for one in (told if isinstance(told, list) else [told]))
        return answer

    with intercepted(count):
        what()
    return spent


@SOME_SEEDS
@pytest.mark.parametrize("count", [10, 1_000, MOST])
def test_what_is_asked_for_costs_the_same_among_many(arena: Arena, ann: Person, count: int):
    group_id = manage_groups_flow.create(ann, {"name": "VIP"}, now=NOON).group.group_id
    fill(arena, ann, count, group_id)

    def page(**more: Any) -> object:
        return list_contacts_flow.listed(ann, Filter(**more), order="date_created", offset=0, limit=5)

    assert units(page) <= A_PAGE_COSTS
    assert units(lambda: page(groups=frozenset({group_id}))) <= A_PAGE_COSTS
    assert units(lambda: manage_groups_flow.look(ann, group_id)) <= A_PAGE_COSTS
    facts = {"first_name": frozenset({"name7"})}
    assert units(lambda: page(facts=facts)) <= A_PAGE_COSTS + count / 25
    sending = units(lambda: contacts.numbers_of_group(ann.user, "VIP", most=count))
    assert sending <= A_PAGE_COSTS + count / 25


def rows_left(arena: Arena, ann: Person) -> int:
    left = arena.dynamodb.query(
        TableName=settings.CONTACTS_TABLE,
        KeyConditionExpression="account_id = :account",
        ExpressionAttributeValues={":account": {"S": ann.user.account_id}},
    )
    return int(left["Count"])


@SOME_SEEDS
def test_all_of_many_are_gone_at_once_and_swept_behind(arena: Arena, ann: Person):
    group_id = manage_groups_flow.create(ann, {"name": "VIP"}, now=NOON).group.group_id
    fill(arena, ann, MOST, group_id)
    manage_contacts_flow.delete_all(ann, origin=HOME, now=NOON)
    state = contacts.state_of(ann.user.account_id)
    assert (state.held, list(contacts.pages(state))) == (0, [[]])
    assert manage_groups_flow.look(ann, group_id).size == 0
    manage_contacts_flow.create(ann, {"phone_number": "+48600000000"}, [group_id], now=NOON)
    tasks_flow.run_all(now=NOON, has_time=lambda: True)
    assert rows_left(arena, ann) == 5  # the state; the new contact, its number, its places in the group and among all


@SOME_SEEDS
def test_the_contacts_of_a_large_group_are_gone_with_it_at_once_and_removed_behind(arena: Arena, ann: Person):
    group_id = manage_groups_flow.create(ann, {"name": "VIP"}, now=NOON).group.group_id
    fill(arena, ann, MOST, group_id)
    removed_behind = manage_groups_flow.delete(ann, group_id, with_contacts=True, origin=HOME, now=NOON)
    assert removed_behind == MOST
    assert list_contacts_flow.listed(ann, Filter(), order="date_created", offset=0, limit=5) == (0, [])
    tasks_flow.run_all(now=NOON, has_time=lambda: True)
    assert rows_left(arena, ann) == 1  # the state
