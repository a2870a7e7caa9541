"""An account's contacts, and how they are filtered and ordered."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from shared import policy
from shared.domain.identifiers import (
    ACCOUNT_CHARACTERS,
    RECORD_CHARACTERS,
    from_base62,
    in_base62,
)
from shared.errors import (
    ContactTooLarge,
    UnreachableContact,
)

GENERATION_CHARACTERS, TIME_CHARACTERS = 4, 7
CHANCE_CHARACTERS = RECORD_CHARACTERS - ACCOUNT_CHARACTERS - GENERATION_CHARACTERS - TIME_CHARACTERS
"""Parts of a contact's id after the account's: generation, milliseconds, chance. So ids sort by age."""

HINTED = ("first_name", "last_name", "email")
HINT_CHARACTERS = 8

FILTERED = ("phone_number", "email", "first_name", "last_name", "gender", "birthday_date")

SEARCHED = ("first_name", "last_name", "phone_number", "email", "city")
"""The facts that a filter can name, and those that a search for text looks into."""

ORDERS = ("first_name", "last_name", "date_created", "date_updated")
"""What a list of contacts can be ordered by."""


@dataclass(frozen=True)
class Contact:
    """A recipient in an account's contact database.

    `facts` has the fields that are known, by the names that SMSAPI's clients use; a phone number is in E.164 form.
    `groups` are ids. Deleting a group leaves its id here, where it means nothing (see `Reach.living`). `slot` is the
    place among the contacts with this number, 0 unless sub-users made others whom they cannot see from each other.
    """

    account_id: str
    contact_id: str
    created_at: datetime
    updated_at: datetime
    facts: Mapping[str, str] = field(repr=False)
    groups: frozenset[str] = frozenset()
    created_by: str = ""
    slot: int = 0
    revision: int = 1

    @property
    def generation(self) -> int:
        """How many times all contacts of the account had been deleted when this one was made."""
        return generation_of(self.contact_id)

    @property
    def number(self) -> str | None:
        return self.facts.get("phone_number")

    def told(self, changes: Mapping[str, str], *, now: datetime) -> "Contact":
        """Return the contact with *changes* to its facts; an empty value removes one. Raises UnreachableContact."""
        facts = {name: value for name, value in {**self.facts, **changes}.items() if value}
        return self if facts == self.facts else replace(self, facts=reachable(facts), updated_at=now)

    def moved(self, groups: frozenset[str], *, now: datetime) -> "Contact":
        return self if groups == self.groups else replace(self, groups=groups, updated_at=now)


type ContactMove = Literal["add", "leave", "be_only_in"]
"""What is done with a contact and a group: it joins the group, leaves it, or is only in it."""


def after_move(move: str, groups: frozenset[str], group_id: str) -> frozenset[str]:
    """Return a contact's new groups from its present ones and the id of a group. *move* is a ContactMove."""
    match move:
        case "add":
            return groups | {group_id}
        case "leave":
            return groups - {group_id}
    return frozenset({group_id})


def reachable(facts: Mapping[str, str]) -> Mapping[str, str]:
    """Return *facts*.

    Raises UnreachableContact if they hold neither a phone number nor an e-mail address, ContactTooLarge if they are
    larger than policy.CONTACT_BYTES.
    """
    if not (facts.get("phone_number") or facts.get("email")):
        raise UnreachableContact
    if len(written(facts).encode()) > policy.CONTACT_BYTES:
        raise ContactTooLarge(max(facts, key=lambda name: len(facts[name].encode())))
    return facts


def written(facts: Mapping[str, str]) -> str:
    """Return the facts of a contact as one JSON text."""
    return json.dumps(dict(facts), separators=(",", ":"), ensure_ascii=False)


def contact_id(account_id: str, generation: int, *, now: datetime, chance: str) -> str:
    """Return an id that sorts by generation, then by time. *chance* are CHANCE_CHARACTERS random characters."""
    moment = int(now.timestamp() * 1000)
    return f"{account_id}{in_base62(generation, GENERATION_CHARACTERS)}{in_base62(moment, TIME_CHARACTERS)}{chance}"


def generation_of(contact_id: str) -> int:
    """Return the generation in a contact's id, whatever it is for text that is no contact's id."""
    return from_base62(contact_id[ACCOUNT_CHARACTERS : ACCOUNT_CHARACTERS + GENERATION_CHARACTERS])


def hints(facts: Mapping[str, str]) -> str:
    """Return a short digest of each fact in HINTED, so that most contacts need not be read to be filtered out."""
    return "".join(hint(facts.get(name, "").casefold()) for name in HINTED)


def hint(value: str) -> str:
    """Return a digest of HINT_CHARACTERS. Different values may have the same one."""
    return sha256(value.encode()).hexdigest()[:HINT_CHARACTERS] if value else "0" * HINT_CHARACTERS


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

    def may_take(self, hints: str) -> bool:
        """Whether a contact with these `hints` may be among those that are wanted."""
        for place, name in enumerate(HINTED):
            begin = place * HINT_CHARACTERS
            if name in self.facts and hints[begin : begin + HINT_CHARACTERS] not in map(hint, self.facts[name]):
                return False
        return True

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
