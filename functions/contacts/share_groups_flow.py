"""Flows of group permissions: the account's owner sets what a sub-user may do; a sub-user reads their own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from contacts.manage_groups_flow import look as look_up
from shared import policy
from shared.auth.principals import Principal
from shared.domain.activity import Event
from shared.domain.contact_access import NOTHING, Group, Permission, Shares
from shared.domain.identifiers import account_of
from shared.domain.origins import Origin
from shared.errors import NoSuchGroup, PermissionUnknown
from shared.storage import groups
from shared.storage.engine import again, commit


def listed(principal: Principal, group_id: str) -> Mapping[str, Permission]:
    """Return the permissions for a group, by login. Raises NoSuchGroup."""
    return look_up(principal, group_id).permissions


def look(principal: Principal, group_id: str, login: str) -> Permission:
    """Return the permission of the sub-user *login*. Raises NoSuchGroup or PermissionUnknown."""
    if not principal.user.owner:
        # Another sub-user's login gets the same answer as an unknown one, so logins cannot be probed.
        own = listed(principal, group_id)
        if login not in own:
            raise PermissionUnknown
        return own[login]
    group, shares = _find(principal, group_id, login)
    return _present_permission(shares, group)


def give(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Set the sub-user's permission to exactly *rights*. Raises NoSuchGroup or PermissionUnknown."""

    def step() -> Permission:
        group, shares = _find(owner, group_id, login)
        return _store(owner, group, shares, Permission(**rights), origin=origin, now=now)

    return again(step)


def change(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Change only the rights named. Raises NoSuchGroup, or PermissionUnknown if the sub-user has no permission yet."""

    def step() -> Permission:
        group, shares = _find(owner, group_id, login)
        _present_permission(shares, group)
        permission = replace(shares.given.get(group.group_id, NOTHING), **rights)
        return _store(owner, group, shares, permission, origin=origin, now=now)

    return again(step)


def take(owner: Principal, group_id: str, login: str, *, origin: Origin, now: datetime) -> None:
    """Remove the sub-user's permission for this group. What the flag `phonebook` gives for all groups stays.

    Raises NoSuchGroup or PermissionUnknown.
    """

    def step() -> None:
        group, shares = _find(owner, group_id, login)
        if group.group_id not in shares.given:
            raise PermissionUnknown
        _store(owner, group, shares, None, origin=origin, now=now)

    again(step)


def _find(owner: Principal, group_id: str, login: str) -> tuple[Group, Shares]:
    """Return a group, and what is shared with a sub-user, in two round trips.

    Raises NoSuchGroup, or PermissionUnknown for an unknown login and for the owner's own.
    """
    group, holder = groups.find_with_login(owner.user.account_id, group_id, login)
    if group is None:
        raise NoSuchGroup
    if holder is None or holder.user_id == owner.user.user_id:
        raise PermissionUnknown
    return group, groups.shares_of(holder.user_id)


def _present_permission(shares: Shares, group: Group) -> Permission:
    """Return the sub-user's present permission. Raises PermissionUnknown if they have none."""
    if not shares.everywhere and group.group_id not in shares.given:
        raise PermissionUnknown
    return shares.permission(group.group_id)


def _store(
    owner: Principal,
    group: Group,
    before: Shares,
    permission: Permission | None,
    *,
    origin: Origin,
    now: datetime,
) -> Permission:
    """Store *permission*, None to remove it, and return what the sub-user may do then.

    The result includes what the flag `phonebook` gives; the activity entry holds only what was decided here.
    """
    after = before.changed(group.group_id, permission)
    if after != before:
        note = owner.noting(
            Event.GROUP_SHARED,
            origin,
            now=now,
            user_id=before.user_id,
            detail=permission.words if permission else "off",
            about=group.group_id,
        )
        standing = [groups.being(group.group_id), groups.being_user(before.user_id), *owner.still_allowed()]
        commit(groups.storing_shares(before, _of_living_groups(after)), note, *standing)
    return after.permission(group.group_id)


def _of_living_groups(shares: Shares) -> Shares:
    """Return the shares without those of deleted groups, if they are more than an account has groups."""
    if len(shares.given) <= policy.GROUPS_PER_ACCOUNT:
        return shares
    living = groups.known(account_of(shares.user_id), shares.given)
    return replace(shares, given={one: given for one, given in shares.given.items() if one in living})
