"""Delivery: SMS by AWS."""

from functools import cache
from typing import Any

from shared.delivery import clients
from shared.delivery.sending import at_most_once


def send(phone: str, text: str, *, notice_id: str) -> bool:
    """SNS can't be told that a message is a repetition, so it is asked once."""
    # A connection kept over a Lambda's sleep may be dead, and that would look like a message on its way.
    _sns().close()
    return at_most_once(
        "sns",
        notice_id,
        lambda: _sns().publish(PhoneNumber=phone, Message=text, MessageAttributes=_URGENT),
    )


_URGENT = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


@cache
def _sns() -> Any:
    return clients.session().client("sns", config=clients.ONCE)
