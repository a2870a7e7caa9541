"""Harness: what DynamoDB Local leaves out. There transactions on one row wait; AWS refuses the one that is later."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.template import resources, table_name

type Row = tuple[str, ...]

KEYS = {
    table_name(logical): [key["AttributeName"] for key in properties["KeySchema"]]
    for logical, properties in resources("AWS::DynamoDB::Table").items()
}
ALONE = ("PutItem", "UpdateItem", "DeleteItem")


class Collisions:
    """Refuses what AWS documents as a conflict: a write, alone or with others, of a row that a transaction holds.

    A transaction holds its rows from when it is sent until it is answered: in a process with many threads that is
    longer than with AWS, so there are more collisions here than there would be.
    """

    def __init__(self) -> None:
        self.count = 0
        self._held: set[Row] = set()
        self._busy: Counter[Row] = Counter()
        self._lock = Lock()
        self._here = local()

    @contextmanager
    def among(self, client: Any) -> Iterator["Collisions"]:
        """What is sent through *client* collides."""
        watched = {"before-send.dynamodb": self._enter, "response-received.dynamodb": self._leave}
        for event, watch in watched.items():
            client.meta.events.register_first(event, watch)
        yield self
        for event, watch in watched.items():
            client.meta.events.unregister(event, watch)

    def keep_busy(self, row: Row, times: int) -> None:
        """The next *times* writes of *row* collide, whatever else happens."""
        self._busy[row] = times

    def _enter(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        if operation == "TransactWriteItems":
            return self._hold(request)
        if operation in ALONE and self._is_held(_row(json.loads(request.body))):
            return _refusal(request, "TransactionConflictException")
        return None

    def _leave(self, **_: Any) -> None:
        with self._lock:
            self._held -= getattr(self._here, "rows", set())
        self._here.rows = set()

    def _hold(self, request: AWSPreparedRequest) -> AWSResponse | None:
        rows = list(_rows(json.loads(request.body)))
        with self._lock:
            collided = [self._collides(row) for row in rows]
            if not any(collided):
                self._held.update(rows)
                self._here.rows = set(rows)
                return None
        reasons = [{"Code": "TransactionConflict" if one else "None"} for one in collided]
        return _refusal(request, "TransactionCanceledException", CancellationReasons=reasons)

    def _is_held(self, row: Row) -> bool:
        with self._lock:
            return self._collides(row)

    def _collides(self, row: Row) -> bool:
        is_busy = self._busy[row] > 0
        self._busy[row] -= is_busy
        self.count += is_busy or row in self._held
        return is_busy or row in self._held


def _rows(transaction: dict[str, Any]) -> Iterator[Row]:
    for item in transaction["TransactItems"]:
        for write in item.values():
            yield _row(write)


def _row(write: dict[str, Any]) -> Row:
    """The table and key that *write* is about."""
    attributes = write.get("Key") or write["Item"]
    return write["TableName"], *(attributes[name]["S"] for name in KEYS[write["TableName"]])


def _refusal(request: AWSPreparedRequest, code: str, **more: Any) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "made up", **more}).encode()
    return AWSResponse(request.url, 400, {"Content-Type": "application/x-amz-json-1.0"}, _Raw(body))


class _Raw:
    """A body as botocore reads it off the wire."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body
