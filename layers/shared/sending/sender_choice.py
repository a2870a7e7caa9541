"""The sender name of a message: the one asked for, else the account's default, else the platform's."""

from collections.abc import Sequence

from shared.domain.sender_names import UNNAMED, is_everybodys, is_sender
from shared.domain.users import User
from shared.errors import SenderNotAllowed
from shared.storage import engine, sender_names


def chosen(user: User, wanted: str | None) -> str:
    """Return the sender name to use: *wanted*, or without it a default that the user may use.

    Takes one round trip, none for a malformed name and for a name of the platform's. Raises SenderNotAllowed.
    """
    asked = keys(user, wanted)
    return among(user, wanted, engine.fetch(*asked) if asked else [])


def keys(user: User, wanted: str | None) -> list[engine.Key]:
    """Return the keys of the rows that `among` needs, for a caller that reads other rows in the same round trip.

    Raises SenderNotAllowed.
    """
    if wanted is None:
        return [sender_names.default_key(user.account_id)]
    if is_everybodys(wanted):
        return []
    if not (is_sender(wanted) and may_use(user, wanted)):
        raise SenderNotAllowed
    return [sender_names.key(user.account_id, wanted)]


def among(user: User, wanted: str | None, rows: Sequence[engine.Row]) -> str:
    """As `chosen`, from the *rows* found under `keys`. Raises SenderNotAllowed."""
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
    """Return whether the user may use the sender name: a sub-user only those that are shared with them."""
    return user.owner or is_everybodys(sender) or user.senders.holds(sender)
