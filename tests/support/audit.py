"""What the tables' streams and the logs bring to the function `audit`, and what it puts on its bus."""

import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from gzip import compress
from typing import Any

import boto3
from moto.backends import get_backend

from audit import handler
from furtka.local.bus import Bus
from furtka.local.streams import Changes
from shared.delivery import event_bus
from shared.observability import logger
from tests.support.events import Context
from tests.support.world import ACCOUNT

VIEWS = {"test-activity": "NEW_IMAGE", "test-strikes": "NEW_AND_OLD_IMAGES"}
MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """The stream of each table since the last look, the refusals in the log, and the events that were told."""

    changes: Changes = field(default_factory=Changes)
    bus: Bus = field(default_factory=Bus)
    log: io.StringIO = field(default_factory=io.StringIO)

    def records(self, table: str) -> list[dict[str, Any]]:
        """Return the records of a table's stream that were not taken yet, as Lambda brings them."""
        self.changes.collect()
        found = self.changes.waiting(f"test-{table}", 10**6)
        self.changes.done(f"test-{table}", len(found))
        return found

    def lines(self) -> list[str]:
        """Return the lines of the log that the subscription filters pass on, since the last look."""
        found = [line for line in self.log.getvalue().splitlines() if '"audit_event"' in line]
        self.log.truncate(0)
        return found

    def told(self, *names: str) -> list[dict[str, Any]]:
        """Return the details of the events, or of those with these names."""
        details = [event["detail"] for event in self.bus.events()]
        return [detail for detail in details if not names or detail["event"] in names]

    def tell_changes(self) -> Any:
        return handler.lambda_handler({"Records": self.records("activity")}, Context())  # type: ignore[arg-type]

    def tell_counts(self, *, at: datetime) -> None:
        """Bring the records of a window that ends a minute after *at*, in two batches, and then its end."""
        records, state = self.records("strikes"), {}
        for some in (records[::2], records[1::2]) if len(records) > 10**3 else (records,):
            state = handler.lambda_handler(window(some, at=at, state=state), Context())["state"]  # type: ignore[arg-type, index]
        handler.lambda_handler(window([], at=at, state=state, is_final=True), Context())  # type: ignore[arg-type]

    def tell_log(self, *, at: datetime) -> None:
        handler.lambda_handler(batch(self.lines(), at=at), Context())  # type: ignore[arg-type]


def window(
    records: Sequence[dict[str, Any]], *, at: datetime, state: dict[str, Any] | None = None, is_final: bool = False
) -> dict[str, Any]:
    """Return the event of a tumbling window that begins *at*."""
    return {
        "Records": [*records],
        "window": {"start": at.isoformat(), "end": (at + MINUTE).isoformat()},
        "state": state or {},
        "shardId": "shardId-0",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/test-strikes/stream/now",
        "isFinalInvokeForWindow": is_final,
        "isWindowTerminatedEarly": False,
    }


def batch(lines: Sequence[str], *, at: datetime) -> dict[str, Any]:
    """Return the event of CloudWatch Logs with these lines."""
    events = [
        {"id": f"{place:056}", "timestamp": int(at.timestamp() * 1000), "message": line}
        for place, line in enumerate(lines)
    ]
    return {"awslogs": {"data": packed({"messageType": "DATA_MESSAGE", "logEvents": events})}}


def packed(said: dict[str, Any]) -> str:
    return b64encode(compress(json.dumps(said).encode())).decode()


@contextmanager
def desk() -> Iterator[Desk]:
    """Listen to everything in the world of the test."""
    made = Desk()
    listener = logging.StreamHandler(made.log)
    listener.setFormatter(logger.registered_formatter)
    boto3.client("events").create_event_bus(Name="audit")
    boto3.client("sqs").create_queue(QueueName="auditdeadletters")
    made.bus.open()
    for name, view in VIEWS.items():
        table = get_backend("dynamodb")[ACCOUNT]["eu-central-1"].tables[name]
        table.set_stream_specification({"StreamEnabled": True, "StreamViewType": view})
    event_bus._events.cache_clear()
    event_bus._sqs.cache_clear()
    logger.addHandler(listener)
    try:
        yield made
    finally:
        logger.removeHandler(listener)
