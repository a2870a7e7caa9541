"""DynamoDB's streams: pass the changes of a table to its function, in batches or in windows of time."""

import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from furtka.local.clock import Clock
from furtka.local.cloud import ACCOUNT, REGION
from furtka.local.queues import Turns, failures
from furtka.local.runner import EventTooLarge, FunctionFailed, Runner
from furtka.local.template import Function, Template

PAUSE = 0.5  # seconds between two looks at a stream; also before a batch that failed comes again


class Changes:
    """What changed in moto's tables that have a stream, by the table's name.

    `collect` is called after each request to DynamoDB, while no other runs: moto takes the changes of a transaction
    that is refused out of its list again, and would copy the whole list with each transaction.
    """

    def __init__(self) -> None:
        self._records: dict[str, deque[dict[str, Any]]] = {}
        self._number = 0

    def collect(self) -> None:
        for name, table in dynamodb_backends[ACCOUNT][REGION].tables.items():
            if table.stream_shard is not None and table.stream_shard.items:
                found = self._records.setdefault(name, deque())
                told = [one.to_json() for one in table.stream_shard.items]
                found.extend(self._record(one, table) for one in told if not _is_bare(one["dynamodb"]))
                table.stream_shard.items = []

    def waiting(self, table: str, most: int) -> list[dict[str, Any]]:
        """Return the oldest changes, which wait until they are `done`."""
        return list(islice(self._records.get(table, ()), most))

    def done(self, table: str, count: int) -> None:
        for _ in range(count):
            self._records[table].popleft()

    def _record(self, told: dict[str, Any], table: Any) -> dict[str, Any]:
        self._number += 1
        change = told["dynamodb"] | {
            "ApproximateCreationDateTime": told["dynamodb"]["ApproximateCreationDateTime"]
            .replace(tzinfo=UTC)
            .timestamp(),
            "SequenceNumber": f"{self._number:021}",
        }
        arn = f"{table.table_arn}/stream/{table.latest_stream_label}"
        return told | {"dynamodb": change, "eventSourceARN": arn, "awsRegion": REGION}


def _is_bare(change: dict[str, Any]) -> bool:
    """Whether a row has nothing but its key. moto puts such a one first when an update makes a row; AWS does not."""
    return bool(change.get("NewImage") == change["Keys"] and "OldImage" not in change)


@dataclass(frozen=True)
class StreamMapping:
    """Which table's stream feeds which function. `window` is how long changes are gathered; None: they are not."""

    function: str
    table: str
    batch_size: int
    window: timedelta | None
    reports_failures: bool


def mappings(template: Template, functions: list[Function]) -> Iterator[StreamMapping]:
    """Yield the mappings of streams in the template."""
    for function in functions:
        for event in function.events.values():
            if event["Type"] == "DynamoDB":
                properties = template.value(event["Properties"])
                seconds = properties.get("TumblingWindowInSeconds")
                yield StreamMapping(
                    function=function.name,
                    table=properties["Stream"].split("/")[1],
                    batch_size=int(properties.get("BatchSize", 100)),
                    window=timedelta(seconds=int(seconds)) if seconds else None,
                    reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                )


class Feeder(threading.Thread):
    """Invokes a function with the changes of a table. What it could not handle comes again."""

    def __init__(self, mapping: StreamMapping, turns: Turns, changes: Changes, runner: Runner, clock: Clock) -> None:
        super().__init__(name=f"stream of {mapping.table}", daemon=True)
        self._mapping = mapping
        self._turns = turns
        self._changes = changes
        self._runner = runner
        self._clock = clock
        self._stopping = threading.Event()
        self._state: dict[str, Any] = {}
        self._begun = clock.now()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.wait(PAUSE):
            try:
                self._look()
            except (FunctionFailed, EventTooLarge) as failure:
                print(f"{self.name}: {failure}", file=sys.stderr, flush=True)

    def _look(self) -> None:
        records = self._changes.waiting(self._mapping.table, self._mapping.batch_size)
        if self._mapping.window:
            self._gather(records, self._mapping.window)
        elif records:
            answer = self._call({"Records": records})
            self._changes.done(self._mapping.table, self._handled(records, answer))

    def _handled(self, records: list[dict[str, Any]], answer: Any) -> int:
        """Return how many records were handled, all before the first that was not."""
        failed = failures(answer) if self._mapping.reports_failures else set()
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        return min((numbers.index(one) if one in numbers else 0 for one in failed), default=len(records))

    def _gather(self, records: list[dict[str, Any]], window: timedelta) -> None:
        """Add the records to the window's state; the first look after its end tells the function that it ended."""
        ends = self._begun + window
        is_over = self._clock.now() >= ends
        if records:
            self._state = self._call(self._in_window(records, ends, is_final=False))["state"]
            self._changes.done(self._mapping.table, len(records))
        if is_over:
            if self._state:
                self._call(self._in_window([], ends, is_final=True))
            self._state, self._begun = {}, self._clock.now()

    def _in_window(self, records: list[dict[str, Any]], ends: datetime, *, is_final: bool) -> dict[str, Any]:
        return {
            "Records": records,
            "window": {"start": _written(self._begun), "end": _written(ends)},
            "state": self._state,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": False,
        }

    def _call(self, event: dict[str, Any]) -> Any:
        with self._turns.turn(0):
            return self._runner.call(self._mapping.function, event)


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
