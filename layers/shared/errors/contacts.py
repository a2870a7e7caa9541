"""Refusals about contacts and their groups."""

from shared.errors.base import Refusal
from shared.errors.requests import InvalidRequest


class ContactUnknown(Refusal):
    """The account has no such contact, or none that a sub-user may see."""

    code = "not_found"
    message = "Cannot find contact"


class ContactExists(Refusal):
    """The account has a contact with this number already."""

    code = "contact_exists"
    message = "A contact with this phone number exists already."


class UnreachableContact(InvalidRequest):
    """A contact has a phone or an e-mail."""

    message = "A contact needs a phone_number or an email."


class ContactQuotaReached(Refusal):
    """The account has as many contacts as any may have."""

    code = "too_many_contacts"
    message = "The account has as many contacts as it may have. Delete some first."


class NoSuchGroup(Refusal):
    """The account has no such group of contacts, or none that a sub-user may use."""

    code = "not_found"
    message = "Group not found"


class PermissionUnknown(Refusal):
    """The account has no such sub-user, or he was given nothing of this group."""

    code = "not_found"
    message = "Not found"


class GroupExists(Refusal):
    """The account has a group of this name already."""

    code = "group_exists"
    message = "A group of this name exists already."


class GroupNotYours(Refusal):
    """The sub-user was not given the right to change this group, or all groups of this contact."""

    code = "group_not_allowed"
    message = "You may not change the contacts of this group, or of another that the contact is in."


class GroupNeeded(InvalidRequest):
    """A sub-user has no contacts outside of the groups that he may change."""

    message = "Name a group that you may change, as group_id."


class FilterNeeded(InvalidRequest):
    """What changes many contacts at once must say which."""

    message = "Say which contacts, with at least one filter."


class GroupQuotaReached(Refusal):
    """The account has as many groups, or as much is written of them, as any may have."""

    code = "too_many_groups"
    message = "The account has as many groups and permissions as it may have. Delete some first."
