"""Flows of sender names: list, read, add and remove them, and choose the account's default."""

from dataclasses import dataclass
from datetime import datetime

from shared.auth.principals import Principal
from shared.domain import sender_names as rules
from shared.domain.activity import Event
from shared.domain.origins import Origin
from shared.domain.sender_names import SenderName
from shared.domain.users import User
from shared.errors import SenderNotThere, SenderUnknown
from shared.sending.sender_choice import may_use
from shared.storage import sender_names
from shared.storage.engine import Write, commit


@dataclass(frozen=True)
class NameInAccount:
    """A sender name, and whether it is the account's default."""

    name: SenderName
    is_default: bool


def of_user(user: User) -> list[NameInAccount]:
    """Return the account's sender names that the user may use."""
    names, default = sender_names.of_account(user.account_id)
    return [NameInAccount(name, name.sender == default) for name in names if may_use(user, name.sender)]


def find(user: User, sender: str) -> NameInAccount:
    """Return a sender name. Raises SenderNotThere: without a read if it is malformed or not shared with the user."""
    if not (rules.is_sender(sender) and may_use(user, sender)):
        raise SenderNotThere
    name, default = sender_names.find(user.account_id, sender)
    if name is None:
        raise SenderNotThere
    return NameInAccount(name, sender == default)


def add(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> SenderName:
    """Add a sender name; nothing is sent under it until an operator approves it.

    Raises SenderInvalid, SenderExists or SenderQuotaReached.
    """
    name = rules.made(principal.user.account_id, sender, now=now)
    _commit(principal, sender_names.adding(name), Event.SENDER_ADDED, origin, now=now)
    return name


def remove(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> None:
    """Remove a sender name; if it is the default, there is none then. Raises SenderUnknown."""
    account_id = _account_of(principal, sender)
    _, default = sender_names.find(account_id, sender)
    writes = sender_names.removing(account_id, sender, default=default)
    _commit(principal, writes, Event.SENDER_REMOVED, origin, now=now)


def make_default(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> None:
    """Make it the name of messages that name none. Raises SenderUnknown, or SenderInactive before it is approved."""
    writes = sender_names.making_default(_account_of(principal, sender), sender)
    _commit(principal, writes, Event.SENDER_DEFAULT, origin, now=now)


def _account_of(principal: Principal, sender: str) -> str:
    """Return the principal's account id. Raises SenderUnknown, without a read, for what can be no sender name."""
    if not rules.is_sender(sender):
        raise SenderUnknown
    return principal.user.account_id


def _commit(principal: Principal, writes: list[Write], event: Event, origin: Origin, *, now: datetime) -> None:
    """Commit the change and its activity entry, if the principal is still allowed to make it."""
    commit(*writes, principal.noting(event, origin, now=now), *principal.still_allowed())
