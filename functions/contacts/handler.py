"""The door to contacts, their groups, and who may use which."""

from aws_lambda_powertools.event_handler import Response

from contacts import groups_door, manage_contacts_flow, members_door, permissions_door, responses
from contacts.requests import ContactFacts, PageOfContacts
from shared.errors import (
    ContactExists,
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
def get_contacts(principal: Principal, asked: PageOfContacts) -> responses.Contacts:
    """Which contacts are there, that I may see?"""
    size, found = manage_contacts_flow.listed(
        principal, asked.filter(), order=asked.order_by, offset=asked.offset, limit=asked.limit
    )
    return responses.Contacts(size=size, collection=[responses.contact(one) for one in found])


@routes.post(
    "/contacts",
    status=201,
    yes="Made.",
    refuses=[ContactExists, ContactQuotaReached, NoSuchGroup, GroupNotYours, Outrun],
)
def post_contact(principal: Principal, order: ContactFacts, now: Now) -> Response[responses.ContactView]:
    """Add a contact, with a number that no other has. A sub-user's goes to a group that he may change."""
    made = manage_contacts_flow.create(principal, order.facts, order.group_id, now=now)
    return Response(201, JSON, responses.contact(made))


@routes.delete("/contacts", status=202, yes="Done.", refuses=[Outrun])
def delete_contacts(principal: Principal, origin: From, now: Now) -> Response[None]:
    """Delete every contact of the account. Only its owner may."""
    manage_contacts_flow.delete_all(principal, origin=origin, now=now)
    return Response(202)


@routes.get("/contacts/{contact_id}", refuses=[ContactUnknown])
def get_contact(principal: Principal, contact_id: str) -> responses.ContactView:
    """What is known of a contact?"""
    return responses.contact(manage_contacts_flow.look(principal, contact_id))


@routes.put("/contacts/{contact_id}", refuses=[ContactUnknown, ContactExists, GroupNotYours, Outrun])
def put_contact(principal: Principal, contact_id: str, changes: ContactFacts, now: Now) -> responses.ContactView:
    """Change what is known of a contact. What is left out stays, what is empty is taken away."""
    return responses.contact(manage_contacts_flow.change(principal, contact_id, changes.facts, now=now))


@routes.delete("/contacts/{contact_id}", status=204, refuses=[ContactUnknown, GroupNotYours, Outrun])
def delete_contact(principal: Principal, contact_id: str) -> Response[None]:
    """Delete a contact, out of all of its groups."""
    manage_contacts_flow.delete(principal, contact_id)
    return Response(204)


lambda_handler = serve(routes)
