"""Flows of a recovery by operators: its user cancels it, by the link that every address got, or by a session."""

from collections.abc import Sequence
from datetime import datetime

from shared import audit
from shared.auth import reachable
from shared.auth.email_links import open_link
from shared.auth.principals import OwnRow
from shared.auth.sessions import Person
from shared.delivery import queue
from shared.domain.activity import LINK, Event
from shared.domain.identifiers import user_of
from shared.domain.links import RECOVERY
from shared.domain.origins import Origin
from shared.domain.users import User
from shared.errors import LinkClosed, NotFound
from shared.storage import accounts, links, users
from shared.storage.engine import Write, commit


def cancel_by_link(text: str, *, origin: Origin, now: datetime) -> None:
    """Cancel the recovery that is pending, and tell every address. Raises LinkClosed or AccountSuspended.

    The link may be from an e-mail about an earlier one: its reader does not want their login recovered.
    """
    link = open_link(text, kind=RECOVERY, now=now)
    user, account = users.find(user_of(link.link_id))
    if not (user and account and user.recovery):
        raise LinkClosed
    accounts.must_be_active(account)
    noting = audit.noting(Event.RECOVERY_CANCELLED, user.user_id, actor=LINK, proof=LINK, origin=origin, now=now)
    cancelling = users.changing(user.user_id, by=None, recovery=None)
    active = accounts.being_active(user.account_id)
    _cancel(user, [links.using(link), cancelling, noting, active], origin, now=now)


def cancel_by_session(person: Person, *, origin: Origin, now: datetime) -> None:
    """Cancel the pending recovery of the person's login, and tell every address. Raises NotFound if there is none."""
    user = person.user
    if user.recovery is None:
        raise NotFound
    noting = person.noting(Event.RECOVERY_CANCELLED, origin, now=now)
    cancelling = users.changing(user.user_id, by=person, recovery=None)
    _cancel(user, [cancelling, noting, *person.still_allowed(writing=[OwnRow.USER])], origin, now=now)


def _cancel(user: User, writes: Sequence[Write], origin: Origin, *, now: datetime) -> None:
    told = reachable.letters("recovery_cancelled", user, origin=origin, now=now)
    commit(*writes)
    queue.tell(*told)
