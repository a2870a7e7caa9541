"""The contacts table: the contacts of an account, in which a phone number is unique, and their number."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.models import Model

from shared import policy, settings
from shared.domain.contact_access import Directory, Reach
from shared.domain.contacts import Contact, mark
from shared.domain.users import User
from shared.errors import ContactExists, ContactQuotaReached, ContactUnknown, GroupEmpty, GroupUnknown, Outrun, Refusal
from shared.storage import engine, groups
from shared.storage.mapping import record, row

LEDGER = "ledger"
"""The sort key of the row that counts an account's contacts. No contact has it: their ids begin with the account's."""


class ContactFactsAttribute(Attribute[Mapping[str, str]]):
    """The facts of a contact as one JSON text."""

    attr_type = STRING

    def serialize(self, value: Mapping[str, str]) -> str:
        return json.dumps(dict(value), separators=(",", ":"), ensure_ascii=False)

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
    revision = NumberAttribute()


class NumberItem(Model):
    """A phone number that a contact of the account has, under its `mark`. The row makes the number unique."""

    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    held_by = UnicodeAttribute()


class LedgerItem(Model):
    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    held = NumberAttribute()


@dataclass(frozen=True)
class Audience:
    """Who is reached by sending to a group. `readable`: whether the sender may see the numbers.

    The right to send is judged again when the messages leave.
    """

    numbers: tuple[str, ...] = field(repr=False)
    readable: bool
    directory: Directory = field(repr=False)
    group_id: str


def find(account_id: str, contact_id: str) -> tuple[Contact | None, Directory]:
    """Return a contact, None if the account has no such, and all groups of the account, in one round trip."""
    item, directory = engine.fetch(engine.Key(ContactItem, account_id, contact_id), groups.key(account_id))
    return record(Contact, item), groups.read(account_id, directory)


def pages(account_id: str) -> Iterator[list[Contact]]:
    """Yield all contacts of an account, a round trip for each megabyte."""
    place = (ContactItem.account_id == account_id) & ContactItem.contact_id.startswith(account_id)
    for rows in engine.pages(ContactItem, place):
        yield [found for raw in rows if (found := record(Contact, ContactItem.from_raw_data(raw)))]


def numbers_of_group(user: User, name: str, *, most: int) -> Audience:
    """Return the numbers in the group of that name, at most one more than *most*.

    Takes two round trips, and one for each further megabyte of contacts. Raises GroupUnknown if there is no such group
    that *user* may send to, GroupEmpty if nobody in it has a phone number.
    """
    reach = Reach(user, groups.find(user.account_id))
    group = next((one for one in reach.groups if one.name == name and reach.permission(one).send), None)
    if group is None:
        raise GroupUnknown
    numbers = _numbers_in_group(user.account_id, group.group_id, most)
    if not numbers:
        raise GroupEmpty
    return Audience(numbers, reach.permission(group).read, reach.directory, group.group_id)


def adding(contact: Contact) -> list[engine.Write]:
    """Add a contact. Refused as ContactExists if the account has its number already, or as ContactQuotaReached."""
    return [
        engine.add(row(ContactItem, contact)),
        *_claiming_number(contact),
        _counting_contacts(contact.account_id, 1),
    ]


def changing(before: Contact, after: Contact) -> list[engine.Write]:
    """Write a changed contact.

    Refused as Outrun if it was changed since *before* was read, as ContactUnknown if it is gone, as ContactExists if
    another contact has its new number.
    """
    actions = [
        ContactItem.facts.set(after.facts),
        ContactItem.groups.set(after.groups),
        ContactItem.updated_at.set(after.updated_at),
        ContactItem.revision.set(before.revision + 1),
    ]
    change = engine.change(
        ContactItem(before.account_id, before.contact_id),
        actions,
        guard=ContactItem.revision == before.revision,
        refused=_change_refusal,
    )
    return [change, *([] if before.number == after.number else [*_releasing_number(before), *_claiming_number(after)])]


def removing(*contacts: Contact) -> list[engine.Write]:
    """Remove contacts of one account. Refused as Outrun if one of them was changed since it was read, or is gone."""
    removals = [
        engine.remove(
            ContactItem(contact.account_id, contact.contact_id), guard=ContactItem.revision == contact.revision
        )
        for contact in contacts
    ]
    left = [write for contact in contacts for write in _releasing_number(contact)]
    return [*removals, *left, _counting_contacts(contacts[0].account_id, -len(contacts))]


def _numbers_in_group(account_id: str, group_id: str, most: int) -> tuple[str, ...]:
    found: list[str] = []
    for page in pages(account_id):
        found += [contact.number for contact in page if contact.number and group_id in contact.groups]
        if len(found) > most:
            break
    return tuple(found[: most + 1])


def _change_refusal(found: engine.Raw) -> Refusal:
    return Outrun() if found else ContactUnknown()


def _claiming_number(contact: Contact) -> list[engine.Write]:
    if contact.number is None:
        return []
    return [engine.add(_number_item(contact, contact.number), refused=ContactExists())]


def _releasing_number(contact: Contact) -> list[engine.Write]:
    return [] if contact.number is None else [engine.remove(_number_item(contact, contact.number))]


def _number_item(contact: Contact, number: str) -> NumberItem:
    return NumberItem(contact.account_id, f"number:{mark(contact.account_id, number)}", held_by=contact.contact_id)


def _counting_contacts(account_id: str, more: int) -> engine.Write:
    """Count *more* contacts, negative for fewer. Refused as ContactQuotaReached at the limit."""
    room = LedgerItem.held <= policy.CONTACTS_PER_ACCOUNT - more
    return engine.change(
        LedgerItem(account_id, LEDGER),
        [LedgerItem.held.add(more)],
        guard=LedgerItem.held.does_not_exist() | room,
        refused=lambda _: ContactQuotaReached(),
    )
