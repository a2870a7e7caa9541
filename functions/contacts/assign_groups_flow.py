"""Flows of group membership: put contacts into groups and take them out, one by one or all that match a filter."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import batched

from contacts.reach import VisibleContact, find, reach_of, shown, still_allowed
from shared import policy
from shared.auth.principals import Principal
from shared.domain.contact_access import Group, Reach
from shared.domain.contacts import Contact, Filter
from shared.errors import FilterNeeded, NoSuchGroup, NotAMember
from shared.storage import contacts
from shared.storage.engine import again, commit

type Move = Callable[[frozenset[str], str], frozenset[str]]
"""Returns a contact's new groups from its present ones and the id of a group."""


def add(groups: frozenset[str], group_id: str) -> frozenset[str]:
    """Add a contact to the group."""
    return groups | {group_id}


def leave(groups: frozenset[str], group_id: str) -> frozenset[str]:
    """Remove a contact from the group."""
    return groups - {group_id}


def be_only_in(_: frozenset[str], group_id: str) -> frozenset[str]:
    """Put a contact into the group, and out of all others."""
    return frozenset({group_id})


def groups_of(principal: Principal, contact_id: str) -> VisibleContact:
    """Return a contact with its groups. Raises ContactUnknown."""
    contact, reach = find(principal, contact_id)
    return shown(reach, reach.seen(contact))


def look(principal: Principal, contact_id: str, group_id: str) -> Group:
    """Return a group that the contact is in. Raises ContactUnknown or NoSuchGroup."""
    contact, reach = find(principal, contact_id)
    seen, group = reach.seen(contact), reach.group(group_id)
    if group_id not in seen.groups:
        raise NoSuchGroup
    return group


def member(principal: Principal, group_id: str, contact_id: str) -> VisibleContact:
    """Return a contact that is in the group. Raises NoSuchGroup or NotAMember."""
    contact, reach = find(principal, contact_id)
    return shown(reach, _member(reach, contact, reach.group(group_id)))


def assign(
    principal: Principal, contact_id: str, group_ids: Sequence[str], *, now: datetime
) -> tuple[VisibleContact, bool]:
    """Add the contact to groups. Return it, and whether it was missing from any of them before.

    Raises ContactUnknown, NoSuchGroup or GroupNotYours.
    """

    def step() -> tuple[VisibleContact, bool]:
        contact, reach = find(principal, contact_id)
        before = reach.changeable(contact)
        wanted = frozenset(reach.writable(group_id).group_id for group_id in group_ids)
        after = before.moved(reach.living(before) | wanted, now=now)
        _commit(principal, before, after, reach)
        return shown(reach, after), not wanted <= before.groups

    return again(step)


def take_out(principal: Principal, contact_id: str, group_id: str, *, now: datetime) -> None:
    """Remove the contact from a group. Needs no permission for the contact's other groups: these stay as they are.

    Raises ContactUnknown, NoSuchGroup or GroupNotYours.
    """

    def step() -> None:
        contact, reach = find(principal, contact_id)
        before, group = reach.seen(contact), reach.writable(group_id)
        if group.group_id not in before.groups:
            raise NoSuchGroup
        _leave(principal, before, group, reach, now=now)

    again(step)


def take_member_out(principal: Principal, group_id: str, contact_id: str, *, now: datetime) -> None:
    """Do what `take_out` does. Raises NoSuchGroup, GroupNotYours or NotAMember."""

    def step() -> None:
        contact, reach = find(principal, contact_id)
        group = reach.writable(group_id)
        _leave(principal, _member(reach, contact, group), group, reach, now=now)

    again(step)


def move_all(principal: Principal, group_id: str, wanted: Filter, move: Move, *, now: datetime) -> None:
    """Apply *move* to every contact that matches *wanted* and that the principal may move; others are left out.

    Raises NoSuchGroup, GroupNotYours, or FilterNeeded for an empty filter.
    """
    if wanted.is_empty:
        raise FilterNeeded

    def step() -> None:
        reach = reach_of(principal)
        reach.writable(group_id)
        for page in contacts.pages(principal.user.account_id):
            meant = [one for one in page if _may_move(reach, one, wanted, move) and wanted.takes(one)]
            moves = [(one, one.moved(move(reach.living(one), group_id), now=now)) for one in meant]
            changes = [(before, after) for before, after in moves if after != before]
            for some in batched(changes, policy.CONTACTS_AT_A_TIME, strict=False):
                writes = [write for before, after in some for write in contacts.changing(before, after)]
                commit(*writes, *still_allowed(principal, reach))

    again(step)


def _may_move(reach: Reach, contact: Contact, wanted: Filter, move: Move) -> bool:
    """Return whether the contact is one to move, apart from the filter's text and fields."""
    # A filter by a group that the principal may not read would tell who is in it.
    if wanted.groups is not None and wanted.groups.isdisjoint(reach.ids("read") & contact.groups):
        return False
    return reach.sees(contact) if move is leave else reach.may_change(contact)


def _member(reach: Reach, contact: Contact | None, group: Group) -> Contact:
    """Return the contact. Raises NotAMember if it is not in the group or the user may not see it."""
    if contact is None or not reach.sees(contact) or group.group_id not in contact.groups:
        raise NotAMember
    return contact


def _leave(principal: Principal, before: Contact, group: Group, reach: Reach, *, now: datetime) -> None:
    """Store the contact without the group."""
    _commit(principal, before, before.moved(leave(reach.living(before), group.group_id), now=now), reach)


def _commit(principal: Principal, before: Contact, after: Contact, reach: Reach) -> None:
    """Store the contact if it changed."""
    if after != before:
        commit(*contacts.changing(before, after), *still_allowed(principal, reach))
