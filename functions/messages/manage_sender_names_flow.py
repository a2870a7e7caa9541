"""The story of sender names: listed, made, removed, and one of them chosen for messages that name none."""

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
class Shown:
    """A name, and whether messages that name none go under it."""

    name: SenderName
    is_default: bool


def of_user(user: User) -> list[Shown]:
    """Those of his account that he may use."""
    names, default = sender_names.of_account(user.account_id)
    return [Shown(name, name.sender == default) for name in names if may_use(user, name.sender)]


def find(user: User, sender: str) -> Shown:
    """Raises SenderNotThere; garbage, and what is not shared with him, costs no round trip."""
    if not (rules.is_sender(sender) and may_use(user, sender)):
        raise SenderNotThere
    name, default = sender_names.find(user.account_id, sender)
    if name is None:
        raise SenderNotThere
    return Shown(name, sender == default)


def add(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> SenderName:
    """Raises SenderInvalid, SenderExists, TooManySenders."""
    name = rules.made(principal.user.account_id, sender, now=now)
    _commit(principal, sender_names.adding(name), Event.SENDER_ADDED, origin, now=now)
    return name


def remove(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> None:
    """Raises SenderUnknown."""
    account_id = _known(principal, sender)
    _, default = sender_names.find(account_id, sender)
    writes = sender_names.removing(account_id, sender, default=default)
    _commit(principal, writes, Event.SENDER_REMOVED, origin, now=now)


def make_default(principal: Principal, sender: str, *, origin: Origin, now: datetime) -> None:
    """Raises SenderUnknown, SenderInactive."""
    writes = sender_names.making_default(_known(principal, sender), sender)
    _commit(principal, writes, Event.SENDER_DEFAULT, origin, now=now)


def _known(principal: Principal, sender: str) -> str:
    """His account, in which there may be a name like that. Raises SenderUnknown for garbage, without a round trip."""
    if not rules.is_sender(sender):
        raise SenderUnknown
    return principal.user.account_id


def _commit(principal: Principal, writes: list[Write], event: Event, origin: Origin, *, now: datetime) -> None:
    """The change and its entry in the log, if its author is still welcome."""
    commit(*writes, principal.noting(event, origin, now=now), *principal.still_allowed())
