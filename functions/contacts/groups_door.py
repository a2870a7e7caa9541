"""The door to groups of contacts."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from contacts import manage_groups_flow, responses
from contacts.requests import GroupChanges, GroupEnd, GroupOrder
from shared.errors import GroupExists, NoSuchGroup, TooManyGroups
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.openapi import DONE, GRANTED, either, wire_refusals

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools has no types here

ASKERS = either("contacts")
MADE: dict[int, Any] = {201: {"description": "Made."}}
GROUPS, GROUP = "/contacts/groups", "/contacts/groups/<group_id>"


@router.get(GROUPS, security=ASKERS, responses=GRANTED | wire_refusals(GROUPS))
def get_groups(principal: Principal) -> responses.Groups:
    """Which groups are there, that I may do anything with?"""
    found = manage_groups_flow.listed(principal)
    return responses.Groups(size=len(found), collection=[responses.shared(one) for one in found])


@router.post(
    GROUPS,
    status_code=201,
    security=ASKERS,
    responses=MADE | wire_refusals(GROUPS, GroupExists, TooManyGroups),
)
def post_group(principal: Principal, order: GroupOrder, now: Now) -> Response[responses.GroupView]:
    """Make a group, with a name that no other has. Only the account's owner may."""
    return Response(201, JSON, responses.shared(manage_groups_flow.create(principal, order.facts, now=now)))


@router.get(GROUP, security=ASKERS, responses=GRANTED | wire_refusals(GROUP, NoSuchGroup))
def get_group(principal: Principal, group_id: str) -> responses.GroupView:
    """What is this group, how many are in it, and who may use it?"""
    return responses.shared(manage_groups_flow.look(principal, group_id))


@router.put(GROUP, security=ASKERS, responses=GRANTED | wire_refusals(GROUP, NoSuchGroup, GroupExists, TooManyGroups))
def put_group(principal: Principal, group_id: str, changes: GroupChanges, now: Now) -> responses.GroupView:
    """Change what a group is called. What is left out stays. Only the account's owner may."""
    return responses.shared(manage_groups_flow.change(principal, group_id, changes.facts, now=now))


@router.delete(GROUP, status_code=204, security=ASKERS, responses=DONE | wire_refusals(GROUP, NoSuchGroup))
def delete_group(principal: Principal, group_id: str, end: GroupEnd, origin: From, now: Now) -> Response[None]:
    """Delete a group, and the contacts in it where `delete_contacts` says so. Only the account's owner may."""
    manage_groups_flow.delete(principal, group_id, with_contacts=end.delete_contacts, origin=origin, now=now)
    return Response(204)
