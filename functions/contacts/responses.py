"""How contacts, groups and permissions are told: as the SMSAPI clients read them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contacts import reach
from contacts.manage_groups_flow import SharedGroup
from shared.domain.contact_access import Group, Permission
from shared.domain.contacts import gender_of
from shared.http.fields import Instant

Known = Annotated[str | None, Field(exclude_if=lambda value: value is None)]
"""Left out where there is nothing to tell: some clients take a null for text (PHP)."""


class PermissionView(BaseModel):
    """What one sub-user may do with one group."""

    group_id: str
    username: str
    write: bool
    read: bool
    send: bool


class GroupView(BaseModel):
    """A group. `contacts_count` is null where it was not counted; `contact_expire_after`, in days, is only kept."""

    id: str
    name: str
    description: str
    contacts_count: int | None
    date_created: Instant
    date_updated: Instant
    created_by: str
    idx: str | None
    contact_expire_after: int | None
    permissions: list[PermissionView]


class ContactView(BaseModel):
    """A contact, with fields of the customer's own beside these. What is not known is left out."""

    model_config = ConfigDict(extra="allow")

    id: str
    phone_number: Annotated[Known, Field(description="Digits with the country's, without sign.")] = None
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
    groups: list[GroupView]


class Contacts(BaseModel):
    """A page of them, and how many there are in all."""

    size: int
    collection: list[ContactView]


class Groups(BaseModel):
    """Groups that you may do anything with."""

    size: int
    collection: list[GroupView]


class Permissions(BaseModel):
    """What was shared, with the owner's sub-users or with you."""

    size: int
    collection: list[PermissionView]


def contact(shown: reach.VisibleContact) -> ContactView:
    found = shown.contact
    known: dict[str, Any] = dict(found.facts)
    if found.number:
        known["phone_number"] = found.number.removeprefix("+")
    ours = {
        "id": found.contact_id,
        "gender": gender_of(found),
        "date_created": found.created_at,
        "date_updated": found.updated_at,
        "groups": [bare(one) for one in shown.groups],
    }
    return ContactView(**known | ours)


def bare(group: Group) -> GroupView:
    """Within a contact, where nobody asks how many others there are, nor what is shared."""
    return shared(SharedGroup(group, {}))


def shared(one: SharedGroup) -> GroupView:
    group = one.group
    return GroupView(
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


def bare_groups(shown: reach.VisibleContact) -> Groups:
    return Groups(size=len(shown.groups), collection=[bare(group) for group in shown.groups])


def permission(group_id: str, login: str, given: Permission) -> PermissionView:
    return PermissionView(group_id=group_id, username=login, write=given.write, read=given.read, send=given.send)
