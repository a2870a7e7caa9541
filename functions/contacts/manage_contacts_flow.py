"""Flows of contacts: list, create, read, change and delete those that the principal may reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched

from contacts.reach import VisibleContact, find, reach_of, shown, still_allowed
from shared import policy
from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.contacts import Contact, Filter, ordered, reachable
from shared.domain.origins import Origin
from shared.storage import contacts
from shared.storage.engine import Write, again, commit


def listed(
    principal: Principal, wanted: Filter, *, order: str, offset: int, limit: int
) -> tuple[int, list[VisibleContact]]:
    """Return how many visible contacts match, and those of the page."""
    reach = reach_of(principal)
    if wanted.groups is not None:
        # A filter by a group that the principal may not read would tell who is in it.
        wanted = replace(wanted, groups=wanted.groups & reach.ids("read"))
        if not wanted.groups:
            return 0, []
    every = [contact for page in contacts.pages(principal.user.account_id) for contact in page]
    found = [contact for contact in every if reach.sees(contact) and wanted.takes(contact)]
    page = ordered(found, order)[offset : offset + limit]
    return len(found), [shown(reach, contact) for contact in page]


def create(principal: Principal, facts: Mapping[str, str], groups: Sequence[str], *, now: datetime) -> VisibleContact:
    """Create a contact in *groups*. Raises UnreachableContact, ContactExists, ContactQuotaReached, NoSuchGroup, and
    for a sub-user GroupNotYours or GroupNeeded.
    """
    facts = reachable({name: value for name, value in facts.items() if value})

    def step() -> VisibleContact:
        reach = reach_of(principal)
        account_id = principal.user.account_id
        contact = Contact(account_id, randomness.record_id(account_id), now, now, facts, reach.into(groups))
        commit(*contacts.adding(contact), *still_allowed(principal, reach))
        return shown(reach, contact)

    return again(step)


def look(principal: Principal, contact_id: str) -> VisibleContact:
    """Return a contact. Raises ContactUnknown, also for one that the principal may not see."""
    contact, reach = find(principal, contact_id)
    return shown(reach, reach.seen(contact))


def change(principal: Principal, contact_id: str, changes: Mapping[str, str], *, now: datetime) -> VisibleContact:
    """Change the fields in *changes*; an empty value removes a field. Nothing is written if nothing changes.

    Raises ContactUnknown, GroupNotYours, UnreachableContact or ContactExists.
    """

    def step() -> VisibleContact:
        contact, reach = find(principal, contact_id)
        before = reach.changeable(contact)
        after = before.told(changes, now=now)
        if after != before:
            commit(*contacts.changing(before, after), *still_allowed(principal, reach))
        return shown(reach, after)

    return again(step)


def delete(principal: Principal, contact_id: str) -> None:
    """Delete a contact. Raises ContactUnknown or GroupNotYours."""

    def step() -> None:
        contact, reach = find(principal, contact_id)
        commit(*contacts.removing(reach.changeable(contact)), *still_allowed(principal, reach))

    again(step)


def delete_all(owner: Principal, *, origin: Origin, now: datetime) -> None:
    """Delete every contact of the account."""
    note = owner.noting(Event.CONTACTS_DELETED, origin, now=now)
    delete_where(owner, lambda _: True, note)


def delete_where(owner: Principal, is_meant: Callable[[Contact], bool], note: Write) -> None:
    """Delete every contact that *is_meant*, in transactions of policy.CONTACTS_AT_A_TIME.

    If a request fails in between, the rest stays, and the caller repeats it.
    """
    notes = [note]  # written with the first batch: so it is logged once, and only if something was deleted

    def step() -> None:
        for page in contacts.pages(owner.user.account_id):
            for some in batched(filter(is_meant, page), policy.CONTACTS_AT_A_TIME, strict=False):
                commit(*contacts.removing(*some), *notes, *owner.still_allowed())
                notes.clear()

    again(step)
