"""The names that messages are sent under: how they look, and which of them are everybody's."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.errors import SenderInvalid

PATTERN = r"[0-9]{8,16}|[A-Za-z0-9_.\-&@ %!+]{1,11}"
"""As the platform publishes it: a number, or as many characters as networks carry."""

UNNAMED = policy.SENDERS_FOR_EVERYBODY[0]
"""What a message goes under where none was asked for and there is no default."""


@dataclass(frozen=True)
class SenderName:
    """A name of an account's. One that is not `active` waits for an operator, and nothing is sent under it."""

    account_id: str
    sender: str
    active: bool
    created_at: datetime

    @property
    def status(self) -> str:
        return "ACTIVE" if self.active else "INACTIVE"


def made(account_id: str, sender: str, *, now: datetime) -> SenderName:
    """A new one. Raises SenderInvalid."""
    if not is_sender(sender):
        raise SenderInvalid
    return SenderName(account_id, sender, is_everybodys(sender), now)


def is_sender(text: str) -> bool:
    """Whether a message can be sent under *text*. A blank at an end cannot be seen."""
    return re.fullmatch(PATTERN, text) is not None and text == text.strip()


def is_everybodys(sender: str) -> bool:
    """It pretends to be nobody, so it waits for no approval, and no owner can keep it from a sub-user."""
    return sender in policy.SENDERS_FOR_EVERYBODY
