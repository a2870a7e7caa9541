"""The door of group membership: the groups of a contact, and the members of a group."""

from dataclasses import replace

from aws_lambda_powertools.event_handler import Response

from contacts import assign_groups_flow, responses
from contacts.requests import ContactFilterRequest, group_ids
from shared.errors import ContactInTooManyGroups, ContactUnknown, GroupNotYours, NoSuchGroup, NotAMember, Outrun
from shared.http.bodies import JSON
from shared.http.dependencies import Now, Principal, SentParameters
from shared.http.routing import Routes

routes = Routes()

OF_CONTACT = "/contacts/{contact_id}/groups"
ONE_OF_CONTACT = "/contacts/{contact_id}/groups/{group_id}"
MEMBERS = "/contacts/groups/{group_id}/members"
MEMBER = "/contacts/groups/{group_id}/members/{contact_id}"


@routes.get(OF_CONTACT, refuses=[ContactUnknown])
def get_groups_of_contact(principal: Principal, contact_id: str) -> responses.GroupsResponse:
    """List the groups of a contact that the caller may see."""
    return responses.bare_groups(assign_groups_flow.groups_of(principal, contact_id))


@routes.post(
    OF_CONTACT,
    status=201,
    success="Added. If the contact was in all of these groups already, the answer is 200 with no groups.",
    refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, ContactInTooManyGroups, Outrun],
)
def post_groups_of_contact(
    principal: Principal, contact_id: str, parameters: SentParameters, now: Now
) -> Response[responses.GroupsResponse]:
    """Add a contact to several groups. Their ids are the values of the parameters `0`, `1` and so on."""
    assigned, is_new = assign_groups_flow.assign(principal, contact_id, group_ids(parameters), now=now)
    if not is_new:
        return Response(200, JSON, responses.GroupsResponse(size=0, collection=[]))
    return Response(201, JSON, responses.bare_groups(assigned))


@routes.get(ONE_OF_CONTACT, refuses=[ContactUnknown, NoSuchGroup])
def get_group_of_contact(principal: Principal, contact_id: str, group_id: str) -> responses.GroupResponse:
    """Get a group of a contact. The answer is 404 if the contact is not in the group."""
    return responses.sized(assign_groups_flow.look(principal, contact_id, group_id))


@routes.put(ONE_OF_CONTACT, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, ContactInTooManyGroups, Outrun])
def put_group_of_contact(principal: Principal, contact_id: str, group_id: str, now: Now) -> responses.GroupsResponse:
    """Add a contact to a group, and list this one group. The contact stays in its other groups."""
    assigned, _ = assign_groups_flow.assign(principal, contact_id, [group_id], now=now)
    return responses.bare_groups(
        replace(assigned, groups=[one for one in assigned.groups if one.group.group_id == group_id])
    )


@routes.delete(ONE_OF_CONTACT, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def delete_group_of_contact(principal: Principal, contact_id: str, group_id: str, now: Now) -> Response[None]:
    """Remove a contact from a group. It is not deleted."""
    assign_groups_flow.take_out(principal, contact_id, group_id, now=now)
    return Response(204)


@routes.get(MEMBER, refuses=[NotAMember, NoSuchGroup])
def get_member(principal: Principal, group_id: str, contact_id: str) -> responses.ContactResponse:
    """Get a member of a group. The answer is 404 if the contact is not in the group."""
    return responses.contact(assign_groups_flow.member(principal, group_id, contact_id))


@routes.put(MEMBER, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, ContactInTooManyGroups, Outrun])
def put_member(principal: Principal, group_id: str, contact_id: str, now: Now) -> responses.ContactResponse:
    """Add a contact to a group. It stays in its other groups."""
    return responses.contact(assign_groups_flow.assign(principal, contact_id, [group_id], now=now)[0])


@routes.delete(MEMBER, status=204, refuses=[NotAMember, NoSuchGroup, GroupNotYours, Outrun])
def delete_member(principal: Principal, group_id: str, contact_id: str, now: Now) -> Response[None]:
    """Remove a contact from a group. It is not deleted."""
    assign_groups_flow.take_member_out(principal, group_id, contact_id, now=now)
    return Response(204)


@routes.post(MEMBERS, status=204, later=responses.PendingResponse, refuses=[NoSuchGroup, GroupNotYours, Outrun])
def post_members(
    principal: Principal, group_id: str, request: ContactFilterRequest, now: Now
) -> Response[responses.PendingResponse | None]:
    """Add all contacts that match the filter to a group. At least one filter is required."""
    return responses.pending_or_done(assign_groups_flow.move_all(principal, group_id, request.filter(), "add", now=now))


@routes.put(MEMBERS, status=204, later=responses.PendingResponse, refuses=[NoSuchGroup, GroupNotYours, Outrun])
def put_members(
    principal: Principal, group_id: str, request: ContactFilterRequest, now: Now
) -> Response[responses.PendingResponse | None]:
    """Move all contacts that match the filter to a group, out of their other groups.

    At least one filter is required.
    """
    return responses.pending_or_done(
        assign_groups_flow.move_all(principal, group_id, request.filter(), "be_only_in", now=now)
    )


@routes.delete(MEMBERS, status=204, later=responses.PendingResponse, refuses=[NoSuchGroup, GroupNotYours, Outrun])
def delete_members(
    principal: Principal, group_id: str, request: ContactFilterRequest, now: Now
) -> Response[responses.PendingResponse | None]:
    """Remove all contacts that match the filter from a group. At least one filter is required."""
    return responses.pending_or_done(
        assign_groups_flow.move_all(principal, group_id, request.filter(), "leave", now=now)
    )
