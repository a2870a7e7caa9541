"""Flows of group permissions: the account's owner sets what a sub-user may do; a sub-user reads their own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from contacts.manage_groups_flow import permissions_of
from contacts.reach import reach_of
from shared.auth.principals import Principal
from shared.domain.activity import Event
from shared.domain.contact_access import NOTHING, Directory, Group, Permission
from shared.domain.logins import Login
from shared.domain.origins import Origin
from shared.errors import PermissionUnknown
from shared.storage import groups
from shared.storage.engine import again, commit


def listed(principal: Principal, group_id: str) -> Mapping[str, Permission]:
    """Return the permissions for a group, by login. Raises NoSuchGroup."""
    reach = reach_of(principal)
    return permissions_of(principal, reach.directory, [reach.group(group_id)])[group_id]


def look(principal: Principal, group_id: str, login: str) -> Permission:
    """Return the permission of the sub-user *login*. Raises NoSuchGroup or PermissionUnknown."""
    if not principal.user.owner:
        # Another sub-user's login gets the same answer as an unknown one, so logins cannot be probed.
        own = listed(principal, group_id)
        if login not in own:
            raise PermissionUnknown
        return own[login]
    directory, group, holder = _find(principal, group_id, login)
    return _present_permission(directory, group, holder)


def give(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Set the sub-user's permission to exactly *rights*. Raises NoSuchGroup, PermissionUnknown or GroupQuotaReached."""

    def step() -> Permission:
        directory, group, holder = _find(owner, group_id, login)
        return _store(owner, directory, group, holder, Permission(**rights), origin=origin, now=now)

    return again(step)


def change(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Change only the rights named. Raises NoSuchGroup, or PermissionUnknown if the sub-user has no permission yet."""

    def step() -> Permission:
        directory, group, holder = _find(owner, group_id, login)
        _present_permission(directory, group, holder)
        permission = replace(group.shared.get(holder.user_id, NOTHING), **rights)
        return _store(owner, directory, group, holder, permission, origin=origin, now=now)

    return again(step)


def take(owner: Principal, group_id: str, login: str, *, origin: Origin, now: datetime) -> None:
    """Remove the sub-user's permission for this group. What the flag `phonebook` gives for all groups stays.

    Raises NoSuchGroup or PermissionUnknown.
    """

    def step() -> None:
        directory, group, holder = _find(owner, group_id, login)
        if holder.user_id not in group.shared:
            raise PermissionUnknown
        _store(owner, directory, group, holder, None, origin=origin, now=now)

    again(step)


def _find(owner: Principal, group_id: str, login: str) -> tuple[Directory, Group, Login]:
    """Return directory, group and sub-user in one round trip. Raises NoSuchGroup, or PermissionUnknown for an unknown
    login and for the owner's own.
    """
    directory, holder = groups.find_with_login(owner.user.account_id, login)
    group = directory.find(group_id)
    if holder is None or holder.user_id == owner.user.user_id:
        raise PermissionUnknown
    return directory, group, holder


def _present_permission(directory: Directory, group: Group, holder: Login) -> Permission:
    """Return the sub-user's present permission. Raises PermissionUnknown if they have none."""
    if holder.user_id not in directory.holders(group):
        raise PermissionUnknown
    return directory.permission(group, holder.user_id)


def _store(
    owner: Principal,
    before: Directory,
    group: Group,
    holder: Login,
    permission: Permission | None,
    *,
    origin: Origin,
    now: datetime,
) -> Permission:
    """Store *permission*, None to remove it, and return what the sub-user may do then.

    The result includes what the flag `phonebook` gives; the activity entry holds only what was decided here.
    """
    others = {user_id: one for user_id, one in group.shared.items() if user_id != holder.user_id}
    given = {holder.user_id: permission} if permission is not None else {}
    group = replace(group, shared=others | given)
    after = before.changed(group)
    if after != before:
        note = owner.noting(
            Event.GROUP_SHARED,
            origin,
            now=now,
            user_id=holder.user_id,
            detail=permission.words if permission else "off",
            about=group.group_id,
        )
        commit(groups.swapping(before, after), note, *owner.still_allowed())
    return after.permission(group, holder.user_id)
