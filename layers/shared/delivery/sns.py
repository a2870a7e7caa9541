"""Delivery: SMS by AWS."""

import re
from functools import cache
from typing import Any

from shared import clients
from shared.delivery.sending import at_most_once


def send(phone: str, text: str, *, notice_id: str, sender: str) -> bool:
    """SNS can't be told that a message is a repetition, so it is asked once."""
    # A connection kept over a Lambda's sleep may be dead, and that would look like a message on its way.
    _sns().close()
    return at_most_once(
        "sns",
        notice_id,
        lambda: _sns().publish(PhoneNumber=phone, Message=text, MessageAttributes=_URGENT | _named(sender)),
    )


_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
"""Names that SNS takes. A number, or a name with other characters, it would refuse with the whole message."""


def _named(sender: str) -> dict[str, dict[str, str]]:
    """The name that the phone shows; SNS has its own for any that it does not take."""
    return {"AWS.SNS.SMS.SenderID": _text(sender)} if _NAME.fullmatch(sender) else {}


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


_URGENT = {"AWS.SNS.SMS.SMSType": _text("Transactional")}


@cache
def _sns() -> Any:
    return clients.session().client("sns", config=clients.ONCE)
