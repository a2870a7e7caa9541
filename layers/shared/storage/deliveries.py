"""The deliveries table: which notices were sent, so that a notice that the queue repeats is sent once."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Concatenate, Protocol

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from shared import clients, policy, settings
from shared.observability import logger, metrics


class Numbered(Protocol):
    """Anything with an id, such as a notice."""

    @property
    def id(self) -> str: ...


_config = IdempotencyConfig(
    expires_after_seconds=int(policy.NOTICE_REMEMBERED_FOR.total_seconds()), hash_function="sha256"
)


def watch(context: LambdaContext) -> None:
    """Free what this invocation claims when its time is up, in case it crashes. Call this first."""
    _config.register_lambda_context(context)


def once[N: Numbered, **P](send: Callable[Concatenate[N, P], None]) -> Callable[Concatenate[N, P], None]:
    """Return *send* changed so that it runs once for each id.

    A later call with the same id does nothing. A call while the first is running raises Powertools'
    IdempotencyAlreadyInProgressError. If *send* raises, the next call with that id runs it again.
    """

    @wraps(send)
    def send_once(notice: N, /, *args: P.args, **kwargs: P.kwargs) -> None:
        def claimed(**_: str) -> None:
            send(notice, *args, **kwargs)

        guarded = idempotent_function(
            claimed,
            data_keyword_argument="notice_id",
            persistence_store=_places(),
            config=_config,
            key_prefix="notice",
        )
        guarded(notice_id=notice.id)

    return send_once


class _Places(DynamoDBPersistenceLayer):
    def _update_record(self, data_record: DataRecord) -> None:
        """Record that a notice was sent. A failure is only logged: raised, it would send the notice again."""
        try:
            super()._update_record(data_record)
        except (BotoCoreError, ClientError, ResponseParserError) as failure:
            logger.warning("delivery_unrecorded", reason=type(failure).__name__)
            metrics.add_metric("DeliveriesUnrecorded", MetricUnit.Count, 1)


@cache
def _places() -> _Places:
    return _Places(
        settings.DELIVERIES_TABLE, boto3_session=clients.session(clients.DELIVERY), boto_config=clients.DELIVERY.config
    )
