"""What the stories of contacts have in common: who asks, and what he may see."""

from dataclasses import dataclass

from shared.auth.principals import Principal
from shared.domain.contact_access import Group, Reach
from shared.domain.contacts import Contact
from shared.domain.identifiers import account_of, is_record_id
from shared.storage import contacts, groups
from shared.storage.engine import Write


@dataclass(frozen=True)
class Shown:
    """A contact, with those of its groups that the asker may be told of."""

    contact: Contact
    groups: list[Group]


def reach_of(principal: Principal) -> Reach:
    return Reach(principal.user, groups.find(principal.user.account_id))


def find(principal: Principal, contact_id: str) -> tuple[Contact | None, Reach]:
    """A contact of his account, whether he may see it or not, and what he may. An id of another's is not looked for."""
    account_id = principal.user.account_id
    if not (is_record_id(contact_id) and account_of(contact_id) == account_id):
        return None, Reach(principal.user, groups.find(account_id))
    contact, directory = contacts.find(account_id, contact_id)
    return contact, Reach(principal.user, directory)


def shown(reach: Reach, contact: Contact) -> Shown:
    return Shown(contact, reach.groups_of(contact))


def still_allowed(principal: Principal, reach: Reach) -> list[Write]:
    """Return the guards of `Principal.still_allowed`, and for a sub-user that what was shared with them still is.

    Refused as Outrun, NotSignedIn or TokenRefused.
    """
    shares = [] if reach.user.owner else [groups.insisting(reach.directory)]
    return [*shares, *principal.still_allowed()]
