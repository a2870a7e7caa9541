"""The door to contacts, their groups, and who may use which."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from contacts import groups_door, manage_contacts_flow, members_door, permissions_door, responses
from contacts.requests import ContactFacts, PageOfContacts
from shared.errors import ContactExists, ContactUnknown, GroupNotYours, NoSuchGroup, TooManyContacts
from shared.http.app import new_api, serve
from shared.http.bodies import JSON
from shared.http.dependencies import From, Now, Principal
from shared.http.openapi import DONE, GRANTED, either, wire_refusals

app = new_api()
for door in (groups_door, members_door, permissions_door):
    app.include_router(door.router)

ASKERS = either("contacts")
MADE: dict[int, Any] = {201: {"description": "Made."}}
ACCEPTED: dict[int, Any] = {202: {"description": "Done."}}


@app.get("/contacts", security=ASKERS, responses=GRANTED | wire_refusals("/contacts"))
def get_contacts(principal: Principal, asked: PageOfContacts) -> responses.Contacts:
    """Which contacts are there, that I may see?"""
    size, found = manage_contacts_flow.listed(
        principal, asked.filter(), order=asked.order_by, offset=asked.offset, limit=asked.limit
    )
    return responses.Contacts(size=size, collection=[responses.contact(one) for one in found])


@app.post(
    "/contacts",
    status_code=201,
    security=ASKERS,
    responses=MADE | wire_refusals("/contacts", ContactExists, TooManyContacts, NoSuchGroup, GroupNotYours),
)
def post_contact(principal: Principal, order: ContactFacts, now: Now) -> Response[responses.ContactView]:
    """Add a contact, with a number that no other has. A sub-user's goes to a group that he may change."""
    made = manage_contacts_flow.create(principal, order.facts, order.group_id, now=now)
    return Response(201, JSON, responses.contact(made))


@app.delete("/contacts", status_code=202, security=ASKERS, responses=ACCEPTED | wire_refusals("/contacts"))
def delete_contacts(principal: Principal, origin: From, now: Now) -> Response[None]:
    """Delete every contact of the account. Only its owner may."""
    manage_contacts_flow.delete_all(principal, origin=origin, now=now)
    return Response(202)


@app.get(
    "/contacts/<contact_id>",
    security=ASKERS,
    responses=GRANTED | wire_refusals("/contacts", ContactUnknown),
)
def get_contact(principal: Principal, contact_id: str) -> responses.ContactView:
    """What is known of a contact?"""
    return responses.contact(manage_contacts_flow.look(principal, contact_id))


@app.put(
    "/contacts/<contact_id>",
    security=ASKERS,
    responses=GRANTED | wire_refusals("/contacts", ContactUnknown, ContactExists, GroupNotYours),
)
def put_contact(principal: Principal, contact_id: str, changes: ContactFacts, now: Now) -> responses.ContactView:
    """Change what is known of a contact. What is left out stays, what is empty is taken away."""
    return responses.contact(manage_contacts_flow.change(principal, contact_id, changes.facts, now=now))


@app.delete(
    "/contacts/<contact_id>",
    status_code=204,
    security=ASKERS,
    responses=DONE | wire_refusals("/contacts", ContactUnknown, GroupNotYours),
)
def delete_contact(principal: Principal, contact_id: str) -> Response[None]:
    """Delete a contact, out of all of its groups."""
    manage_contacts_flow.delete(principal, contact_id)
    return Response(204)


lambda_handler = serve(app)
