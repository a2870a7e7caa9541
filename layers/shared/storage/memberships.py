"""Rows of the contacts table that say who is in which group: one for each contact and group, and one for each contact.

They are small, and sorted by group and age. So a page of a group, its numbers, and the place where a page of all
contacts begins are read without the contacts themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from shared import settings
from shared.domain.contacts import GENERATION_CHARACTERS, Contact, hints
from shared.domain.identifiers import in_base62
from shared.domain.phone_numbers import gets_sms
from shared.storage import engine

ALL = "*"
"""What stands for a group in the rows that each contact has, whatever groups it is in."""


class MembershipItem(Model):
    """`hints` are those of the contact, in rows of ALL."""

    class Meta:
        table_name = settings.CONTACTS_TABLE

    account_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    number = UnicodeAttribute(null=True)
    hints = UnicodeAttribute(null=True)


@dataclass(frozen=True)
class Member:
    contact_id: str
    number: str | None = field(repr=False)
    hints: str


def of_generation(kind: str, generation: int) -> str:
    """Return the beginning of the sort keys of rows of *kind* that are about contacts of a generation."""
    return f"{kind}:{in_base62(generation, GENERATION_CHARACTERS)}:"


def first_id(account_id: str, generation: int) -> str:
    """Return what the ids of all contacts of a generation begin with."""
    return account_id + in_base62(generation, GENERATION_CHARACTERS)


def of_group(generation: int, group_id: str) -> str:
    return f"{of_generation('in', generation)}{group_id}:"


def members(account_id: str, generation: int, group_id: str, *, most: int | None = None) -> Iterator[Member]:
    """Yield the members of a group by age, in a round trip for each *most* of them or each megabyte: some 10,000."""
    begin = of_group(generation, group_id)
    place = (MembershipItem.account_id == account_id) & MembershipItem.contact_id.startswith(begin)
    for rows in engine.pages(MembershipItem, place, limit=most):
        for item in map(MembershipItem.from_raw_data, rows):
            yield Member(item.contact_id.removeprefix(begin), item.number, item.hints or "")


def numbers(account_id: str, generation: int, group_id: str, *, most: int) -> tuple[str, ...]:
    """Return the numbers in a group that can get an SMS, at most one more than *most*."""
    found: list[str] = []
    for member in members(account_id, generation, group_id, most=2 * most + 20):
        if member.number and gets_sms(member.number):
            found.append(member.number)
        if len(found) > most:
            break
    return tuple(found)


def placing(before: Contact | None, after: Contact) -> list[engine.Write]:
    """Write the rows of a contact that differ from those that it had *before*."""
    had = {item.contact_id: item for item in _items(before)} if before else {}
    has = {item.contact_id: item for item in _items(after)}
    written = [engine.put(item) for place, item in has.items() if place not in had or _differ(item, had[place])]
    return written + [engine.remove(item) for place, item in had.items() if place not in has]


def removing(account_id: str, place: str) -> engine.Write:
    """Remove the row under a sort key, whatever is there."""
    return engine.remove(MembershipItem(account_id, place))


def clearing(contact: Contact) -> list[engine.Write]:
    """Remove the rows of a contact."""
    return [engine.remove(item) for item in _items(contact)]


def _items(contact: Contact) -> Iterator[MembershipItem]:
    account_id, number = contact.account_id, contact.number
    at = f"{of_group(contact.generation, ALL)}{contact.contact_id}"
    yield MembershipItem(account_id, at, number=number, hints=hints(contact.facts))
    for group_id in sorted(contact.groups):
        at = f"{of_group(contact.generation, group_id)}{contact.contact_id}"
        yield MembershipItem(account_id, at, number=number)


def _differ(one: MembershipItem, other: MembershipItem) -> bool:
    return (one.number, one.hints) != (other.number, other.hints)
