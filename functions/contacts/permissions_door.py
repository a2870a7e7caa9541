"""The door of permissions: which sub-user may read, change and send to which contact group."""

from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contacts import responses, share_groups_flow
from contacts.requests import CreatePermissionRequest, PermissionRequest
from shared.domain.logins import canonical
from shared.errors import NoSuchGroup, Outrun, PermissionUnknown
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes

routes = Routes()

PERMISSIONS = "/contacts/groups/{group_id}/permissions"
PERMISSION = "/contacts/groups/{group_id}/permissions/{username}"


@routes.get(PERMISSIONS, refuses=[NoSuchGroup])
def get_permissions(principal: Principal, group_id: str) -> responses.PermissionsResponse:
    """List the permissions for a group. A sub-user sees only their own."""
    found = share_groups_flow.listed(principal, group_id)
    listed = [responses.permission(group_id, login, given) for login, given in sorted(found.items())]
    return responses.PermissionsResponse(size=len(listed), collection=listed)


@routes.post(PERMISSIONS, status=201, success="Granted.", refuses=[NoSuchGroup, PermissionUnknown, Outrun])
def post_permission(
    principal: Principal, group_id: str, request: CreatePermissionRequest, origin: From, now: Now
) -> Response[responses.PermissionResponse]:
    """Grant a sub-user exactly these rights on a group. Only the owner may do this."""
    login = request.username
    given = share_groups_flow.give(principal, group_id, login, request.rights, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@routes.get(PERMISSION, refuses=[NoSuchGroup, PermissionUnknown])
def get_permission(principal: Principal, group_id: str, username: str) -> responses.PermissionResponse:
    """Get the permission of a sub-user for a group."""
    login = _login(username)
    return responses.permission(group_id, login, share_groups_flow.look(principal, group_id, login))


@routes.post(PERMISSION, status=201, success="Granted.", refuses=[NoSuchGroup, PermissionUnknown, Outrun])
def post_permission_of(
    principal: Principal, group_id: str, username: str, request: PermissionRequest, *, origin: From, now: Now
) -> Response[responses.PermissionResponse]:
    """Replace the permission of a sub-user for a group with exactly these rights. Only the owner may do this."""
    login = _login(username)
    given = share_groups_flow.give(principal, group_id, login, request.rights, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@routes.put(PERMISSION, refuses=[NoSuchGroup, PermissionUnknown, Outrun])
def put_permission(
    principal: Principal, group_id: str, username: str, request: PermissionRequest, *, origin: From, now: Now
) -> responses.PermissionResponse:
    """Update the permission of a sub-user for a group. Rights that are left out do not change.

    Only the owner may do this.
    """
    login = _login(username)
    given = share_groups_flow.change(principal, group_id, login, request.rights, origin=origin, now=now)
    return responses.permission(group_id, login, given)


@routes.delete(PERMISSION, status=204, refuses=[NoSuchGroup, PermissionUnknown, Outrun])
def delete_permission(principal: Principal, group_id: str, username: str, origin: From, now: Now) -> Response[None]:
    """Delete the permission of a sub-user for a group. Only the owner may do this."""
    share_groups_flow.take(principal, group_id, _login(username), origin=origin, now=now)
    return Response(204)


def _login(username: str) -> str:
    """Return the login in canonical form. Some clients percent-encode an @."""
    return canonical(unquote(username))
