"""Response models of contacts, groups and permissions, in the form that SMSAPI's clients read."""

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field

from contacts import reach
from contacts.manage_groups_flow import SharedGroup
from shared import policy
from shared.domain.contact_access import Permission
from shared.domain.contacts import gender_of
from shared.errors import PageTooLarge
from shared.http.bodies import JSON
from shared.http.smsapi.instants import Instant

Known = Annotated[str | None, Field(exclude_if=lambda value: value is None)]
"""A property that is left out if it has no value: the PHP client cannot read null here."""


class PermissionResponse(BaseModel):
    """The rights of a sub-user on a group."""

    group_id: str
    username: str
    write: bool
    read: bool
    send: bool


class GroupResponse(BaseModel):
    """A contact group.

    `contacts_count` is 0 for a caller who may not read the group. `contact_expire_after`, in days, has no effect.
    """

    id: str
    name: str
    description: str
    contacts_count: int
    date_created: Instant
    date_updated: Instant
    created_by: str
    idx: str | None
    contact_expire_after: int | None
    permissions: list[PermissionResponse]


class ContactResponse(BaseModel):
    """A contact, with additional fields of the customer's own. Fields without a value are left out."""

    model_config = ConfigDict(extra="allow")

    id: str
    phone_number: Annotated[Known, Field(description="The digits with country code, without +.")] = None
    email: Known = None
    first_name: Known = None
    last_name: Known = None
    gender: str
    birthday_date: Known = None
    description: Known = None
    city: Known = None
    source: Known = None
    idx: Known = None
    date_created: Instant
    date_updated: Instant
    groups: list[GroupResponse]


class ContactsResponse(BaseModel):
    """A page of contacts. `size` counts all contacts that match the filter."""

    size: int
    collection: list[ContactResponse]


class GroupsResponse(BaseModel):
    """Contact groups that the caller has any permission for."""

    size: int
    collection: list[GroupResponse]


class PermissionsResponse(BaseModel):
    """Permissions of sub-users for a group; for a sub-user only their own."""

    size: int
    collection: list[PermissionResponse]


class PendingResponse(BaseModel):
    """Contacts that are still to be changed or deleted, within minutes."""

    remaining: int


def pending_or_done(left: int) -> Response[PendingResponse | None]:
    """Return 202 with how many contacts are left to be changed, or 204 if none is."""
    return Response(202, JSON, PendingResponse(remaining=left)) if left else Response(204)


def fitting[Page: BaseModel](page: Page, by: str) -> Page:
    """Return *page*. Raises PageTooLarge, which names the parameter *by*, if it is larger than an answer may be."""
    if len(json.dumps(page.model_dump(mode="json"))) > policy.CONTACTS_ANSWER_BYTES:
        raise PageTooLarge(by)
    return page


def contact(shown: reach.VisibleContact) -> ContactResponse:
    """Return a contact with the groups that the caller may see."""
    found = shown.contact
    known: dict[str, Any] = dict(found.facts)
    if found.number:
        known["phone_number"] = found.number.removeprefix("+")
    ours = {
        "id": found.contact_id,
        "gender": gender_of(found),
        "date_created": found.created_at,
        "date_updated": found.updated_at,
        "groups": [sized(one) for one in shown.groups],
    }
    return ContactResponse(**known | ours)


def sized(one: reach.SizedGroup) -> GroupResponse:
    """Return a group of a contact, without permissions."""
    return shared(SharedGroup(one.group, {}, one.size))


def shared(one: SharedGroup) -> GroupResponse:
    """Return a group with its size and permissions."""
    group = one.group
    return GroupResponse(
        id=group.group_id,
        name=group.name,
        description=group.description,
        contacts_count=one.size,
        date_created=group.created_at,
        date_updated=group.updated_at,
        created_by=group.created_by,
        idx=group.idx,
        contact_expire_after=group.expire_after,
        permissions=[permission(group.group_id, login, given) for login, given in sorted(one.permissions.items())],
    )


def bare_groups(shown: reach.VisibleContact) -> GroupsResponse:
    """Return the groups of a contact."""
    return GroupsResponse(size=len(shown.groups), collection=[sized(one) for one in shown.groups])


def permission(group_id: str, login: str, given: Permission) -> PermissionResponse:
    return PermissionResponse(group_id=group_id, username=login, write=given.write, read=given.read, send=given.send)
