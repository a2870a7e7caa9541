"""Delivery: the three results of sending a message: sent, surely failed, or unknown."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from shared.observability import logger, metrics

_RECIPIENT_ERRORS = {
    "InvalidParameter",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
    "OptedOut",
    "MessageRejected",
    "BadRequestException",
}
"""AWS's error codes that are about one number or address. Any other would meet the next message too."""


_TOO_FAST = {
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
}
"""AWS's error codes that say that requests come too fast. Other services answer HTTP 429."""


class SendingFailed(Exception):
    """The message was surely not sent, so the queue may try again. The text names the provider, never the recipient.

    `carrier_in_trouble`: the next message would fail too. If False, the failure is about one number or address.
    """

    def __init__(self, reason: str, *, carrier_in_trouble: bool = True) -> None:
        super().__init__(reason)
        self.carrier_in_trouble = carrier_in_trouble


class SendingRefused(SendingFailed):
    """The carrier does not take this message, and would not at the next try: the number, the text or the sender is why.

    `why` is the carrier's own word for it.
    """

    def __init__(self, reason: str, *, why: str = "") -> None:
        super().__init__(reason, carrier_in_trouble=False)
        self.why = why


class CarrierBusy(SendingFailed):
    """The carrier takes no more messages in this second. That is no failure: the message was not sent, and waits."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, carrier_in_trouble=False)


type ForGood = Callable[[Mapping[str, Any]], str | None]
"""Tells whether an error of AWS is a refusal for good of this one message: AWS's word for the reason, or else None."""


def by_code(*codes: str) -> ForGood:
    """Return the `ForGood` for a service whose error codes say it all."""

    def why(error: Mapping[str, Any]) -> str | None:
        code: str = error["Error"]["Code"]
        return code if code in codes else None

    return why


_NOTHING = by_code()


def at_most_once(
    provider: str, notice_id: str, request: Callable[[], object], *, refused_for_good: ForGood = _NOTHING
) -> bool:
    """Make one request to AWS that sends a message at most once.

    Return True if AWS confirmed it, False if the result is unknown, which counts as sent. Raises SendingFailed if the
    message was surely not sent, SendingRefused if *refused_for_good* says so, CarrierBusy if messages come too fast.
    """
    # Two messages for one notice are worse than none: a person can ask for another code after half a minute, but who
    # gets two does not know which is valid, and an owner who gets two alarms sees a second intruder.
    try:
        request()
    except (HTTPClientError, ResponseParserError) as silence:
        _record_unconfirmed(provider, notice_id, type(silence).__name__)
        return False
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        status = refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _TOO_FAST or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise CarrierBusy(f"{provider}: {code}") from None
        if why := refused_for_good(refusal.response):
            raise SendingRefused(f"{provider}: {code}", why=why) from None
        raise SendingFailed(f"{provider}: {code}", carrier_in_trouble=code not in _RECIPIENT_ERRORS) from None
    except BotoCoreError as failure:
        trouble = not isinstance(failure, ParamValidationError)
        raise SendingFailed(f"{provider}: {type(failure).__name__}", carrier_in_trouble=trouble) from None
    return True


def _record_unconfirmed(provider: str, notice_id: str, reason: str) -> None:
    logger.warning("delivery_unconfirmed", provider=provider, notice_id=notice_id, reason=reason)
    metrics.add_metric("DeliveriesUnconfirmed", MetricUnit.Count, 1)
