"""Under which name a message goes: the one that was asked for, the account's default, or everybody's."""

from collections.abc import Sequence

from shared.domain.sender_names import UNNAMED, is_everybodys, is_sender
from shared.domain.users import User
from shared.errors import SenderNotAllowed
from shared.storage import engine, sender_names


def chosen(user: User, wanted: str | None) -> str:
    """*wanted*, or the default that he may use. One round trip; none for garbage, and for a name of everybody's.

    Raises SenderNotAllowed.
    """
    asked = keys(user, wanted)
    return among(user, wanted, engine.fetch(*asked) if asked else [])


def keys(user: User, wanted: str | None) -> list[engine.Key]:
    """Where it is to be looked up: for whoever has other rows to read as well. Raises SenderNotAllowed."""
    if wanted is None:
        return [sender_names.default_key(user.account_id)]
    if is_everybodys(wanted):
        return []
    if not (is_sender(wanted) and may_use(user, wanted)):
        raise SenderNotAllowed
    return [sender_names.key(user.account_id, wanted)]


def among(user: User, wanted: str | None, rows: Sequence[engine.Row]) -> str:
    """As `chosen`, where *rows* were found under those keys. Raises SenderNotAllowed."""
    if wanted is None:
        default = sender_names.read_default(rows[0])
        return default if default and may_use(user, default) else UNNAMED
    if is_everybodys(wanted):
        return wanted
    name = sender_names.read(rows[0])
    if name is None or not name.active:
        raise SenderNotAllowed
    return wanted


def may_use(user: User, sender: str) -> bool:
    """Whether a name of the account's is for that user. A sub-user has those that were shared with him."""
    return user.owner or is_everybodys(sender) or user.senders.holds(sender)
