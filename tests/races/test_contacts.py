"""Contacts on the real engine: each number once, counts that are exact, and no right that outlives its end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from contacts import assign_groups_flow, manage_contacts_flow, manage_groups_flow, share_groups_flow, tasks_flow
from contacts.manage_groups_flow import SharedGroup
from contacts.reach import VisibleContact
from shared import policy, settings
from shared.auth.sessions import Person
from shared.crypto import randomness
from shared.domain.contact_access import Permission
from shared.domain.contacts import Contact
from shared.domain.logins import Login
from shared.domain.users import User
from shared.errors import (
    ContactExists,
    ContactQuotaReached,
    ContactUnknown,
    GroupExists,
    GroupNeeded,
    GroupNotYours,
    GroupQuotaReached,
    NoSuchGroup,
    Outrun,
    Refusal,
)
from shared.storage import contacts, engine, groups, logins, memberships, users
from tests.races.arena import HOME, NOON, SOME_SEEDS, Arena, caller, of, tally

FEW = 12
BUSY = (Outrun, engine.Unreachable)
"""What somebody hears who met too many others: nothing was done."""

_places = count(100_000)


def numbers() -> Iterator[dict[str, str]]:
    """What is known of somebody, never the same twice."""
    while True:
        yield {"phone_number": f"+48600{next(_places):06}"}


FACTS = numbers()
create = partial(manage_contacts_flow.create, groups=(), now=NOON)


@pytest.fixture
def ann(arena: Arena) -> Person:
    """The owner of an account, signed in."""
    (session,) = arena.sessions(arena.person(), 1, at=NOON)
    return caller(session)


@pytest.fixture
def bob(ann: Person) -> Person:
    """A sub-user of hers."""
    account_id = ann.user.account_id
    user_id = randomness.user_id(account_id)
    name = user_id.casefold()
    login = Login(name, account_id, user_id, "", None, "en", enabled=True, idle=policy.SESSION_IDLE)
    user = User(account_id, user_id, name, enabled=True, created_at=NOON, owner=False)
    engine.commit(logins.adding(login), users.adding(user))
    return replace(ann, user=user)


def every(ann: Person) -> list[Contact]:
    return [contact for page in contacts.pages(contacts.state_of(ann.user.account_id)) for contact in page]


def held(ann: Person) -> int:
    """How many contacts the account has, by its own count."""
    return contacts.state_of(ann.user.account_id).held


def rows(arena: Arena, ann: Person) -> int:
    """Of contacts, of numbers, of the list of all, and the count's own."""
    found = arena.dynamodb.query(
        TableName=settings.CONTACTS_TABLE,
        ConsistentRead=True,
        KeyConditionExpression="account_id = :account",
        ExpressionAttributeValues={":account": {"S": ann.user.account_id}},
    )
    return int(found["Count"])


def group_of(ann: Person, name: str = "VIP") -> str:
    return manage_groups_flow.create(ann, {"name": name}, now=NOON).group.group_id


def share(ann: Person, group_id: str, bob: Person, **rights: bool) -> Permission:
    return share_groups_flow.give(ann, group_id, bob.user.login, rights, origin=HOME, now=NOON)


@SOME_SEEDS
def test_a_number_that_many_add_is_there_once(arena: Arena, ann: Person):
    facts = next(FACTS)
    seen = tally(arena.race(*[lambda: create(ann, facts)] * FEW))
    assert seen[VisibleContact] == 1
    assert set(seen) <= {VisibleContact, ContactExists, *BUSY}
    assert (len(every(ann)), held(ann), rows(arena, ann)) == (1, 1, 4)


@SOME_SEEDS
def test_an_account_has_no_more_contacts_than_it_may_have(arena: Arena, ann: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "CONTACTS_PER_ACCOUNT", 3)
    for _ in range(3):
        answers = arena.race(*[partial(create, ann, next(FACTS)) for _ in range(FEW)])
        assert set(tally(answers)) <= {VisibleContact, ContactQuotaReached, *BUSY}
    assert len(every(ann)) == held(ann) == 3


@SOME_SEEDS
def test_an_account_has_no_more_groups_and_no_name_twice(arena: Arena, ann: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "GROUPS_PER_ACCOUNT", 3)
    for _ in range(4):
        answers = arena.race(*[partial(group_of, ann, f"group {place % 5}") for place in range(FEW)])
        assert set(tally(answers)) <= {str, GroupExists, GroupQuotaReached, Outrun}
    names = [group.name for group in groups.find(ann.user.account_id).groups]
    assert len(names) == len(set(names)) == 3


@SOME_SEEDS
def test_changes_at_once_are_done_one_upon_the_other_or_not_at_all(arena: Arena, ann: Person):
    contact_id = create(ann, next(FACTS)).contact.contact_id
    names = [f"field {place}" for place in range(FEW)]
    changes = [partial(manage_contacts_flow.change, ann, contact_id, {name: "x"}, now=NOON) for name in names]
    answers = arena.race(*changes)
    assert set(tally(answers)) <= {VisibleContact, Outrun}
    (after,) = every(ann)
    assert len(after.facts) - 1 == len(of(VisibleContact, answers)) > 0
    assert after.revision == len(after.facts)


@SOME_SEEDS
def test_what_is_deleted_while_it_is_changed_stays_deleted(arena: Arena, ann: Person):
    contact_id = create(ann, next(FACTS)).contact.contact_id
    group_id = group_of(ann)
    answers = arena.race(
        *[partial(manage_contacts_flow.delete, ann, contact_id)] * 2,
        *[lambda: manage_contacts_flow.change(ann, contact_id, next(FACTS), now=NOON)] * FEW,
        *[lambda: assign_groups_flow.assign(ann, contact_id, [group_id], now=NOON)] * 2,
    )
    seen = tally(answers)
    assert set(seen) <= {type(None), VisibleContact, tuple, ContactUnknown, *BUSY}
    flow_is_over = seen[type(None)] == 1
    assert (every(ann) == [], held(ann)) == (flow_is_over, 0 if flow_is_over else 1)
    assert rows(arena, ann) == (1 if flow_is_over else 4 + len(every(ann)[0].groups))


@SOME_SEEDS
def test_whatever_happens_each_contact_is_counted_and_each_number_held_by_one(arena: Arena, ann: Person):
    pool = [next(FACTS) for _ in range(4)]
    ids = [create(ann, facts).contact.contact_id for facts in pool[:2]]
    deeds: list[Callable[[], object]] = [partial(create, ann, arena.chance.choice(pool)) for _ in range(6)]
    deeds += [
        partial(manage_contacts_flow.change, ann, arena.chance.choice(ids), arena.chance.choice(pool), now=NOON)
        for _ in range(6)
    ]
    deeds += [partial(manage_contacts_flow.delete, ann, arena.chance.choice(ids))] * 2
    deeds += [partial(manage_contacts_flow.delete_all, ann, origin=HOME, now=NOON)]
    seen = tally(arena.race(*deeds))
    assert set(seen) <= {VisibleContact, type(None), ContactExists, ContactUnknown, *BUSY}
    left = every(ann)
    assert len({contact.number for contact in left}) == len(left) == held(ann)
    tasks_flow.run_all(now=NOON, has_time=lambda: True)
    assert rows(arena, ann) == 3 * len(left) + 1
    manage_contacts_flow.delete_all(ann, origin=HOME, now=NOON)
    tasks_flow.run_all(now=NOON, has_time=lambda: True)
    assert (rows(arena, ann), held(ann)) == (1, 0)


@SOME_SEEDS
def test_permissions_given_at_once_are_all_kept_or_refused(arena: Arena, ann: Person, bob: Person):
    ids = [group_of(ann, f"group {place}") for place in range(4)]
    answers = arena.race(*[partial(share, ann, group_id, bob, read=True) for group_id in ids])
    assert set(tally(answers)) <= {Permission, Outrun}
    assert len(groups.shares_of(bob.user.user_id).given) == len(of(Permission, answers)) > 0


@SOME_SEEDS
def test_nothing_is_changed_by_whoever_may_no_longer(arena: Arena, ann: Person, bob: Person):
    group_id = group_of(ann)
    share(ann, group_id, bob, read=True, write=True)
    taking = partial(share_groups_flow.take, ann, group_id, bob.user.login, origin=HOME, now=NOON)
    deeds: list[Callable[[], object]] = [partial(create, bob, next(FACTS)) for _ in range(FEW)]
    answers: list[Any | Refusal] = arena.race(taking, *deeds)
    taken = sum(answer is None for answer in answers)
    assert set(tally(answers)) <= {type(None), VisibleContact, GroupNeeded, GroupNotYours, *BUSY}
    made = of(VisibleContact, answers)
    assert {contact.contact_id for contact in every(ann)} == {shown.contact.contact_id for shown in made}
    if taken:
        with pytest.raises(GroupNeeded):
            create(bob, next(FACTS))
        assert len(every(ann)) == len(made)


@SOME_SEEDS
def test_a_group_that_is_deleted_meanwhile_has_no_members_and_stays_deleted(arena: Arena, ann: Person, bob: Person):
    group_id = group_of(ann)
    ids = [create(ann, next(FACTS)).contact.contact_id for _ in range(4)]
    deleting = partial(manage_groups_flow.delete, ann, group_id, with_contacts=False, origin=HOME, now=NOON)
    joining = [partial(assign_groups_flow.assign, ann, contact_id, [group_id], now=NOON) for contact_id in ids]
    naming = partial(manage_groups_flow.change, ann, group_id, {"idx": "7"}, now=NOON)
    sharing = partial(share, ann, group_id, bob, read=True)
    answers: list[Any | Refusal] = arena.race(deleting, naming, sharing, *joining)
    assert set(tally(answers)) <= {int, tuple, Permission, SharedGroup, NoSuchGroup, Outrun}
    if 0 in answers:
        assert groups.find(ann.user.account_id).groups == ()
        assert manage_contacts_flow.look(ann, ids[0]).groups == []
        tasks_flow.run_all(now=NOON, has_time=lambda: True)
        assert rows(arena, ann) == 3 * len(ids) + 1


@SOME_SEEDS
def test_sizes_of_groups_are_exact_whatever_happens_at_once(arena: Arena, ann: Person):
    ids = [group_of(ann, name) for name in "AB"]
    found = [create(ann, next(FACTS)).contact.contact_id for _ in range(4)]
    deeds: list[Callable[[], object]] = [
        partial(assign_groups_flow.assign, ann, one, [arena.chance.choice(ids)], now=NOON) for one in found * 2
    ]
    deeds += [partial(assign_groups_flow.take_out, ann, one, ids[0], now=NOON) for one in found]
    deeds += [partial(manage_contacts_flow.delete, ann, one) for one in found[:2]]
    deeds += [partial(manage_contacts_flow.delete_all, ann, origin=HOME, now=NOON)] * arena.chance.choice([0, 1])
    deeds += [lambda: manage_contacts_flow.create(ann, next(FACTS), [ids[1]], now=NOON)] * 4
    arena.race(*deeds)
    left, state = every(ann), contacts.state_of(ann.user.account_id)
    for group_id, group in groups.every(ann.user.account_id).items():
        size = sum(group_id in contact.groups for contact in left)
        members = list(memberships.members(ann.user.account_id, state.generation, group_id))
        assert group.size_in(state.generation) == size == len(members)
    assert state.held == len(left)


@SOME_SEEDS
def test_a_contact_is_in_no_group_of_a_deletion_that_it_outlives(arena: Arena, ann: Person):
    group_id, other = group_of(ann), group_of(ann, "Other")
    found = [manage_contacts_flow.create(ann, next(FACTS), [group_id], now=NOON).contact.contact_id for _ in range(4)]
    deleting = partial(manage_groups_flow.delete, ann, group_id, with_contacts=True, origin=HOME, now=NOON)
    joining = [partial(assign_groups_flow.assign, ann, one, [other], now=NOON) for one in found]
    leaving = [partial(assign_groups_flow.take_out, ann, one, group_id, now=NOON) for one in found[:2]]
    arena.race(deleting, *joining, *leaving)
    tasks_flow.run_all(now=NOON, has_time=lambda: True)
    left = every(ann)
    assert not any(group_id in contact.groups for contact in left) or groups.known(ann.user.account_id, [group_id])
    assert contacts.state_of(ann.user.account_id).doomed == frozenset()
    assert held(ann) == len(left)
