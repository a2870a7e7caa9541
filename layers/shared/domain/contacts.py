"""An account's contacts, and how they are filtered and ordered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from shared.errors import (
    UnreachableContact,
)

FILTERED = ("phone_number", "email", "first_name", "last_name", "gender", "birthday_date")

SEARCHED = ("first_name", "last_name", "phone_number", "email", "city")
"""The facts that a filter can name, and those that a search for text looks into."""

ORDERS = ("first_name", "last_name", "date_created", "date_updated")
"""What a list of contacts can be ordered by."""


@dataclass(frozen=True)
class Contact:
    """A recipient in an account's contact database.

    `facts` has the fields that are known, by the names that SMSAPI's clients use; a phone number is in E.164 form.
    `groups` are ids. Deleting a group leaves its id here, where it means nothing (see `Reach.living`).
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
        """Return the contact with *changes* to its facts; an empty value removes one. Raises UnreachableContact."""
        facts = {name: value for name, value in {**self.facts, **changes}.items() if value}
        return self if facts == self.facts else replace(self, facts=reachable(facts), updated_at=now)

    def moved(self, groups: frozenset[str], *, now: datetime) -> "Contact":
        return self if groups == self.groups else replace(self, groups=groups, updated_at=now)


def reachable(facts: Mapping[str, str]) -> Mapping[str, str]:
    """Return *facts*. Raises UnreachableContact if they hold neither a phone number nor an e-mail address."""
    if not (facts.get("phone_number") or facts.get("email")):
        raise UnreachableContact
    return facts


def mark(account_id: str, number: str) -> str:
    """Return a digest of *number*, always the same within one account: it makes numbers unique without showing them."""
    return sha256(f"{account_id}:{number}".encode()).hexdigest()


@dataclass(frozen=True)
class Filter:
    """Which contacts are wanted.

    `text` occurs in any of the facts SEARCHED, each fact in `facts` has one of the given values, and the contact is in
    one of `groups`, unless that is None.
    """

    text: str = field(default="", repr=False)
    facts: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    groups: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.facts) and self.groups is None

    def takes(self, contact: Contact) -> bool:
        if self.groups is not None and self.groups.isdisjoint(contact.groups):
            return False
        if not all(_comparable(contact, name) in values for name, values in self.facts.items()):
            return False
        return any(self.text.casefold() in _comparable(contact, name) for name in SEARCHED)


def gender_of(contact: Contact) -> str:
    return contact.facts.get("gender", "undefined")


def ordered(contacts: Iterable[Contact], order: str) -> list[Contact]:
    """Return *contacts* ordered by *order*, one of ORDERS; among equals the older comes first."""
    by_age = sorted(contacts, key=lambda contact: (contact.created_at, contact.contact_id))
    match order:
        case "date_created":
            return by_age
        case "date_updated":
            return sorted(by_age, key=lambda contact: contact.updated_at)
    return sorted(by_age, key=lambda contact: _comparable(contact, order))


def _comparable(contact: Contact, name: str) -> str:
    """Return a fact in the form in which facts are compared, without case."""
    return gender_of(contact) if name == "gender" else contact.facts.get(name, "").casefold()
