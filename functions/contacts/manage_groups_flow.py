"""The story of groups: made, named, deleted by the account's owner, and seen by whoever may use them."""

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
    """A group, with what sub-users may do with it by their logins, as far as the asker is to know.

    `size` is None where it was not counted, or is not for him.
    """

    group: Group
    permissions: Mapping[str, Permission]
    size: int | None = None


def listed(principal: Principal) -> list[SharedGroup]:
    """Those that he may do anything with, by name."""
    reach = reach_of(principal)
    return _counted(principal, reach, sorted(reach.groups, key=lambda group: group.name))


def look(principal: Principal, group_id: str) -> SharedGroup:
    """Raises NoSuchGroup."""
    reach = reach_of(principal)
    return _counted(principal, reach, [reach.group(group_id)])[0]


def create(owner: Principal, facts: Mapping[str, Any], *, now: datetime) -> SharedGroup:
    """*facts* are fields of the group by name. Raises GroupExists, TooManyGroups."""

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
    """Only what is sent is another. Raises NoSuchGroup, GroupExists, TooManyGroups."""

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
    """Who was in it is in it no longer, without a write: its id never comes again. Raises NoSuchGroup.

    *with_contacts* they are deleted first, so that whoever dies in the middle can ask once more.
    """
    if with_contacts:
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
    """By group and by login. A sub-user is told of his own; and nobody of those whose users are gone.

    The owner's costs one round trip, where anything is shared.
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


def _counted(principal: Principal, reach: Reach, wanted: list[Group]) -> list[SharedGroup]:
    """The contacts of those whose contacts he may see, in one go through all of them."""
    permissions = permissions_of(principal, reach.directory, wanted)
    sizes = dict.fromkeys(reach.ids("read") & {group.group_id for group in wanted}, 0)
    for page in contacts.pages(principal.user.account_id) if sizes else ():
        for contact in page:
            for group_id in contact.groups & sizes.keys():
                sizes[group_id] += 1
    return [SharedGroup(group, permissions[group.group_id], sizes.get(group.group_id)) for group in wanted]
