"""The door to what is shared with whom: which sub-user may read, change and send to which group."""

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from contacts import responses, share_groups_flow
from contacts.requests import Rights, RightsOfUser
from shared.domain.logins import canonical
from shared.errors import NoSuchGroup, PermissionUnknown, TooManyGroups
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.openapi import DONE, GRANTED, either, wire_refusals

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools has no types here

ASKERS = either("contacts")
MADE: dict[int, Any] = {201: {"description": "Given."}}
PERMISSIONS = "/contacts/groups/<group_id>/permissions"
PERMISSION = "/contacts/groups/<group_id>/permissions/<username>"
LOOKING = (NoSuchGroup, PermissionUnknown)
GIVING = (*LOOKING, TooManyGroups)


@router.get(PERMISSIONS, security=ASKERS, responses=GRANTED | wire_refusals(PERMISSIONS, NoSuchGroup))
def get_permissions(principal: Principal, group_id: str) -> responses.Permissions:
    """Who may do what with this group? A sub-user is told what he may himself."""
    found = share_groups_flow.listed(principal, group_id)
    listed = [responses.permission(group_id, login, given) for login, given in sorted(found.items())]
    return responses.Permissions(size=len(listed), collection=listed)


@router.post(PERMISSIONS, status_code=201, security=ASKERS, responses=MADE | wire_refusals(PERMISSIONS, *GIVING))
def post_permission(
    principal: Principal, group_id: str, rights: RightsOfUser, origin: From, now: Now
) -> Response[responses.PermissionView]:
    """Give a sub-user exactly these rights. Only the account's owner may."""
    login = rights.username
    given = share_groups_flow.give(principal, group_id, login, rights.given, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@router.get(PERMISSION, security=ASKERS, responses=GRANTED | wire_refusals(PERMISSION, *LOOKING))
def get_permission(principal: Principal, group_id: str, username: str) -> responses.PermissionView:
    """What may he do with this group?"""
    login = _login(username)
    return responses.permission(group_id, login, share_groups_flow.look(principal, group_id, login))


@router.post(PERMISSION, status_code=201, security=ASKERS, responses=MADE | wire_refusals(PERMISSION, *GIVING))
def post_permission_of(
    principal: Principal, group_id: str, username: str, rights: Rights, *, origin: From, now: Now
) -> Response[responses.PermissionView]:
    """Give a sub-user exactly these rights. Only the account's owner may."""
    login = _login(username)
    given = share_groups_flow.give(principal, group_id, login, rights.given, origin=origin, now=now)
    return Response(201, JSON, responses.permission(group_id, login, given))


@router.put(PERMISSION, security=ASKERS, responses=GRANTED | wire_refusals(PERMISSION, *GIVING))
def put_permission(
    principal: Principal, group_id: str, username: str, rights: Rights, *, origin: From, now: Now
) -> responses.PermissionView:
    """Change what a sub-user may do with this group. What is left out stays. Only the account's owner may."""
    login = _login(username)
    given = share_groups_flow.change(principal, group_id, login, rights.given, origin=origin, now=now)
    return responses.permission(group_id, login, given)


@router.delete(PERMISSION, status_code=204, security=ASKERS, responses=DONE | wire_refusals(PERMISSION, *LOOKING))
def delete_permission(principal: Principal, group_id: str, username: str, origin: From, now: Now) -> Response[None]:
    """Take everything back that a sub-user might do with this group. Only the account's owner may."""
    share_groups_flow.take(principal, group_id, _login(username), origin=origin, now=now)
    return Response(204)


def _login(username: str) -> str:
    """Some clients write an @ in percents."""
    return canonical(unquote(username))
