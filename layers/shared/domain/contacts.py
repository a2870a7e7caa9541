"""Contacts and their groups: who of an account may see which of them, change them, and send to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from shared.errors import (
    UnreachableContact,
)

FILTERED = ("phone_number", "email", "first_name", "last_name", "gender", "birthday_date")

SEARCHED = ("first_name", "last_name", "phone_number", "email", "city")
"""What filters look at, and what a search does."""

ORDERS = ("first_name", "last_name", "date_created", "date_updated")


@dataclass(frozen=True)
class Contact:
    """Somebody whom an account sends to.

    `facts` is what is known of him by the names that clients have for it; what is not known is not among it. His phone
    is in E.164 form. `groups` are ids: a group that was deleted may be among them, and means nothing.
    """

    account_id: str
    contact_id: str
    created_at: datetime
    updated_at: datetime
    facts: Mapping[str, str] = field(repr=False)
    groups: frozenset[str] = frozenset()
    revision: int = 1

    @property
    def number(self) -> str | None:
        return self.facts.get("phone_number")

    def told(self, changes: Mapping[str, str], *, now: datetime) -> "Contact":
        """With *changes*; an empty one takes a fact away. Raises UnreachableContact."""
        facts = {name: value for name, value in {**self.facts, **changes}.items() if value}
        return self if facts == self.facts else replace(self, facts=reachable(facts), updated_at=now)

    def moved(self, groups: frozenset[str], *, now: datetime) -> "Contact":
        return self if groups == self.groups else replace(self, groups=groups, updated_at=now)


def reachable(facts: Mapping[str, str]) -> Mapping[str, str]:
    """Raises UnreachableContact where there is neither a phone nor an e-mail."""
    if not (facts.get("phone_number") or facts.get("email")):
        raise UnreachableContact
    return facts


def mark(account_id: str, number: str) -> str:
    """What stands for a number where it must not be read: the same for the same account and number."""
    return sha256(f"{account_id}:{number}".encode()).hexdigest()


@dataclass(frozen=True)
class Filter:
    """Contacts that are wanted: `text` is in any of SEARCHED, and each of `facts` is one of those named.

    With `groups` they are in one of them.
    """

    text: str = field(default="", repr=False)
    facts: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    groups: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.facts or self.groups)

    def takes(self, contact: Contact) -> bool:
        if self.groups and self.groups.isdisjoint(contact.groups):
            return False
        if not all(_fact(contact, name) in values for name, values in self.facts.items()):
            return False
        return any(self.text.casefold() in _fact(contact, name) for name in SEARCHED)


def gender_of(contact: Contact) -> str:
    return contact.facts.get("gender", "undefined")


def ordered(contacts: Iterable[Contact], order: str) -> list[Contact]:
    """By one of ORDERS; among equals the older one comes first."""
    by_age = sorted(contacts, key=lambda contact: (contact.created_at, contact.contact_id))
    match order:
        case "date_created":
            return by_age
        case "date_updated":
            return sorted(by_age, key=lambda contact: contact.updated_at)
    return sorted(by_age, key=lambda contact: _fact(contact, order))


def _fact(contact: Contact, name: str) -> str:
    """As it is compared."""
    return gender_of(contact) if name == "gender" else contact.facts.get(name, "").casefold()
