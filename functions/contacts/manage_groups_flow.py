"""Flows of contact groups: the account's owner creates, changes and deletes them; whoever may use one may read it."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts import tasks_flow
from contacts.reach import reach_of_own_groups
from shared import policy
from shared.auth.principals import Principal
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.contact_access import Directory, Group, Permission, Reach
from shared.domain.origins import Origin
from shared.errors import DeletionsPending, Outrun, Unavailable
from shared.storage import contact_tasks, contacts, groups, users
from shared.storage.engine import again, commit


@dataclass(frozen=True)
class SharedGroup:
    """A group, its size, and what sub-users may do with it by login, as far as the principal may know."""

    group: Group
    permissions: Mapping[str, Permission]
    size: int


def listed(principal: Principal, *, names: Collection[str] | None, ids: Collection[str] | None) -> list[SharedGroup]:
    """Return the groups that the principal has any permission for, in the order of their names.

    Only those with one of *names* and one of *ids*; None does not limit them.
    """
    reach, _ = reach_of_own_groups(principal)
    meant = [
        group
        for group in reach.groups.values()
        if reach.permission(group.group_id)
        and (names is None or group.name in names)
        and (ids is None or group.group_id in ids)
    ]
    return _with_permissions(principal, reach, sorted(meant, key=lambda group: group.name))


def look(principal: Principal, group_id: str) -> SharedGroup:
    """Return a group. Raises NoSuchGroup, also without any permission for it."""
    reach, _ = contacts.reach_of(principal.user, [group_id])
    return _with_permissions(principal, reach, [reach.group(group_id)])[0]


def create(owner: Principal, facts: Mapping[str, Any], *, now: datetime) -> SharedGroup:
    """Create a group; *facts* are fields of `Group` by name. Raises GroupExists or GroupQuotaReached."""
    account_id = owner.user.account_id
    group = Group(
        account_id,
        randomness.record_id(account_id),
        created_at=now,
        updated_at=now,
        created_by=owner.user.login,
        **facts,
    )
    permissions = _by_login(owner, [group])[group.group_id]
    commit(*groups.adding(group), *owner.still_allowed())
    return SharedGroup(group, permissions, size=0)


def change(owner: Principal, group_id: str, facts: Mapping[str, Any], *, now: datetime) -> SharedGroup:
    """Change the fields in *facts*. Raises NoSuchGroup or GroupExists."""

    def step() -> SharedGroup:
        reach, _ = contacts.reach_of(owner.user, [group_id])
        before = reach.group(group_id)
        shown = _with_permissions(owner, reach, [before])[0]
        after = replace(before, **facts)
        if after != before:
            after = replace(after, updated_at=now)
            commit(*groups.changing(before, after), *owner.still_allowed())
        return replace(shown, group=after)

    return again(step)


def delete(owner: Principal, group_id: str, *, with_contacts: bool, origin: Origin, now: datetime) -> int:
    """Delete a group, with its contacts if *with_contacts*. Raises NoSuchGroup or DeletionsPending.

    Group and contacts are gone at once. Return how many contacts a task has still to remove: none if they are at most
    policy.CONTACTS_CHANGED_AT_ONCE. Contacts keep the id of a deleted group; it is never used again and counts as none.
    """

    def step() -> tuple[contact_tasks.ContactTask, int]:
        reach, state = contacts.reach_of(owner.user, [group_id])
        group = reach.group(group_id)
        task = contact_tasks.new(state.account_id, "delete" if with_contacts else "ungroup", group_id=group_id)
        writes = [*groups.removing(group), contact_tasks.leaving(task)]
        writes.append(owner.noting(Event.GROUP_DELETED, origin, now=now, about=group_id))
        if with_contacts:
            if len(state.doomed) >= policy.CONTACT_TASKS_DOOMED:
                raise DeletionsPending
            writes.append(contacts.dooming(state, group_id))
            writes.append(owner.noting(Event.CONTACTS_DELETED, origin, now=now, about=group_id))
        commit(*writes, *owner.still_allowed())
        return task, reach.size_of(group)

    task, size = again(step)
    if not with_contacts:
        return 0
    if size <= policy.CONTACTS_CHANGED_AT_ONCE:
        with suppress(Outrun, Unavailable):  # all is decided and stored: the schedule does what is left here
            tasks_flow.run(task, now=now)
            return 0
    return size


def permissions_of(
    principal: Principal, directory: Directory, wanted: Iterable[Group]
) -> dict[str, dict[str, Permission]]:
    """Return the permissions of sub-users in *directory*, by group id and login. A sub-user gets only their own.

    Permissions of deleted users are left out. For an owner it takes one round trip if anything is shared.
    """
    found = {group.group_id: directory.permissions(group.group_id) for group in wanted}
    logins = {principal.user.user_id: principal.user.login}
    if principal.user.owner:
        people = users.of_account(principal.user.account_id) if any(found.values()) else []
        logins = {user.user_id: user.login for user in people if not user.owner}
    return {
        group_id: {logins[user_id]: given for user_id, given in given_to.items() if user_id in logins}
        for group_id, given_to in found.items()
    }


def _by_login(
    principal: Principal, wanted: Iterable[Group], reach: Reach | None = None
) -> dict[str, dict[str, Permission]]:
    shares = (
        groups.shared(principal.user.account_id)
        if principal.user.owner or reach is None
        else {principal.user.user_id: reach.shares}
    )
    return permissions_of(principal, Directory(shares=shares), wanted)


def _with_permissions(principal: Principal, reach: Reach, wanted: list[Group]) -> list[SharedGroup]:
    permissions = _by_login(principal, wanted, reach) if wanted else {}
    return [SharedGroup(group, permissions[group.group_id], reach.size_of(group)) for group in wanted]
