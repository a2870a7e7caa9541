"""The contacts table: the contacts of an account, their numbers, and their count.

The account's state has a generation. It is part of each contact's id and of the sort key of each row about one, and all
of an older generation is gone, although the rows still lie there (see `contact_tasks`). So to delete all is one write.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pynamodb.attributes import Attribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.contact_access import ALL, Group, Reach
from shared.domain.contacts import Contact, mark, written
from shared.domain.identifiers import account_of, is_record_id
from shared.domain.users import User
from shared.errors import ContactQuotaReached, ContactUnknown, GroupEmpty, GroupUnknown, Outrun, Refusal
from shared.storage import bulk, engine, groups, memberships
from shared.storage.mapping import CountAttribute, record, row

STATE = "state"
"""The sort key of the row that counts an account's contacts. No contact has it: their ids begin with the account's."""


class ContactFactsAttribute(Attribute[Mapping[str, str]]):
    """The facts of a contact as one JSON text."""

    attr_type = STRING

    def serialize(self, value: Mapping[str, str]) -> str:
        return written(value)

    def deserialize(self, value: str) -> Mapping[str, str]:
        facts: Mapping[str, str] = json.loads(value)
        return facts


class IdsAttribute(Attribute[frozenset[str]]):
    """Ids as one text, with blanks between, because a set in DynamoDB cannot be empty."""

    attr_type = STRING

    def serialize(self, value: frozenset[str]) -> str:
        return " ".join(sorted(value))

    def deserialize(self, value: str) -> frozenset[str]:
        return frozenset(value.split())


class ContactItem(Model):
    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    facts = ContactFactsAttribute()
    groups = IdsAttribute()
    created_by = UnicodeAttribute()
    slot = CountAttribute()
    revision = CountAttribute()


class NumberItem(Model):
    """A phone number that a contact of the account has. The slot in its key makes the number unique."""

    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    held_by = UnicodeAttribute()


class ContactStateItem(Model):
    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    held = CountAttribute(default=0)
    generation = CountAttribute(default=0)
    doomed = UnicodeSetAttribute(null=True)


@dataclass(frozen=True)
class ContactState:
    """How many contacts an account has, of which generation, and whose groups were deleted with their contacts."""

    account_id: str
    held: int = field(default=0, repr=False)
    generation: int = 0
    doomed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Audience:
    """Who is reached by sending to a group. `readable`: whether the sender may see the numbers.

    The right to send is judged again when the messages leave.
    """

    numbers: tuple[str, ...] = field(repr=False)
    readable: bool
    group_id: str


def state_key(account_id: str) -> engine.Key:
    return engine.Key(ContactStateItem, account_id, STATE)


def read_state(account_id: str, item: Model | None) -> ContactState:
    """Return what is in *item*, a row that was fetched under `state_key`."""
    if not isinstance(item, ContactStateItem):
        return ContactState(account_id)
    return ContactState(account_id, item.held, item.generation, frozenset(item.doomed or ()))


def state_of(account_id: str) -> ContactState:
    return read_state(account_id, engine.fetch_one(state_key(account_id)))


def reach_of(user: User, group_ids: Iterable[str] = ()) -> tuple[Reach, ContactState]:
    """Return what *user* may do with the groups of these ids, and the state of the account. One round trip.

    It takes one more for each hundred groups beyond the first.
    """
    _, reach, state = _read(user, None, frozenset(group_ids))
    return reach, state


def find(user: User, contact_id: str, group_ids: Iterable[str] = ()) -> tuple[Contact | None, Reach, ContactState]:
    """Return a contact, None if the account has no such, and what *user* may do with its groups and those named.

    It takes one round trip, and a second one if the contact is in a group that is not named.
    """
    # An id begins with its account's, so another account's contact is not even read (ASVS V8.2.2).
    is_own = is_record_id(contact_id) and account_of(contact_id) == user.account_id
    contact, reach, state = _read(user, contact_id if is_own else None, frozenset(group_ids))
    unread = contact.groups - frozenset(group_ids) if contact else ()
    return contact, with_groups(reach, groups.known(user.account_id, unread) if unread else {}), state


def with_groups(reach: Reach, more: Mapping[str, Group]) -> Reach:
    """Return *reach* with more groups that were read."""
    return replace(reach, groups={**reach.groups, **more})


def with_groups_of(reach: Reach, some: Collection[Contact]) -> Reach:
    """Return *reach* with all groups of the contacts, in a round trip for each hundred groups."""
    unread = {one for contact in some for one in contact.groups} - reach.groups.keys()
    return with_groups(reach, groups.known(reach.user.account_id, unread) if unread else {})


def with_ids(account_id: str, contact_ids: Iterable[str]) -> list[Contact]:
    """Return the contacts of these ids, in their order, in a round trip for each hundred. Those that are gone are not
    among them.
    """
    wanted = list(dict.fromkeys(contact_ids))
    items = bulk.fetch(engine.Key(ContactItem, account_id, one) for one in wanted)
    found = {contact.contact_id: contact for item in items if (contact := record(Contact, item))}
    return [found[one] for one in wanted if one in found]


def pages(state: ContactState) -> Iterator[list[Contact]]:
    """Yield all contacts of the account by age, a round trip for each megabyte."""
    begin = memberships.first_id(state.account_id, state.generation)
    place = (ContactItem.account_id == state.account_id) & ContactItem.contact_id.startswith(begin)
    for rows in engine.pages(ContactItem, place):
        yield [found for raw in rows if (found := record(Contact, ContactItem.from_raw_data(raw)))]


def slots(state: ContactState, number: str) -> dict[int, str]:
    """Return the ids of the contacts that have *number*, by slot. One round trip."""
    begin = _number_range(state.account_id, state.generation, number)
    place = (NumberItem.account_id == state.account_id) & NumberItem.contact_id.startswith(begin)
    rows = [NumberItem.from_raw_data(raw) for page in engine.pages(NumberItem, place) for raw in page]
    return {int(item.contact_id.removeprefix(begin)): item.held_by for item in rows}


def numbers_of_group(user: User, name: str, *, most: int) -> Audience:
    """Return the numbers in the group of that name, at most one more than *most*, in two round trips.

    Raises GroupUnknown if there is no such group that *user* may send to, GroupEmpty if nobody in it has a phone
    number.
    """
    account_id = user.account_id
    held, state_item, shares_item = engine.fetch(
        groups.name_key(account_id, name), state_key(account_id), groups.shares_key(user.user_id)
    )
    shares = groups.read_shares(user.user_id, shares_item)
    if not isinstance(held, groups.GroupNameItem):
        raise GroupUnknown
    permission = ALL if user.owner else shares.permission(held.held_by)
    if not permission.send:
        raise GroupUnknown
    numbers = memberships.numbers(account_id, read_state(account_id, state_item).generation, held.held_by, most=most)
    if not numbers:
        raise GroupEmpty
    return Audience(numbers, permission.read, held.held_by)


def adding(contact: Contact) -> list[engine.Write]:
    """Add a contact, in a slot of its number. Refused as Outrun if that is taken or all contacts were deleted since, or
    as ContactQuotaReached.
    """
    return [
        engine.add(row(ContactItem, contact)),
        *_claiming_number(contact),
        *memberships.placing(None, contact),
        *_counting_in_groups(dict.fromkeys(contact.groups, 1), contact),
        _counting_contacts(contact.account_id, 1, contact.generation),
    ]


def changing(before: Contact, after: Contact, living: frozenset[str]) -> list[engine.Write]:
    """Write a changed contact; *living* are the ids of those of its groups that exist.

    Refused as Outrun if it was changed since *before* was read, or as ContactUnknown if it is gone. A new number claims
    the slot in *after*.
    """
    return [
        _change(before, after),
        *_moving_number(before, after),
        *memberships.placing(before, after),
        *_counting_in_groups(moved(before, after, living), after),
    ]


def changing_all(changes: Collection[tuple[Contact, Contact]], living: frozenset[str]) -> list[engine.Write]:
    """Write changed contacts of one account, whose numbers stay, together. Refused as `changing`."""
    writes = [_change(before, after) for before, after in changes]
    writes += [write for before, after in changes for write in memberships.placing(before, after)]
    total: Counter[str] = Counter()
    for before, after in changes:
        total.update(moved(before, after, living))
    return writes + (_counting_in_groups(total, changes[0][0]) if changes else [])  # type: ignore[index]


def moved(before: Contact, after: Contact, living: frozenset[str]) -> dict[str, int]:
    """Return by how many each group grows when *before* becomes *after*."""
    joined = dict.fromkeys(after.groups - before.groups, 1)
    return joined | dict.fromkeys((before.groups - after.groups) & living, -1)


def removing(some: Collection[Contact], living: frozenset[str]) -> list[engine.Write]:
    """Remove contacts of one account. Refused as Outrun if one of them was changed since it was read, or is gone."""
    first = next(iter(some))
    writes = [
        engine.remove(
            ContactItem(contact.account_id, contact.contact_id), guard=ContactItem.revision == contact.revision
        )
        for contact in some
    ]
    writes += [write for contact in some for write in [*_releasing_number(contact), *memberships.clearing(contact)]]
    sizes = Counter(one for contact in some for one in contact.groups & living)
    writes += _counting_in_groups({one: -count for one, count in sizes.items()}, first)
    return [*writes, _counting_contacts(first.account_id, -len(some), first.generation)]


def beginning_anew(state: ContactState) -> engine.Write:
    """Delete all contacts of the account. Refused as Outrun if that was done since *state* was read."""
    actions = [
        ContactStateItem.held.set(0),
        ContactStateItem.generation.set(state.generation + 1),
        ContactStateItem.doomed.remove(),
    ]
    return engine.change(_state_item(state.account_id), actions, guard=_is_of(state.generation))


def dooming(state: ContactState, group_id: str) -> engine.Write:
    """Delete the contacts of a group that is deleted: from now on they count as gone. Refused as `beginning_anew`."""
    return engine.change(
        _state_item(state.account_id), [ContactStateItem.doomed.add({group_id})], guard=_is_of(state.generation)
    )


def undooming(account_id: str, group_id: str) -> engine.Write:
    """Note that no contact of a deleted group is left. Never refused."""
    return engine.change(_state_item(account_id), [ContactStateItem.doomed.delete({group_id})])


def _read(user: User, contact_id: str | None, group_ids: frozenset[str]) -> tuple[Contact | None, Reach, ContactState]:
    account_id = user.account_id
    own = sorted(one for one in group_ids if is_record_id(one) and account_of(one) == account_id)
    keys = [state_key(account_id), groups.shares_key(user.user_id)]
    keys += [engine.Key(ContactItem, account_id, contact_id)] if contact_id else []
    first, more = own[: bulk.MOST - len(keys)], own[bulk.MOST - len(keys) :]
    state_item, shares_item, *items = engine.fetch(*keys, *(groups.key(account_id, one) for one in first))
    contact = record(Contact, items.pop(0)) if contact_id else None
    known = {group.group_id: group for item in items if (group := record(Group, item))}
    state = read_state(account_id, state_item)
    reach = Reach(
        user,
        groups.read_shares(user.user_id, shares_item),
        known | (groups.known(account_id, more) if more else {}),
        state.generation,
        state.doomed,
    )
    return contact, reach, state


def _change(before: Contact, after: Contact) -> engine.Write:
    actions = [
        ContactItem.facts.set(after.facts),
        ContactItem.groups.set(after.groups),
        ContactItem.slot.set(after.slot),
        ContactItem.updated_at.set(after.updated_at),
        ContactItem.revision.set(before.revision + 1),
    ]
    return engine.change(
        ContactItem(before.account_id, before.contact_id),
        actions,
        guard=ContactItem.revision == before.revision,
        refused=_change_refusal,
    )


def _change_refusal(found: engine.Raw) -> Refusal:
    return Outrun() if found else ContactUnknown()


def _moving_number(before: Contact, after: Contact) -> list[engine.Write]:
    return [] if before.number == after.number else [*_releasing_number(before), *_claiming_number(after)]


def _claiming_number(contact: Contact) -> list[engine.Write]:
    return [] if contact.number is None else [engine.add(_number_item(contact, contact.number))]


def _releasing_number(contact: Contact) -> list[engine.Write]:
    return [] if contact.number is None else [engine.remove(_number_item(contact, contact.number))]


def _number_item(contact: Contact, number: str) -> NumberItem:
    begin = _number_range(contact.account_id, contact.generation, number)
    return NumberItem(contact.account_id, f"{begin}{contact.slot}", held_by=contact.contact_id)


def _number_range(account_id: str, generation: int, number: str) -> str:
    return f"{memberships.of_generation('number', generation)}{mark(account_id, number)}:"


def _counting_in_groups(more: Mapping[str, int], contact: Contact) -> list[engine.Write]:
    return [
        groups.counting(contact.account_id, group_id, count, generation=contact.generation)
        for group_id, count in sorted(more.items())
        if count
    ]


def _state_item(account_id: str) -> ContactStateItem:
    return ContactStateItem(account_id, STATE)


def _is_of(generation: int) -> Condition:
    current = ContactStateItem.generation == generation
    return current if generation else current | ContactStateItem.generation.does_not_exist()


def _counting_contacts(account_id: str, more: int, generation: int) -> engine.Write:
    """Count *more* contacts, negative for fewer. Refused as ContactQuotaReached at the limit, or as Outrun."""
    guard = _is_of(generation)
    if more > 0:
        room = ContactStateItem.held <= policy.CONTACTS_PER_ACCOUNT - more
        guard &= room | ContactStateItem.held.does_not_exist()

    def refused(found: engine.Raw) -> Refusal:
        state = read_state(account_id, ContactStateItem.from_raw_data(found)) if found else ContactState(account_id)
        return Outrun() if state.generation != generation else ContactQuotaReached()

    return engine.change(_state_item(account_id), [ContactStateItem.held.add(more)], guard=guard, refused=refused)
