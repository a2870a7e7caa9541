"""The story of what is shared with whom: the account's owner decides, and a sub-user is told his own."""

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
    """By login. Raises NoSuchGroup."""
    reach = reach_of(principal)
    return permissions_of(principal, reach.directory, [reach.group(group_id)])[group_id]


def look(principal: Principal, group_id: str, login: str) -> Permission:
    """Raises NoSuchGroup, and PermissionUnknown for nobody's login and for a colleague's alike."""
    if not principal.user.owner:
        own = listed(principal, group_id)
        if login not in own:
            raise PermissionUnknown
        return own[login]
    directory, group, holder = _find(principal, group_id, login)
    return _given(directory, group, holder)


def give(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Exactly *rights*, whatever he had. Raises NoSuchGroup, PermissionUnknown, TooManyGroups."""

    def step() -> Permission:
        directory, group, holder = _find(owner, group_id, login)
        return _set(owner, directory, group, holder, Permission(**rights), origin=origin, now=now)

    return again(step)


def change(
    owner: Principal, group_id: str, login: str, rights: Mapping[str, bool], *, origin: Origin, now: datetime
) -> Permission:
    """Only those of *rights* that are named. Raises NoSuchGroup, PermissionUnknown where he has none to be changed."""

    def step() -> Permission:
        directory, group, holder = _find(owner, group_id, login)
        _given(directory, group, holder)
        permission = replace(group.shared.get(holder.user_id, NOTHING), **rights)
        return _set(owner, directory, group, holder, permission, origin=origin, now=now)

    return again(step)


def take(owner: Principal, group_id: str, login: str, *, origin: Origin, now: datetime) -> None:
    """What he may by the flag `phonebook` stays. Raises NoSuchGroup, PermissionUnknown."""

    def step() -> None:
        directory, group, holder = _find(owner, group_id, login)
        if holder.user_id not in group.shared:
            raise PermissionUnknown
        _set(owner, directory, group, holder, None, origin=origin, now=now)

    again(step)


def _find(owner: Principal, group_id: str, login: str) -> tuple[Directory, Group, Login]:
    """All in one round trip. Raises NoSuchGroup, PermissionUnknown: nothing is given to the owner himself."""
    directory, holder = groups.find_with_login(owner.user.account_id, login)
    group = directory.find(group_id)
    if holder is None or holder.user_id == owner.user.user_id:
        raise PermissionUnknown
    return directory, group, holder


def _given(directory: Directory, group: Group, holder: Login) -> Permission:
    if holder.user_id not in directory.holders(group):
        raise PermissionUnknown
    return directory.permission(group, holder.user_id)


def _set(
    owner: Principal,
    before: Directory,
    group: Group,
    holder: Login,
    permission: Permission | None,
    *,
    origin: Origin,
    now: datetime,
) -> Permission:
    """None takes it away. What he may do then, by whatever right; the entry says what was decided."""
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
