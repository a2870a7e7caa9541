"""The story of contacts: listed, made, shown, changed and deleted, each only by whoever may reach it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched

from contacts.reach import Shown, find, reach_of, shown, still_allowed
from shared import policy
from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.contacts import Contact, Filter, ordered, reachable
from shared.domain.origins import Origin
from shared.storage import contacts
from shared.storage.engine import Write, again, commit


def listed(principal: Principal, wanted: Filter, *, order: str, offset: int, limit: int) -> tuple[int, list[Shown]]:
    """How many there are that he may see, and those of the page."""
    reach = reach_of(principal)
    if wanted.groups:
        wanted = replace(wanted, groups=wanted.groups & reach.ids("read"))
        if not wanted.groups:
            return 0, []
    every = [contact for page in contacts.pages(principal.user.account_id) for contact in page]
    found = [contact for contact in every if reach.sees(contact) and wanted.takes(contact)]
    page = ordered(found, order)[offset : offset + limit]
    return len(found), [shown(reach, contact) for contact in page]


def create(principal: Principal, facts: Mapping[str, str], groups: Sequence[str], *, now: datetime) -> Shown:
    """Raises UnreachableContact, ContactExists, TooManyContacts, and for sub-users NoSuchGroup, GroupNotYours,
    GroupNeeded.
    """
    facts = reachable({name: value for name, value in facts.items() if value})

    def step() -> Shown:
        reach = reach_of(principal)
        account_id = principal.user.account_id
        contact = Contact(account_id, randomness.record_id(account_id), now, now, facts, reach.into(groups))
        commit(*contacts.adding(contact), *still_allowed(principal, reach))
        return shown(reach, contact)

    return again(step)


def look(principal: Principal, contact_id: str) -> Shown:
    """Raises ContactUnknown."""
    contact, reach = find(principal, contact_id)
    return shown(reach, reach.seen(contact))


def change(principal: Principal, contact_id: str, changes: Mapping[str, str], *, now: datetime) -> Shown:
    """Only what is sent is another; what changes nothing is written nowhere.

    Raises ContactUnknown, GroupNotYours, UnreachableContact, ContactExists.
    """

    def step() -> Shown:
        contact, reach = find(principal, contact_id)
        before = reach.changeable(contact)
        after = before.told(changes, now=now)
        if after != before:
            commit(*contacts.changing(before, after), *still_allowed(principal, reach))
        return shown(reach, after)

    return again(step)


def delete(principal: Principal, contact_id: str) -> None:
    """Raises ContactUnknown, GroupNotYours."""

    def step() -> None:
        contact, reach = find(principal, contact_id)
        commit(*contacts.removing(reach.changeable(contact)), *still_allowed(principal, reach))

    again(step)


def delete_all(owner: Principal, *, origin: Origin, now: datetime) -> None:
    note = owner.noting(Event.CONTACTS_DELETED, origin, now=now)
    delete_where(owner, lambda _: True, note)


def delete_where(owner: Principal, is_meant: Callable[[Contact], bool], note: Write) -> None:
    """Every contact that *is_meant*, a batch at a time. The first takes *note* along; without any it is not written.

    Whoever dies in the middle leaves the rest as it was, and asks once more.
    """
    notes = [note]

    def step() -> None:
        for page in contacts.pages(owner.user.account_id):
            for some in batched(filter(is_meant, page), policy.CONTACTS_AT_A_TIME, strict=False):
                commit(*contacts.removing(*some), *notes, *owner.still_allowed())
                notes.clear()

    again(step)
