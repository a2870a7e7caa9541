"""Delivery: how a sending can end. It is done, it surely failed, or nobody knows."""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from shared.observability import logger, metrics


class SendingFailed(Exception):
    """It surely did not go out, so the queue may try again. Says who failed, never to whom."""


@contextmanager
def at_most_once(provider: str, notice_id: str) -> Iterator[None]:
    """One request to AWS that goes out once: what surely failed is raised, what nobody knows counts as sent.

    Two messages for one notice are worse than none: a person can ask again after half a minute, but one who
    gets two codes does not know which counts, and an owner who gets two alarms sees a second intruder.
    """
    try:
        yield
    except (HTTPClientError, ResponseParserError) as silence:
        _shrug(provider, notice_id, type(silence).__name__)
    except ClientError as refusal:
        raise SendingFailed(f"{provider}: {refusal.response['Error']['Code']}") from None
    except BotoCoreError as failure:
        raise SendingFailed(f"{provider}: {type(failure).__name__}") from None


def _shrug(provider: str, notice_id: str, reason: str) -> None:
    logger.warning("delivery_unconfirmed", provider=provider, notice_id=notice_id, reason=reason)
    metrics.add_metric("DeliveriesUnconfirmed", MetricUnit.Count, 1)
