"""The door to groups of contacts."""

from aws_lambda_powertools.event_handler import Response

from contacts import manage_groups_flow, responses
from contacts.requests import GroupChanges, GroupEnd, GroupOrder
from shared.errors import GroupExists, GroupQuotaReached, NoSuchGroup, Outrun
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes

routes = Routes()

GROUPS, GROUP = "/contacts/groups", "/contacts/groups/{group_id}"


@routes.get(GROUPS)
def get_groups(principal: Principal) -> responses.Groups:
    """Which groups are there, that I may do anything with?"""
    found = manage_groups_flow.listed(principal)
    return responses.Groups(size=len(found), collection=[responses.shared(one) for one in found])


@routes.post(GROUPS, status=201, yes="Made.", refuses=[GroupExists, GroupQuotaReached, Outrun])
def post_group(principal: Principal, order: GroupOrder, now: Now) -> Response[responses.GroupView]:
    """Make a group, with a name that no other has. Only the account's owner may."""
    return Response(201, JSON, responses.shared(manage_groups_flow.create(principal, order.facts, now=now)))


@routes.get(GROUP, refuses=[NoSuchGroup])
def get_group(principal: Principal, group_id: str) -> responses.GroupView:
    """What is this group, how many are in it, and who may use it?"""
    return responses.shared(manage_groups_flow.look(principal, group_id))


@routes.put(GROUP, refuses=[NoSuchGroup, GroupExists, GroupQuotaReached, Outrun])
def put_group(principal: Principal, group_id: str, changes: GroupChanges, now: Now) -> responses.GroupView:
    """Change what a group is called. What is left out stays. Only the account's owner may."""
    return responses.shared(manage_groups_flow.change(principal, group_id, changes.facts, now=now))


@routes.delete(GROUP, status=204, refuses=[NoSuchGroup, Outrun])
def delete_group(principal: Principal, group_id: str, end: GroupEnd, origin: From, now: Now) -> Response[None]:
    """Delete a group, and the contacts in it where `delete_contacts` says so. Only the account's owner may."""
    manage_groups_flow.delete(principal, group_id, with_contacts=end.delete_contacts, origin=origin, now=now)
    return Response(204)
