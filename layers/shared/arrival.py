"""When an event happened, as AWS says: the only time of day that anything sees while it is handled."""

import os
from datetime import UTC, datetime
from typing import Any

type Event = dict[str, Any]


def settled(event: Event) -> Event:
    """Return the event of a request with a time that `request_time` can read, the same each time it is asked."""
    if not _is_sam_local():
        return event
    at = _not_stopped(request_time(event))
    return event | {"requestContext": event["requestContext"] | {"requestTimeEpoch": int(at.timestamp() * 1000)}}


def request_time(event: Event) -> datetime:
    """Return when API Gateway received the request, or the wall clock if the event of an authorizer does not say."""
    millis = event["requestContext"].get("requestTimeEpoch")
    return datetime.fromtimestamp(millis / 1000, UTC) if millis else datetime.now(UTC)


def schedule_time(event: dict[str, str]) -> datetime:
    """Return the time that the event of a schedule is for."""
    at = datetime.fromisoformat(event["time"])
    return _not_stopped(at) if _is_sam_local() else at


def _not_stopped(at: datetime) -> datetime:
    """Return *at*, or the wall clock if that is later.

    `sam local start-api` gives every request the time of its own start, and an event file has the time at which it was
    written, so no wait would ever end. It would do no harm in Lambda, where events come a moment after they happened.
    """
    return max(at, datetime.now(UTC))


def _is_sam_local() -> bool:
    return os.environ.get("AWS_SAM_LOCAL") == "true"
