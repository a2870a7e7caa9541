"""Delivery: how a sending can end. It is done, it surely failed, or nobody knows."""

from collections.abc import Callable

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from shared.observability import logger, metrics

_OF_ONE_RECIPIENT = {
    "InvalidParameter",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
    "OptedOut",
    "MessageRejected",
    "BadRequestException",
}
"""What AWS says where it does not take this one number or address. Anything else would hit the next as well."""


class SendingFailed(Exception):
    """It surely did not go out, so the queue may try again. Says who failed, never to whom.

    `carrier_in_trouble`: whoever is next would fare no better. If not, it was this one number or address alone.
    """

    def __init__(self, reason: str, *, carrier_in_trouble: bool = True) -> None:
        super().__init__(reason)
        self.carrier_in_trouble = carrier_in_trouble


def at_most_once(provider: str, notice_id: str, request: Callable[[], object]) -> bool:
    """Make one request to AWS that goes out once: what surely failed is raised, what nobody knows counts as sent.

    True where AWS said that it is sent, False where nobody knows.

    Two messages for one notice are worse than none: a person can ask again after half a minute, but one who
    gets two codes does not know which counts, and an owner who gets two alarms sees a second intruder.
    """
    try:
        request()
    except (HTTPClientError, ResponseParserError) as silence:
        _shrug(provider, notice_id, type(silence).__name__)
        return False
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        raise SendingFailed(f"{provider}: {code}", carrier_in_trouble=code not in _OF_ONE_RECIPIENT) from None
    except BotoCoreError as failure:
        trouble = not isinstance(failure, ParamValidationError)
        raise SendingFailed(f"{provider}: {type(failure).__name__}", carrier_in_trouble=trouble) from None
    return True


def _shrug(provider: str, notice_id: str, reason: str) -> None:
    logger.warning("delivery_unconfirmed", provider=provider, notice_id=notice_id, reason=reason)
    metrics.add_metric("DeliveriesUnconfirmed", MetricUnit.Count, 1)
