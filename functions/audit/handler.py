"""Handler of audit events: what the tables' streams and the functions' logs tell leaves for other systems.

It is no part of any request. What it cannot tell now Lambda brings again, with the same ids.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from audit import changes_flow, counts_flow, log_flow
from shared import deadline, settings
from shared.observability import logger, metrics, raising_unforeseen


class NotTold(Exception):
    """The bus did not take every event. Lambda runs the function again with the same records."""


@deadline.kept
@metrics.log_metrics
@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> Mapping[str, Any] | None:
    """Tell of entries of the activity log, of a minute's counts of refused attempts, or of logged refusals."""
    with raising_unforeseen(NotTold):
        if "awslogs" in event:
            _must_be_told(log_flow.tell(event["awslogs"]["data"]))
            return None
        if _is_of(settings.STRIKES_TABLE, event):
            return _counted(event)
        return _changed(event)


def _changed(event: dict[str, Any]) -> Mapping[str, Any]:
    """Tell of each entry. Return where to begin again if one could not be told (partial batch response)."""
    metrics.add_metric("AuditRecordsTaken", MetricUnit.Count, len(event["Records"]))
    failed = changes_flow.tell(event["Records"])
    metrics.add_metric("AuditEventsDelayed", MetricUnit.Count, len(failed))
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def _is_of(table: str, event: dict[str, Any]) -> bool:
    """Whether the event is of the stream of that table. The last event of a window may have no record."""
    return "window" in event or f"/{table}/" in event["Records"][0]["eventSourceARN"]


def _counted(event: dict[str, Any]) -> Mapping[str, Any]:
    """Add to the counts of the window, and tell of them when it ends."""
    metrics.add_metric("AuditRecordsTaken", MetricUnit.Count, len(event["Records"]))
    state = counts_flow.added(event.get("state") or {}, event["Records"])
    window = event.get("window") or _window_of(event["Records"])
    if not (event.get("isFinalInvokeForWindow", True) or event["isWindowTerminatedEarly"]):
        return {"state": state}
    _must_be_told(counts_flow.tell(state, window))
    return {"state": {}}


def _window_of(records: list[dict[str, Any]]) -> dict[str, str]:
    """Return the window of a batch, where the mapping of the stream has none: it is one by itself."""
    times = [datetime.fromtimestamp(one["dynamodb"]["ApproximateCreationDateTime"], UTC) for one in records]
    return {"start": min(times).isoformat(), "end": max(times).isoformat()}


def _must_be_told(failed: set[str]) -> None:
    metrics.add_metric("AuditEventsDelayed", MetricUnit.Count, len(failed))
    if failed:
        raise NotTold
