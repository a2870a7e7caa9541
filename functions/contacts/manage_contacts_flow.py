"""Flows of contacts: create, read, change and delete those that the principal may reach."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from contacts import reach as reaching
from contacts.reach import VisibleContact, free_slot, reach_of_own_groups, shown, still_allowed
from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.contacts import Contact, reachable
from shared.domain.origins import Origin
from shared.storage import contact_tasks, contacts
from shared.storage.engine import again, commit


def create(principal: Principal, facts: Mapping[str, str], groups: Sequence[str], *, now: datetime) -> VisibleContact:
    """Create a contact in *groups*.

    Raises UnreachableContact, ContactTooLarge, ContactExists, ContactQuotaReached, NoSuchGroup, ContactInTooManyGroups,
    and for a sub-user GroupNotYours or GroupNeeded.
    """
    user, facts = principal.user, reachable({name: value for name, value in facts.items() if value})

    def step() -> VisibleContact:
        is_named = user.owner or groups
        reach, state = contacts.reach_of(user, groups) if is_named else reach_of_own_groups(principal)
        contact = Contact(
            user.account_id,
            randomness.contact_id(user.account_id, state.generation, now=now),
            created_at=now,
            updated_at=now,
            facts=facts,
            groups=reach.into(groups),
            created_by="" if user.owner else user.user_id,
        )
        contact = replace(contact, slot=free_slot(principal, reach, state, contact))
        commit(*contacts.adding(contact), *still_allowed(principal, reach, {contact.created_by: 1}))
        return shown(reach.grown(dict.fromkeys(contact.groups, 1)), contact)

    return again(step)


def look(principal: Principal, contact_id: str) -> VisibleContact:
    """Return a contact. Raises ContactUnknown, also for one that the principal may not see."""
    contact, reach, _ = contacts.find(principal.user, contact_id)
    return shown(reach, reach.seen(contact))


def change(principal: Principal, contact_id: str, changes: Mapping[str, str], *, now: datetime) -> VisibleContact:
    """Change the fields in *changes*; an empty value removes a field. Nothing is written if nothing changes.

    Raises ContactUnknown, GroupNotYours, UnreachableContact, ContactTooLarge, ContactExists or ContactQuotaReached.
    """

    def step() -> VisibleContact:
        contact, reach, state = contacts.find(principal.user, contact_id)
        before = reach.changeable(contact)
        after = before.told(changes, now=now)
        if after != before:
            if after.number != before.number:
                after = replace(after, slot=free_slot(principal, reach, state, after))
            commit(*contacts.changing(before, after, reach.living(before)), *still_allowed(principal, reach))
        return shown(reach, after)

    return again(step)


def delete(principal: Principal, contact_id: str) -> None:
    """Delete a contact. Raises ContactUnknown or GroupNotYours."""

    def step() -> None:
        contact, reach, _ = contacts.find(principal.user, contact_id)
        reaching.remove(principal, reach, [reach.changeable(contact)])

    again(step)


def delete_all(owner: Principal, *, origin: Origin, now: datetime) -> None:
    """Delete every contact of the account: all are gone with one transaction, and a task removes their rows."""

    def step() -> None:
        _, state = contacts.reach_of(owner.user)
        if state.held:
            sweeping = contact_tasks.new(state.account_id, "sweep")
            note = owner.noting(Event.CONTACTS_DELETED, origin, now=now)
            commit(contacts.beginning_anew(state), contact_tasks.leaving(sweeping), note, *owner.still_allowed())

    again(step)
