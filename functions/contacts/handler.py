"""The door of contacts, their groups, and the permissions of sub-users for these."""

from aws_lambda_powertools.event_handler import Response

from contacts import groups_door, list_contacts_flow, manage_contacts_flow, members_door, permissions_door, responses
from contacts.requests import ContactRequest, DeleteAllRequest, ListContactsRequest
from shared.errors import (
    ContactExists,
    ContactInTooManyGroups,
    ContactQuotaReached,
    ContactUnknown,
    GroupNotYours,
    NoSuchGroup,
    Outrun,
)
from shared.http.app import serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.routing import Routes

routes = Routes()
for door in (groups_door, members_door, permissions_door):
    routes.include(door.routes)


@routes.get("/contacts")
def get_contacts(principal: Principal, request: ListContactsRequest) -> responses.ContactsResponse:
    """List contacts that the caller may see, in pages.

    A page in the order of `date_created` without a filter, or with `group_id` alone, costs the same however many
    contacts there are. Other orders, `q` and `gender` read all of them.
    """
    size, found = list_contacts_flow.listed(
        principal, request.filter(), order=request.order_by, offset=request.offset, limit=request.limit
    )
    return responses.fitting(
        responses.ContactsResponse(size=size, collection=list(map(responses.contact, found))), "limit"
    )


@routes.post(
    "/contacts",
    status=201,
    success="Created.",
    refuses=[ContactExists, ContactQuotaReached, ContactInTooManyGroups, NoSuchGroup, GroupNotYours, Outrun],
)
def post_contact(principal: Principal, request: ContactRequest, now: Now) -> Response[responses.ContactResponse]:
    """Create a contact. No other contact that the caller may see may have its phone number.

    A sub-user has to add it to a group whose contacts they may change.
    """
    made = manage_contacts_flow.create(principal, request.facts, request.group_id, now=now)
    return Response(201, JSON, responses.contact(made))


@routes.delete("/contacts", status=202, success="Deleted.", refuses=[Outrun])
def delete_contacts(principal: Principal, request: DeleteAllRequest, origin: From, now: Now) -> Response[None]:  # noqa: ARG001 - declared so that a filter is refused
    """Delete all contacts of the account, which are gone at once. Only the owner may do this.

    There is no filter: with any parameter nothing is deleted, and the answer is 400.
    """
    manage_contacts_flow.delete_all(principal, origin=origin, now=now)
    return Response(202)


@routes.get("/contacts/{contact_id}", refuses=[ContactUnknown])
def get_contact(principal: Principal, contact_id: str) -> responses.ContactResponse:
    """Get a contact."""
    return responses.contact(manage_contacts_flow.look(principal, contact_id))


@routes.put(
    "/contacts/{contact_id}", refuses=[ContactUnknown, ContactExists, ContactQuotaReached, GroupNotYours, Outrun]
)
def put_contact(principal: Principal, contact_id: str, request: ContactRequest, now: Now) -> responses.ContactResponse:
    """Update a contact. What is left out does not change, and an empty value removes a field."""
    return responses.contact(manage_contacts_flow.change(principal, contact_id, request.facts, now=now))


@routes.delete("/contacts/{contact_id}", status=204, refuses=[ContactUnknown, GroupNotYours, Outrun])
def delete_contact(principal: Principal, contact_id: str, request: DeleteAllRequest) -> Response[None]:  # noqa: ARG001 - declared so that a parameter is refused
    """Delete a contact, in all of its groups. A sub-user has to be allowed to change all of them."""
    manage_contacts_flow.delete(principal, contact_id)
    return Response(204)


lambda_handler = serve(routes)
