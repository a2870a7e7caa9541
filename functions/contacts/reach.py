"""Steps that the flows of contacts share: which contacts and groups the principal may reach."""

from dataclasses import dataclass

from shared.auth.principals import Principal
from shared.domain.contact_access import Group, Reach
from shared.domain.contacts import Contact
from shared.domain.identifiers import account_of, is_record_id
from shared.storage import contacts, groups
from shared.storage.engine import Write


@dataclass(frozen=True)
class VisibleContact:
    """A contact, with those of its groups that the principal may know of."""

    contact: Contact
    groups: list[Group]


def reach_of(principal: Principal) -> Reach:
    """Return what the principal may do with the account's contacts and groups. One round trip."""
    return Reach(principal.user, groups.find(principal.user.account_id))


def find(principal: Principal, contact_id: str) -> tuple[Contact | None, Reach]:
    """Return a contact of the principal's account, whether they may see it or not, and what they may reach.

    The contact is None if there is none. Callers must pass it to `Reach.seen` or `Reach.changeable` before they use it.
    """
    # An id begins with its account's, so another account's contact is not even read (ASVS V8.2.2).
    account_id = principal.user.account_id
    if not (is_record_id(contact_id) and account_of(contact_id) == account_id):
        return None, Reach(principal.user, groups.find(account_id))
    contact, directory = contacts.find(account_id, contact_id)
    return contact, Reach(principal.user, directory)


def shown(reach: Reach, contact: Contact) -> VisibleContact:
    """Return the contact as the principal may see it."""
    return VisibleContact(contact, reach.groups_of(contact))


def still_allowed(principal: Principal, reach: Reach) -> list[Write]:
    """Return the guards of `Principal.still_allowed`, and for a sub-user one that what is shared has not changed.

    Refused as Outrun, NotSignedIn or TokenRefused.
    """
    shares = [] if reach.user.owner else [groups.insisting(reach.directory)]
    return [*shares, *principal.still_allowed()]
