"""Delivery: the events by which AWS tells what became of e-mails and SMS, as they are on their queue.

They come as SES and End User Messaging publish them. Both formats are described in their user guides, under "event
publishing" and "event destinations".
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.delivery import email, sms_voice
from shared.domain.mail_trouble import ARRIVED, BOUNCED, COMPLAINED, MailNews
from shared.domain.messages import ACCEPTED, DELIVERED, EXPIRED, REJECTED, UNDELIVERED

STATES = {
    "TEXT_DELIVERED": DELIVERED,
    "TEXT_SUCCESSFUL": ACCEPTED,
    "TEXT_INVALID": UNDELIVERED,
    "TEXT_UNREACHABLE": UNDELIVERED,
    "TEXT_CARRIER_UNREACHABLE": UNDELIVERED,
    "TEXT_INVALID_MESSAGE": REJECTED,
    "TEXT_BLOCKED": REJECTED,
    "TEXT_CARRIER_BLOCKED": REJECTED,
    "TEXT_PROTECT_BLOCKED": REJECTED,
    "TEXT_SPAM": REJECTED,
    "TEXT_TTL_EXPIRED": EXPIRED,
}
"""What events say of an SMS that AWS took. Others say nothing new: queued, pending, unknown.

TEXT_SUCCESSFUL says that the phone's network has it; in some countries AWS never learns more.
"""

NOT_SPAM = "not-spam"
"""The kind of a complaint that takes an earlier one back."""


class NoEvent(ValueError):
    """The body of a queue message is no event. The error does not repeat the body, which has an address in it."""


@dataclass(frozen=True)
class SmsEvent:
    """That an SMS got a new state. `name` is that of `carrier_reports`, empty for an SMS of our own.

    `state` is one of `messages.STEPS`, None if the event says nothing new. `is_final`: no other will follow.
    """

    name: str
    state: str | None
    is_final: bool
    at: datetime


@dataclass(frozen=True)
class MailEvent:
    """What became of an e-mail to `address`. `reader_id` is the user whose mailbox it was, empty if not told."""

    reader_id: str
    address: str = field(repr=False)
    news: MailNews


@dataclass(frozen=True)
class MailRejected:
    """SES did not send an e-mail, since it took it for malware."""


type CarrierEvent = SmsEvent | MailEvent | MailRejected


def read(body: str) -> CarrierEvent | None:
    """Return the event in *body*, or None for one that says nothing we keep. Raises NoEvent."""
    try:
        return _understood(json.loads(body))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError, OSError):
        raise NoEvent("no event of ours") from None


def _understood(event: dict[str, Any]) -> CarrierEvent | None:
    kind = event["eventType"]
    match kind:
        case "Bounce" if event["bounce"]["bounceType"] == "Permanent":
            return _mail(event, BOUNCED, event["bounce"])
        case "Complaint" if event["complaint"].get("complaintFeedbackType") != NOT_SPAM:
            return _mail(event, COMPLAINED, event["complaint"])
        case "Delivery":
            return _mail(event, ARRIVED, event["delivery"])
        case "Reject":
            return MailRejected()
    return _sms(event) if kind.startswith("TEXT_") else None


def _mail(event: dict[str, Any], what: str, about: dict[str, Any]) -> MailEvent:
    """Return the event. The address is the one that we sent to, which the other side may spell otherwise."""
    mail = event["mail"]
    (address,) = mail["destination"]
    readers = mail.get("tags", {}).get(email.READER, [])
    news = MailNews(what, _instant(about["timestamp"]), _instant(mail["timestamp"]))
    return MailEvent(_text(readers[0]) if readers else "", _text(address), news)


def _sms(event: dict[str, Any]) -> SmsEvent:
    name = event.get("context", {}).get(sms_voice.CONTEXT_KEY, "")
    at = datetime.fromtimestamp(event["eventTimestamp"] / 1000, UTC)
    return SmsEvent(_text(name), STATES.get(event["eventType"]), event.get("isFinal") is not False, at)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _instant(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError
    return at
