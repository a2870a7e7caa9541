"""The door of contact groups."""

from aws_lambda_powertools.event_handler import Response

from contacts import manage_groups_flow, responses
from contacts.requests import CreateGroupRequest, DeleteGroupRequest, ListGroupsRequest, UpdateGroupRequest
from shared.errors import DeletionsPending, GroupExists, GroupQuotaReached, NoSuchGroup, Outrun
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes

routes = Routes()

GROUPS, GROUP = "/contacts/groups", "/contacts/groups/{group_id}"


@routes.get(GROUPS)
def get_groups(principal: Principal, request: ListGroupsRequest) -> responses.GroupsResponse:
    """List contact groups: for the owner all, for a sub-user those that they have any permission for.

    `name`, `id` and `group_id` leave out all others.
    """
    found = manage_groups_flow.listed(principal, names=request.names, ids=request.ids)
    collection = [responses.shared(one) for one in found]
    return responses.fitting(responses.GroupsResponse(size=len(found), collection=collection), "name")


@routes.post(GROUPS, status=201, success="Created.", refuses=[GroupExists, GroupQuotaReached, Outrun])
def post_group(principal: Principal, request: CreateGroupRequest, now: Now) -> Response[responses.GroupResponse]:
    """Create a contact group. Only the owner may do this, and no other group may have its name."""
    return Response(201, JSON, responses.shared(manage_groups_flow.create(principal, request.facts, now=now)))


@routes.get(GROUP, refuses=[NoSuchGroup])
def get_group(principal: Principal, group_id: str) -> responses.GroupResponse:
    """Get a contact group, its size and its permissions."""
    return responses.shared(manage_groups_flow.look(principal, group_id))


@routes.put(GROUP, refuses=[NoSuchGroup, GroupExists, Outrun])
def put_group(principal: Principal, group_id: str, request: UpdateGroupRequest, now: Now) -> responses.GroupResponse:
    """Update a contact group. What is left out does not change. Only the owner may do this."""
    return responses.shared(manage_groups_flow.change(principal, group_id, request.facts, now=now))


@routes.delete(GROUP, status=204, later=responses.PendingResponse, refuses=[NoSuchGroup, DeletionsPending, Outrun])
def delete_group(
    principal: Principal, group_id: str, request: DeleteGroupRequest, origin: From, now: Now
) -> Response[responses.PendingResponse | None]:
    """Delete a contact group, and its contacts if `delete_contacts` is true. Only the owner may do this.

    The group and its contacts are gone at once. Of many contacts, the rest is removed within minutes: they count in
    `contacts_count` of other groups until then, and messages to those still reach them.
    """
    with_contacts = request.delete_contacts
    left = manage_groups_flow.delete(principal, group_id, with_contacts=with_contacts, origin=origin, now=now)
    return responses.pending_or_done(left)
