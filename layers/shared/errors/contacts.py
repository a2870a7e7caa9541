"""Refusals about contacts and their groups."""

from shared import policy
from shared.errors.base import Refusal
from shared.errors.requests import InvalidRequest

FILTERS = ("q", "phone_number", "email", "first_name", "last_name", "gender", "birthday_date", "group_id")
"""The filters of contacts."""


class ContactUnknown(Refusal):
    """The account has no such contact, or the sub-user may not see it."""

    code = "not_found"
    message = "Cannot find contact"


class NotAMember(Refusal):
    """The contact is not in the group, or the account has no such contact: the answer is the same."""

    code = "contact_not_found"
    message = "Cannot find contact"


class ContactExists(Refusal):
    """The account has a contact with this phone number already."""

    code = "contact_exists"
    message = "A contact with this phone number already exists."
    fields = ("body.phone_number",)


class UnreachableContact(InvalidRequest):
    """A contact needs a phone number or an e-mail address."""

    message = "A contact needs a phone_number or an email."
    fields = ("body.phone_number", "body.email")


class ContactTooLarge(InvalidRequest):
    """The fields of a contact are larger together than a contact may be."""

    message = f"The fields of a contact have at most {policy.CONTACT_BYTES} bytes together."

    def __init__(self, largest: str) -> None:
        """*largest* is the name of its largest field, which may be the customer's own."""
        super().__init__()
        self.largest = largest


class PageTooLarge(InvalidRequest):
    """The answer would be larger than an answer may be."""

    message = "The answer would be too large. Ask for fewer with limit, or with a filter."

    def __init__(self, field: str) -> None:
        """*field* is the parameter of the list by which it gets shorter."""
        super().__init__()
        self.fields = (f"query.{field}",)


class ContactInTooManyGroups(Refusal):
    """The contact would be in more groups than a contact may be in."""

    code = "too_many_groups_of_contact"
    message = f"A contact can be in at most {policy.GROUPS_PER_CONTACT} groups. Take it out of others first."


class DeletionsPending(Refusal):
    """Contacts of so many groups are still being deleted that no further group's can be."""

    code = "deletions_pending"
    message = "The contacts of other groups are still being deleted. Try again in a few minutes."


class ContactQuotaReached(Refusal):
    """The account has the maximum number of contacts."""

    code = "too_many_contacts"
    message = "The account has the maximum number of contacts. Delete some first."


class NoSuchGroup(Refusal):
    """The account has no such group of contacts, or the sub-user has no right on it."""

    code = "not_found"
    message = "Group not found"


class PermissionUnknown(Refusal):
    """The account has no such sub-user, or they have no permission on this group."""

    code = "not_found"
    message = "Not found"
    fields = ("body.username",)


class GroupExists(Refusal):
    """The account has a group with this name already."""

    code = "group_exists"
    message = "A group with this name already exists."
    fields = ("body.name",)


class GroupNotYours(Refusal):
    """The sub-user may not change the contacts of this group, or of another group of the contact."""

    code = "group_not_allowed"
    message = "You may not change the contacts of this group, or of another group of the contact."


class GroupNeeded(InvalidRequest):
    """A sub-user's new contact must be in a group that the sub-user may change."""

    message = "Name a group that you may change, in group_id."
    fields = ("body.group_id",)


class FilterNeeded(InvalidRequest):
    """A change of many contacts needs a filter that selects them."""

    message = f"Select the contacts with at least one filter: {', '.join(FILTERS)}."
    fields = tuple(f"body.{name}" for name in FILTERS)


class GroupQuotaReached(Refusal):
    """The account has the maximum number of groups, or of permissions on them."""

    code = "too_many_groups"
    message = "The account has the maximum number of groups and permissions. Delete some first."
