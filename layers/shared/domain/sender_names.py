"""Sender names: their form, and those that every account has."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared import policy
from shared.errors import SenderInvalid

PATTERN = r"[0-9]{8,16}|[A-Za-z0-9_.\-&@ %!+]{1,11}"
"""The form that the platform publishes: a number, or up to as many characters as networks carry."""

DEFAULTS = ("", "2way", "eco")
"""What SMSAPI's clients write, in any case, for the default sender: nothing, or a kind of message that it once had."""

RESERVED = (*DEFAULTS, "statement")
"""No sender names: DEFAULTS, and the path segment below /sms/sendernames that is another route."""

UNNAMED = policy.SENDERS_FOR_EVERYBODY[0]
"""The sender of a message for which none was asked for, in an account without a default."""


@dataclass(frozen=True)
class SenderName:
    """A sender name of an account. Unless it is `active`, approved by an operator, nothing is sent under it."""

    account_id: str
    sender: str
    active: bool
    created_at: datetime

    @property
    def status(self) -> str:
        return "ACTIVE" if self.active else "INACTIVE"


def made(account_id: str, sender: str, *, now: datetime) -> SenderName:
    """Return a new sender name. Raises SenderInvalid."""
    if not is_sender(sender) or sender.casefold() in RESERVED:
        raise SenderInvalid
    return SenderName(account_id, sender, is_everybodys(sender), now)


def is_sender(text: str) -> bool:
    """Whether *text* can be a sender name. A blank at either end is refused, as nobody would see it."""
    return re.fullmatch(PATTERN, text) is not None and text == text.strip()


def is_default(sender: str) -> bool:
    """Whether *sender*, as a client writes it, asks for the default sender."""
    return sender.casefold() in DEFAULTS


def is_everybodys(sender: str) -> bool:
    """Whether every account has *sender*: it names no company, so it needs no approval and sub-users may use it."""
    return sender in policy.SENDERS_FOR_EVERYBODY
