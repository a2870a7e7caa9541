"""The contacts table: the customers of an account, each number once, and how many there are."""

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
"""The row of an account that counts its contacts. Contacts' ids begin with the account's own, which is longer."""


class ContactFactsAttribute(Attribute[Mapping[str, str]]):
    """What is known of a contact, as one text."""

    attr_type = STRING

    def serialize(self, value: Mapping[str, str]) -> str:
        return json.dumps(dict(value), separators=(",", ":"), ensure_ascii=False)

    def deserialize(self, value: str) -> Mapping[str, str]:
        facts: Mapping[str, str] = json.loads(value)
        return facts


class IdsAttribute(Attribute[frozenset[str]]):
    """Ids as one text, with blanks between: a set of DynamoDB's is never empty."""

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
    """A number that an account has already, under its `mark`, and whose it is."""

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
    """Who is reached by sending to a group. `readable` says whether the sender may be told their numbers.

    `groups.insisting(directory)` may be committed with what is sent: then nobody takes the right away meanwhile.
    """

    numbers: tuple[str, ...] = field(repr=False)
    readable: bool
    directory: Directory = field(repr=False)


def find(account_id: str, contact_id: str) -> tuple[Contact | None, Directory]:
    """A contact of that account and of no other, and all of its groups, in one round trip."""
    item, directory = engine.fetch(engine.Key(ContactItem, account_id, contact_id), groups.key(account_id))
    return record(Contact, item), groups.read(account_id, directory)


def pages(account_id: str) -> Iterator[list[Contact]]:
    """Every contact of the account, a round trip for each megabyte."""
    place = (ContactItem.account_id == account_id) & ContactItem.contact_id.startswith(account_id)
    for rows in engine.pages(ContactItem, place):
        yield [found for raw in rows if (found := record(Contact, ContactItem.from_raw_data(raw)))]


def numbers_of_group(user: User, name: str, *, most: int) -> Audience:
    """The numbers in the group of that name, in two round trips and one more for each further megabyte of contacts.

    No more than one beyond *most* is looked for. Raises GroupUnknown where there is none that he may send to,
    GroupEmpty where nobody in it has a phone.
    """
    reach = Reach(user, groups.find(user.account_id))
    group = next((one for one in reach.groups if one.name == name and reach.permission(one).send), None)
    if group is None:
        raise GroupUnknown
    numbers = _numbers(user.account_id, group.group_id, most)
    if not numbers:
        raise GroupEmpty
    return Audience(numbers, reach.permission(group).read, reach.directory)


def adding(contact: Contact) -> list[engine.Write]:
    """Refused as ContactExists where the account has its number already, TooManyContacts."""
    return [engine.add(row(ContactItem, contact)), *_taking(contact), _counting(contact.account_id, 1)]


def changing(before: Contact, after: Contact) -> list[engine.Write]:
    """Refused as Outrun where it was changed meanwhile, ContactUnknown where it is gone, ContactExists."""
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
        refused=_why_not,
    )
    return [change, *([] if before.number == after.number else [*_leaving(before), *_taking(after)])]


def removing(*contacts: Contact) -> list[engine.Write]:
    """Several of one account. Refused as Outrun where one of them was changed meanwhile, or is gone."""
    removals = [
        engine.remove(
            ContactItem(contact.account_id, contact.contact_id), guard=ContactItem.revision == contact.revision
        )
        for contact in contacts
    ]
    left = [write for contact in contacts for write in _leaving(contact)]
    return [*removals, *left, _counting(contacts[0].account_id, -len(contacts))]


def _numbers(account_id: str, group_id: str, most: int) -> tuple[str, ...]:
    found: list[str] = []
    for page in pages(account_id):
        found += [contact.number for contact in page if contact.number and group_id in contact.groups]
        if len(found) > most:
            break
    return tuple(found[: most + 1])


def _why_not(found: engine.Raw) -> Refusal:
    return Outrun() if found else ContactUnknown()


def _taking(contact: Contact) -> list[engine.Write]:
    if contact.number is None:
        return []
    return [engine.add(_number(contact, contact.number), refused=ContactExists())]


def _leaving(contact: Contact) -> list[engine.Write]:
    return [] if contact.number is None else [engine.remove(_number(contact, contact.number))]


def _number(contact: Contact, number: str) -> NumberItem:
    return NumberItem(contact.account_id, f"number:{mark(contact.account_id, number)}", held_by=contact.contact_id)


def _counting(account_id: str, more: int) -> engine.Write:
    """Refused as TooManyContacts where there is no room for more."""
    room = LedgerItem.held <= policy.CONTACTS_PER_ACCOUNT - more
    return engine.change(
        LedgerItem(account_id, LEDGER),
        [LedgerItem.held.add(more)],
        guard=LedgerItem.held.does_not_exist() | room,
        refused=lambda _: ContactQuotaReached(),
    )
