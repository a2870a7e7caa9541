"""Delivery: SMS by AWS."""

import re
from datetime import timedelta
from functools import cache
from typing import Any

from shared import clients
from shared.delivery.sending import at_most_once, by_code

_REFUSED = by_code("InvalidParameter", "ParameterValueInvalid", "ValidationError", "ValidationException", "OptedOut")


def send(
    phone: str,
    text: str,
    *,
    notice_id: str,
    sender: str,
    reported_as: str,  # noqa: ARG001 - SNS tells nobody
    lifetime: timedelta | None,  # noqa: ARG001 - SNS knows none, so a code may come when it is not valid any more
) -> bool:
    """Send through SNS, with a single request: SNS cannot recognise a repetition."""
    # A connection kept while Lambda was frozen may be dead. A request on it would look as if it might have arrived.
    _sns().close()
    return at_most_once(
        "sns",
        notice_id,
        lambda: _sns().publish(
            PhoneNumber=phone, Message=text, MessageAttributes=_TRANSACTIONAL | _sender_attribute(sender)
        ),
        refused_for_good=_REFUSED,
    )


_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
"""Sender names that SNS accepts. For a number, or other characters, it would refuse the whole message."""


def _sender_attribute(sender: str) -> dict[str, dict[str, str]]:
    """Return the attribute that names the sender; none for a name that SNS refuses, so that it uses one of its own."""
    return {"AWS.SNS.SMS.SenderID": _text(sender)} if _SENDER_NAME.fullmatch(sender) else {}


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


_TRANSACTIONAL = {"AWS.SNS.SMS.SMSType": _text("Transactional")}


@cache
def _sns() -> Any:
    return clients.session(clients.ONCE).client("sns", config=clients.ONCE.config)
