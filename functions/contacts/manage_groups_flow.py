"""Flows of contact groups: the account's owner creates, changes and deletes them; whoever may use one may read it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts import manage_contacts_flow
from contacts.reach import reach_of
from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.contact_access import Directory, Group, Permission, Reach
from shared.domain.origins import Origin
from shared.storage import contacts, groups, users
from shared.storage.engine import again, commit


@dataclass(frozen=True)
class SharedGroup:
    """A group, and what sub-users may do with it by login, as far as the principal may know.

    `size` is the number of contacts in it; None if it was not counted, or the principal may not read the group.
    """

    group: Group
    permissions: Mapping[str, Permission]
    size: int | None = None


def listed(principal: Principal, *, names: Collection[str] | None, ids: Collection[str] | None) -> list[SharedGroup]:
    """Return the groups that the principal has any permission for, in the order of their names.

    Only those with one of *names* and one of *ids*; None does not limit them.
    """
    reach = reach_of(principal)
    meant = [
        group
        for group in reach.groups
        if (names is None or group.name in names) and (ids is None or group.group_id in ids)
    ]
    return _with_sizes(principal, reach, sorted(meant, key=lambda group: group.name))


def look(principal: Principal, group_id: str) -> SharedGroup:
    """Return a group. Raises NoSuchGroup, also without any permission for it."""
    reach = reach_of(principal)
    return _with_sizes(principal, reach, [reach.group(group_id)])[0]


def create(owner: Principal, facts: Mapping[str, Any], *, now: datetime) -> SharedGroup:
    """Create a group; *facts* are fields of `Group` by name. Raises GroupExists or GroupQuotaReached."""

    def step() -> SharedGroup:
        before = groups.find(owner.user.account_id)
        group = Group(
            group_id=randomness.record_id(before.account_id),
            created_at=now,
            updated_at=now,
            created_by=owner.user.login,
            **facts,
        )
        after = before.having(group)
        commit(groups.swapping(before, after), *owner.still_allowed())
        return SharedGroup(group, permissions_of(owner, after, [group])[group.group_id], size=0)

    return again(step)


def change(owner: Principal, group_id: str, facts: Mapping[str, Any], *, now: datetime) -> SharedGroup:
    """Change the fields in *facts*. Raises NoSuchGroup, GroupExists or GroupQuotaReached."""

    def step() -> SharedGroup:
        before = groups.find(owner.user.account_id)
        group = before.find(group_id)
        after = before.changed(replace(group, **facts))
        if after != before:
            after = after.changed(replace(group, **facts, updated_at=now))
            commit(groups.swapping(before, after), *owner.still_allowed())
        group = after.find(group_id)
        return SharedGroup(group, permissions_of(owner, after, [group])[group_id])

    return again(step)


def delete(owner: Principal, group_id: str, *, with_contacts: bool, origin: Origin, now: datetime) -> None:
    """Delete a group, with its contacts if *with_contacts*. Raises NoSuchGroup.

    Contacts keep the id of a deleted group; it is never used again and counts as none.
    """
    if with_contacts:
        # Contacts first: if the request fails in between, the group is still there and the caller repeats it.
        groups.find(owner.user.account_id).find(group_id)
        note = owner.noting(Event.CONTACTS_DELETED, origin, now=now, about=group_id)
        manage_contacts_flow.delete_where(owner, lambda contact: group_id in contact.groups, note)

    def step() -> None:
        before = groups.find(owner.user.account_id)
        after = before.without(before.find(group_id))
        note = owner.noting(Event.GROUP_DELETED, origin, now=now, about=group_id)
        commit(groups.swapping(before, after), note, *owner.still_allowed())

    again(step)


def permissions_of(
    principal: Principal, directory: Directory, wanted: Collection[Group]
) -> dict[str, Mapping[str, Permission]]:
    """Return the permissions of sub-users, by group id and login. A sub-user gets only their own.

    Permissions of deleted users are left out. For an owner it takes one round trip if anything is shared.
    """
    logins = {principal.user.user_id: principal.user.login}
    if principal.user.owner:
        is_shared = any(directory.holders(group) for group in wanted)
        people = users.of_account(directory.account_id) if is_shared else []
        logins = {user.user_id: user.login for user in people if not user.owner}
    return {group.group_id: _by_login(directory, group, logins) for group in wanted}


def _by_login(directory: Directory, group: Group, logins: Mapping[str, str]) -> Mapping[str, Permission]:
    holders = [user_id for user_id in directory.holders(group) if user_id in logins]
    return {logins[user_id]: directory.permission(group, user_id) for user_id in holders}


def _with_sizes(principal: Principal, reach: Reach, wanted: list[Group]) -> list[SharedGroup]:
    """Return the groups with their sizes, counted in one pass over the account's contacts."""
    permissions = permissions_of(principal, reach.directory, wanted)
    sizes = dict.fromkeys(reach.ids("read") & {group.group_id for group in wanted}, 0)
    for page in contacts.pages(principal.user.account_id) if sizes else ():
        for contact in page:
            for group_id in contact.groups & sizes.keys():
                sizes[group_id] += 1
    return [SharedGroup(group, permissions[group.group_id], sizes.get(group.group_id)) for group in wanted]
