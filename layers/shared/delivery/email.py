"""Delivery: e-mail, through SES."""

from functools import cache
from typing import Any

from shared import clients, settings
from shared.delivery.sending import at_most_once
from shared.domain.email_addresses import with_ascii_domain

READER = "reader"
"""The tag of an e-mail that has the id of the user whose mailbox it goes to. SES repeats it in its events."""


def send(address: str, subject: str, text: str, *, notice_id: str, reader_id: str = "") -> None:
    """Send an e-mail. Raises SendingFailed if it was surely not sent; an unknown result counts as sent.

    The domain of *address* may be in Unicode. *reader_id* is the id of the user whose mailbox it is.
    """
    _ses().close()  # as in sns.py: a connection kept while Lambda was frozen may be dead
    at_most_once(
        "ses",
        notice_id,
        lambda: _ses().send_email(
            FromEmailAddress=settings.MAIL_FROM,
            Destination={"ToAddresses": [with_ascii_domain(address)]},
            **({"ConfigurationSetName": name} if (name := settings.MAIL_CONFIGURATION_SET) else {}),
            **({"EmailTags": [{"Name": READER, "Value": reader_id}]} if reader_id else {}),
            Content={"Simple": {"Subject": _utf8(subject), "Body": {"Text": _utf8(text)}}},
        ),
    )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


@cache
def _ses() -> Any:
    return clients.session(clients.ONCE).client("sesv2", config=clients.ONCE.config)
