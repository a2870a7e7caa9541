"""Delivery: where a carrier reports what became of messages, and under which name it knows each of them.

The address has a secret in its path, since SMSAPI signs nothing. Whoever knew it could claim a state of a message whose
id and account they know, and nothing else.
"""

from shared import settings
from shared.crypto import seal
from shared.domain.messages import is_message_id

PATH = "/carriers/smsapi"

_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


def url() -> str:
    """Return the address that the carrier is to call; empty if this stack does not know its own."""
    return f"{settings.API_URL}{PATH}/{seal.seal('carrier', PATH).translate(_TO_URL)}" if settings.API_URL else ""


def is_secret(presented: str) -> bool:
    """Whether *presented* is the secret in the address, under any of the sealing keys."""
    return seal.matches(presented.translate(_FROM_URL), "carrier", PATH)


def name_of(account_id: str, message_id: str) -> str:
    """Return the name under which the carrier knows a customer's message."""
    return f"{account_id}.{message_id}"


def read(name: str) -> tuple[str, str] | None:
    """Return account and id of the message that the carrier knows as *name*, or None if it is no such name."""
    account_id, _, message_id = name.partition(".")
    return (account_id, message_id) if account_id.isalnum() and is_message_id(message_id) else None
