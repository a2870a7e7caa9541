"""The door to what is shared with whom: which sub-user may read, change and send to which group."""

from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contacts import responses, share_groups_flow
from contacts.requests import Rights, RightsOfUser
from shared.domain.logins import canonical
from shared.errors import GroupQuotaReached, NoSuchGroup, Outrun, PermissionUnknown
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes

routes = Routes()

PERMISSIONS = "/contacts/groups/{group_id}/permissions"
PERMISSION = "/contacts/groups/{group_id}/permissions/{username}"


@routes.get(PERMISSIONS, refuses=[NoSuchGroup])
def get_permissions(principal: Principal, group_id: str) -> responses.Permissions:
    """Who may do what with this group? A sub-user is told what he may himself."""
    found = share_groups_flow.listed(principal, group_id)
    listed = [responses.permission(group_id, login, given) for login, given in sorted(found.items())]
    return responses.Permissions(size=len(listed), collection=listed)


@routes.post(PERMISSIONS, status=201, yes="Given.", refuses=[NoSuchGroup, PermissionUnknown, GroupQuotaReached, Outrun])
def post_permission(
    principal: Principal, group_id: str, rights: RightsOfUser, origin: From, now: Now
) -> Response[responses.PermissionView]:
    """Give a sub-user exactly these rights. Only the account's owner may."""
    login = rights.username
    given = share_groups_flow.give(principal, group_id, login, rights.given, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@routes.get(PERMISSION, refuses=[NoSuchGroup, PermissionUnknown])
def get_permission(principal: Principal, group_id: str, username: str) -> responses.PermissionView:
    """What may he do with this group?"""
    login = _login(username)
    return responses.permission(group_id, login, share_groups_flow.look(principal, group_id, login))


@routes.post(PERMISSION, status=201, yes="Given.", refuses=[NoSuchGroup, PermissionUnknown, GroupQuotaReached, Outrun])
def post_permission_of(
    principal: Principal, group_id: str, username: str, rights: Rights, *, origin: From, now: Now
) -> Response[responses.PermissionView]:
    """Give a sub-user exactly these rights. Only the account's owner may."""
    login = _login(username)
    given = share_groups_flow.give(principal, group_id, login, rights.given, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@routes.put(PERMISSION, refuses=[NoSuchGroup, PermissionUnknown, GroupQuotaReached, Outrun])
def put_permission(
    principal: Principal, group_id: str, username: str, rights: Rights, *, origin: From, now: Now
) -> responses.PermissionView:
    """Change what a sub-user may do with this group. What is left out stays. Only the account's owner may."""
    login = _login(username)
    given = share_groups_flow.change(principal, group_id, login, rights.given, origin=origin, now=now)
    return responses.permission(group_id, login, given)


@routes.delete(PERMISSION, status=204, refuses=[NoSuchGroup, PermissionUnknown, Outrun])
def delete_permission(principal: Principal, group_id: str, username: str, origin: From, now: Now) -> Response[None]:
    """Take everything back that a sub-user might do with this group. Only the account's owner may."""
    share_groups_flow.take(principal, group_id, _login(username), origin=origin, now=now)
    return Response(204)


def _login(username: str) -> str:
    """Some clients write an @ in percents."""
    return canonical(unquote(username))
