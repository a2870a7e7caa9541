"""Delivery: SMS by AWS End User Messaging, which knows a lifetime and a highest price, and reports on each message."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from shared import clients, policy, settings
from shared.delivery.sending import SendingRefused, at_most_once
from shared.observability import metrics

CONTEXT_KEY = "message"
"""Under this key of its `Context` AWS repeats in its events the name under which we know the message."""

_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}")
"""Sender names that AWS accepts. It would refuse the whole message for another."""

_NAME_REFUSED = {
    "SENDER_ID_NOT_REGISTERED",
    "SENDER_ID_NOT_SUPPORTED",
    "SENDER_ID_REQUIRES_REGISTRATION",
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
    "sender-id",
}
"""Reasons that are about the sender name: the country of the number takes none, or only names that are registered."""

_ABOUT_ONE_NUMBER = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "NO_ORIGINATION_IDENTITIES_FOUND",
}
"""Reasons of a ConflictException that are about the number or its country. Others would meet the next message too."""

_SPEND_LIMIT = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"


def send(phone: str, text: str, *, notice_id: str, sender: str, reported_as: str, lifetime: timedelta | None) -> bool:
    """Send with a single request: AWS cannot recognise a repetition.

    A name that the number's country does not take is left out by a second request, once the first was surely refused.
    """
    message = _message(phone, text, reported_as, lifetime)
    if not _SENDER_NAME.fullmatch(sender):
        return _request(notice_id, message | _from(settings.SMS_SENDER))
    try:
        return _request(notice_id, message | _from(sender))
    except SendingRefused as refusal:
        if refusal.why not in _NAME_REFUSED:
            raise
    return _request(notice_id, message | _from(settings.SMS_SENDER))


def _message(phone: str, text: str, reported_as: str, lifetime: timedelta | None) -> dict[str, Any]:
    return {
        "DestinationPhoneNumber": phone,
        "MessageBody": text,
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": settings.SMS_CONFIGURATION_SET,
        **({"MaxPrice": settings.SMS_MAX_PRICE} if settings.SMS_MAX_PRICE else {}),
        **({"TimeToLive": _seconds(lifetime)} if lifetime is not None else {}),
        **({"Context": {CONTEXT_KEY: reported_as}} if reported_as else {}),
    }


def _from(identity: str) -> dict[str, str]:
    """Return the parameter for the sender; none if there is none, so that AWS takes one that the account has."""
    return {"OriginationIdentity": identity} if identity else {}


def _seconds(lifetime: timedelta) -> int:
    shortest, longest = policy.SMS_LIFETIMES
    return math.ceil(min(max(lifetime, shortest), longest).total_seconds())


def _request(notice_id: str, message: dict[str, Any]) -> bool:
    _client().close()  # as in sns.py: a connection kept while Lambda was frozen may be dead
    return at_most_once(
        "sms-voice", notice_id, lambda: _client().send_text_message(**message), refused_for_good=_refused_for_good
    )


def _refused_for_good(error: Mapping[str, Any]) -> str | None:
    """Return the reason if *error* is about this one message. A spend limit that is reached is counted here."""
    reason = str(error.get("Reason") or "")
    match error["Error"]["Code"]:
        case "ValidationException":
            return reason or "ValidationException"
        case "ConflictException" if reason in _ABOUT_ONE_NUMBER:
            return reason
        case "ResourceNotFoundException" if error.get("ResourceType") in _NAME_REFUSED:
            return str(error["ResourceType"])
        case "ServiceQuotaExceededException" if reason == _SPEND_LIMIT:
            metrics.add_metric("SmsSpendLimitReached", MetricUnit.Count, 1)
    return None


@cache
def _client() -> Any:
    return clients.session(clients.ONCE).client("pinpoint-sms-voice-v2", config=clients.ONCE.config)
