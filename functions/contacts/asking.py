"""What the stories of contacts have in common: who asks, and what he may see."""

from dataclasses import dataclass
from datetime import datetime

from shared import audit
from shared.auth import principals
from shared.auth.principals import Manager
from shared.domain.activity import Event
from shared.domain.contact_access import Group, Reach
from shared.domain.contacts import Contact
from shared.domain.identifiers import account_of, is_record_id
from shared.domain.origins import Origin
from shared.storage import contacts, groups
from shared.storage.engine import Write


@dataclass(frozen=True)
class Shown:
    """A contact, with those of its groups that the asker may be told of."""

    contact: Contact
    groups: list[Group]


def reach_of(asker: Manager) -> Reach:
    return Reach(asker.user, groups.find(asker.user.account_id))


def find(asker: Manager, contact_id: str) -> tuple[Contact | None, Reach]:
    """A contact of his account, whether he may see it or not, and what he may. An id of another's is not looked for."""
    account_id = asker.user.account_id
    if not (is_record_id(contact_id) and account_of(contact_id) == account_id):
        return None, Reach(asker.user, groups.find(account_id))
    contact, directory = contacts.find(account_id, contact_id)
    return contact, Reach(asker.user, directory)


def shown(reach: Reach, contact: Contact) -> Shown:
    return Shown(contact, reach.groups_of(contact))


def standing(reach: Reach) -> list[Write]:
    """What was shared with a sub-user must still be at the moment of the write. Refused as Outrun."""
    return [] if reach.user.owner else [groups.insisting(reach.directory)]


def noting(
    event: Event,
    asker: Manager,
    *,
    origin: Origin,
    now: datetime,
    user_id: str | None = None,
    detail: str = "",
    about: str = "",
) -> Write:
    """An entry about *user_id*, or about the asker himself. Nothing of a contact is ever among it."""
    user_id = user_id or asker.user.user_id
    return audit.noting(
        event, user_id, actor=principals.actor(asker), origin=origin, now=now, detail=detail, about=about
    )
