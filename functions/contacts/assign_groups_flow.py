"""Flows of group membership: put contacts into groups and take them out, one by one or all that match a filter."""

from collections.abc import Collection
from datetime import datetime

from contacts import tasks_flow
from contacts.list_contacts_flow import visible
from contacts.reach import SizedGroup, VisibleContact, in_transactions, shown, still_allowed
from shared import policy
from shared.auth.principals import Principal
from shared.domain.contact_access import Group, Reach, not_too_many
from shared.domain.contacts import Contact, ContactMove, Filter
from shared.errors import FilterNeeded, NoSuchGroup, NotAMember
from shared.storage import contact_tasks, contacts
from shared.storage.engine import again, commit


def groups_of(principal: Principal, contact_id: str) -> VisibleContact:
    """Return a contact with its groups. Raises ContactUnknown."""
    contact, reach, _ = contacts.find(principal.user, contact_id)
    return shown(reach, reach.seen(contact))


def look(principal: Principal, contact_id: str, group_id: str) -> SizedGroup:
    """Return a group that the contact is in. Raises ContactUnknown or NoSuchGroup."""
    contact, reach, _ = contacts.find(principal.user, contact_id, [group_id])
    seen, group = reach.seen(contact), reach.group(group_id)
    if group_id not in seen.groups or not reach.shows(group_id):
        raise NoSuchGroup
    return SizedGroup(group, reach.size_of(group))


def member(principal: Principal, group_id: str, contact_id: str) -> VisibleContact:
    """Return a contact that is in the group. Raises NoSuchGroup or NotAMember."""
    contact, reach, _ = contacts.find(principal.user, contact_id, [group_id])
    return shown(reach, _member(reach, contact, reach.group(group_id)))


def assign(
    principal: Principal, contact_id: str, group_ids: Collection[str], *, now: datetime
) -> tuple[VisibleContact, bool]:
    """Add the contact to groups. Return it, and whether it was missing from any of them before.

    Raises ContactUnknown, NoSuchGroup, GroupNotYours or ContactInTooManyGroups.
    """

    def step() -> tuple[VisibleContact, bool]:
        contact, reach, _ = contacts.find(principal.user, contact_id, group_ids)
        before = reach.changeable(contact)
        wanted = frozenset(reach.writable(group_id).group_id for group_id in group_ids)
        after = before.moved(not_too_many(reach.living(before) | wanted), now=now)
        return shown(_commit(principal, before, after, reach), after), not wanted <= before.groups

    return again(step)


def take_out(principal: Principal, contact_id: str, group_id: str, *, now: datetime) -> None:
    """Remove the contact from a group. Needs no permission for the contact's other groups: these stay as they are.

    Raises ContactUnknown, NoSuchGroup or GroupNotYours.
    """

    def step() -> None:
        contact, reach, _ = contacts.find(principal.user, contact_id, [group_id])
        before, group = reach.seen(contact), reach.writable(group_id)
        if group.group_id not in before.groups:
            raise NoSuchGroup
        _leave(principal, before, group, reach, now=now)

    again(step)


def take_member_out(principal: Principal, group_id: str, contact_id: str, *, now: datetime) -> None:
    """Do what `take_out` does. Raises NoSuchGroup, GroupNotYours or NotAMember."""

    def step() -> None:
        contact, reach, _ = contacts.find(principal.user, contact_id, [group_id])
        group = reach.writable(group_id)
        _leave(principal, _member(reach, contact, group), group, reach, now=now)

    again(step)


def move_all(principal: Principal, group_id: str, wanted: Filter, move: ContactMove, *, now: datetime) -> int:
    """Apply *move* to every contact that matches *wanted* and that the principal may move; others are left out.

    Return how many are left to be moved: a task does it if they are more than policy.CONTACTS_CHANGED_AT_ONCE. Raises
    NoSuchGroup, GroupNotYours, or FilterNeeded for an empty filter.
    """
    if wanted.is_empty:
        raise FilterNeeded

    def step() -> int:
        reach, found = visible(principal, wanted, group_id)
        reach.writable(group_id)
        changes = list(tasks_flow.moves(reach, move, group_id, found, now=now))
        if len(changes) > policy.CONTACTS_CHANGED_AT_ONCE:
            ids = [before.contact_id for before, _ in changes]
            tasks = contact_tasks.moves(move, principal.user, group_id, ids)
            commit(*map(contact_tasks.leaving, tasks), *still_allowed(principal, reach))
            return len(ids)
        for some in in_transactions(changes):
            commit(*contacts.changing_all(some, frozenset(reach.groups)), *still_allowed(principal, reach))
        return 0

    return again(step)


def _member(reach: Reach, contact: Contact | None, group: Group) -> Contact:
    """Return the contact. Raises NotAMember if it is not in the group or the user may not see it."""
    is_known = contact is not None and reach.sees(contact) and reach.shows(group.group_id)
    if contact is None or not is_known or group.group_id not in contact.groups:
        raise NotAMember
    return contact


def _leave(principal: Principal, before: Contact, group: Group, reach: Reach, *, now: datetime) -> None:
    """Store the contact without the group."""
    _commit(principal, before, before.moved(reach.living(before) - {group.group_id}, now=now), reach)


def _commit(principal: Principal, before: Contact, after: Contact, reach: Reach) -> Reach:
    """Store the contact if it changed, and return the reach with the new sizes of its groups."""
    living = reach.living(before)
    if after != before:
        commit(*contacts.changing(before, after, living), *still_allowed(principal, reach))
    return reach.grown(contacts.moved(before, after, living))
