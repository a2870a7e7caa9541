"""The door to who is in which group, from the contact's side and from the group's."""

from aws_lambda_powertools.event_handler import Response

from contacts import assign_groups_flow, responses
from contacts.requests import Filters, group_ids
from shared.errors import ContactUnknown, GroupNotYours, NoSuchGroup, Outrun
from shared.http.bodies import JSON
from shared.http.dependencies import Given, Now, Principal
from shared.http.routing import Routes

routes = Routes()

OF_CONTACT = "/contacts/{contact_id}/groups"
ONE_OF_CONTACT = "/contacts/{contact_id}/groups/{group_id}"
MEMBERS = "/contacts/groups/{group_id}/members"
MEMBER = "/contacts/groups/{group_id}/members/{contact_id}"


@routes.get(OF_CONTACT, refuses=[ContactUnknown])
def get_groups_of_contact(principal: Principal, contact_id: str) -> responses.Groups:
    """Which groups is this contact in?"""
    return responses.bare_groups(assign_groups_flow.groups_of(principal, contact_id))


@routes.post(
    OF_CONTACT,
    status=201,
    yes="Assigned. Where it was in all of them before, 200 and no groups.",
    refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun],
)
def post_groups_of_contact(principal: Principal, contact_id: str, given: Given, now: Now) -> Response[responses.Groups]:
    """Put a contact into several groups at once; their ids are the values of parameters that are called 0, 1, …"""
    assigned, is_new = assign_groups_flow.assign(principal, contact_id, group_ids(given), now=now)
    if not is_new:
        return Response(200, JSON, responses.Groups(size=0, collection=[]))
    return Response(201, JSON, responses.bare_groups(assigned))


@routes.get(ONE_OF_CONTACT, refuses=[ContactUnknown, NoSuchGroup])
def get_group_of_contact(principal: Principal, contact_id: str, group_id: str) -> responses.GroupView:
    """Is this contact in that group?"""
    return responses.bare(assign_groups_flow.look(principal, contact_id, group_id)[1])


@routes.put(ONE_OF_CONTACT, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def put_group_of_contact(principal: Principal, contact_id: str, group_id: str, now: Now) -> responses.Groups:
    """Put a contact into a group, beside those that it is in."""
    return responses.bare_groups(assign_groups_flow.assign(principal, contact_id, [group_id], now=now)[0])


@routes.delete(ONE_OF_CONTACT, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def delete_group_of_contact(principal: Principal, contact_id: str, group_id: str, now: Now) -> Response[None]:
    """Take a contact out of a group."""
    assign_groups_flow.take_out(principal, contact_id, group_id, now=now)
    return Response(204)


@routes.get(MEMBER, refuses=[ContactUnknown, NoSuchGroup])
def get_member(principal: Principal, group_id: str, contact_id: str) -> responses.ContactView:
    """Is that contact in this group?"""
    return responses.contact(assign_groups_flow.look(principal, contact_id, group_id)[0])


@routes.put(MEMBER, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def put_member(principal: Principal, group_id: str, contact_id: str, now: Now) -> responses.ContactView:
    """Put a contact into a group, beside those that it is in."""
    return responses.contact(assign_groups_flow.assign(principal, contact_id, [group_id], now=now)[0])


@routes.delete(MEMBER, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def delete_member(principal: Principal, group_id: str, contact_id: str, now: Now) -> Response[None]:
    """Take a contact out of a group."""
    assign_groups_flow.take_out(principal, contact_id, group_id, now=now)
    return Response(204)


@routes.post(MEMBERS, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def post_members(principal: Principal, group_id: str, wanted: Filters, now: Now) -> Response[None]:
    """Put every contact that the filter takes into a group. There must be a filter."""
    assign_groups_flow.move_all(principal, group_id, wanted.filter(), assign_groups_flow.add, now=now)
    return Response(204)


@routes.put(MEMBERS, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def put_members(principal: Principal, group_id: str, wanted: Filters, now: Now) -> Response[None]:
    """The same, and out of every other group. There must be a filter."""
    assign_groups_flow.move_all(principal, group_id, wanted.filter(), assign_groups_flow.be_only_in, now=now)
    return Response(204)


@routes.delete(MEMBERS, status=204, refuses=[ContactUnknown, NoSuchGroup, GroupNotYours, Outrun])
def delete_members(principal: Principal, group_id: str, wanted: Filters, now: Now) -> Response[None]:
    """Take every contact that the filter takes out of a group. There must be a filter."""
    assign_groups_flow.move_all(principal, group_id, wanted.filter(), assign_groups_flow.leave, now=now)
    return Response(204)
