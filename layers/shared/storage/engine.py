"""The only connection to DynamoDB: reads of several tables at once, and guarded writes that all happen or none.

Functions of this package whose names end in -ing (`adding`, `changing`, `spending`) return a `Write`; nothing is
written until `commit` gets it. A guard is a condition that DynamoDB judges at the moment of the write. "Refused as X
if …" in a docstring means that `commit` then raises X. A write whose docstring names no other refusal is refused as
Outrun.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import clients, deadline, policy
from shared.crypto import randomness
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger, reason_of

type Raw = dict[str, Any]
type Row = Model | None
"""The row under a key that was fetched; None if there is none."""

type Instead = Callable[[Raw], Write | None]
"""What is tried in the place of a write whose guard does not hold, by the row that is there; None for nothing."""

CALL_TAKES = clients.KEYS.attempt.total_seconds()
"""Seconds that one attempt at a call takes at most."""

COLLIDED, BUSY = 0.01, 0.025
"""The longest first pause, in seconds, after a collision with another transaction, and where the table is busy."""

BUSY_REASONS = ("ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded")
"""Why a transaction is cancelled at a table that is busy. The SDK repeats it neither for these nor for a collision."""

NOT_DONE = ("ConditionalCheckFailedException", "TransactionConflictException", "TransactionCanceledException")
"""DynamoDB's error codes for a guard that does not hold and for a collision with another transaction."""


class _Connection(Connection):
    """A connection that begins no attempt at a call which could end after the deadline of the invocation."""

    @property
    def session(self) -> Session:
        session = super().session
        clients.keep_deadline(session.get_component("event_emitter"), CALL_TAKES)
        return session


_connection = _Connection(
    connect_timeout_seconds=policy.STORE_CONNECTS_WITHIN.total_seconds(),
    read_timeout_seconds=policy.STORE_ANSWERS_WITHIN.total_seconds(),
    max_retry_attempts=policy.STORE_ATTEMPTS - 1,
)


@dataclass(frozen=True)
class Key:
    """The primary key of a row, and the model of its table."""

    model: type[Model]
    hash: str
    range: str | None = None

    def arguments(self, guard: Condition | None = None) -> Raw:
        """Return the arguments `TableName` and `Key` of a DynamoDB call, and those of the guard's expression."""
        return self.model.get_operation_kwargs_from_class(self.hash, self.range, guard)


MISTAKES = ("ValidationException", "SerializationException", "ParamValidationError")
"""Codes of a call that DynamoDB, or botocore, takes for malformed, such as one with a row that is too large."""


class MalformedCall(Exception):
    """DynamoDB refuses a call as malformed, and always will: a mistake of ours, and nothing to try again."""


class Unreachable(Unavailable):
    """DynamoDB did not answer in time, or answered with an error."""


@dataclass(frozen=True)
class Write:
    """One write with its guard.

    If the guard does not hold, `refused` gets the row, empty if there is none, and returns what `commit` raises; unless
    `instead` returns another write for that row, which `commit` then tries in its place.
    """

    operation: str
    arguments: dict[str, Any]
    refused: Callable[[Raw], Refusal]
    instead: Instead = lambda _: None


NOTHING = Write("Nothing", {}, lambda _: Outrun())  # for `instead`, where nothing is to be written in its place


@dataclass(eq=False)
class Replaced(Exception):
    """A guard does not hold, and another write is to be tried in the place of its write."""

    writes: Sequence[Write] = field(repr=False)


def add(item: Model, *, refused: Refusal | None = None) -> Write:
    """Write a new row. Refused as *refused*, or else as Outrun, if there is one under its key already."""
    its_key = getattr(item, "_hash_key_attribute")()  # noqa: B009 - untyped in PynamoDB
    arguments = item.get_save_kwargs_from_instance(condition=its_key.does_not_exist())
    return Write("Put", arguments, lambda _: refused or Outrun())


def put(item: Model) -> Write:
    """Write a row in the place of whatever is there. Never refused."""
    return Write("Put", item.get_save_kwargs_from_instance(), lambda _: Outrun())


def change(
    item: Model,
    actions: Sequence[Action],
    *,
    guard: Condition | None = None,
    refused: Callable[[Raw], Refusal] | None = None,
    instead: Callable[[Raw], Write | None] = lambda _: None,
) -> Write:
    """Update a row, if *guard* still holds for it; without *guard*, always, creating the row if there is none."""
    arguments = item.get_update_kwargs_from_instance(
        actions=list(actions), condition=guard, return_values_on_condition_failure="ALL_OLD"
    )
    return Write("Update", arguments, refused or (lambda _: Outrun()), instead)


def remove(item: Model, *, guard: Condition | None = None, refused: Refusal | None = None) -> Write:
    """Remove a row, if *guard* holds for it; without *guard* it does not matter whether there is one."""
    return Write("Delete", item.get_delete_kwargs_from_instance(condition=guard), lambda _: refused or Outrun())


def check(key: Key, *, guard: Condition, refused: Callable[[Raw], Refusal]) -> Write:
    """Change nothing. Refuses the whole commit if *guard* does not hold at the moment of its other writes."""
    arguments = key.arguments(guard) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return Write("ConditionCheck", arguments, refused)


def commit(*writes: Write) -> None:
    """Do all of *writes* or none, in one round trip, and in one more for each write that is replaced (`Write.instead`).

    Raises the refusal of the first write whose guard does not hold, or Unreachable if DynamoDB does not answer.
    """
    tried: Sequence[Write] = writes
    for _ in range(policy.STORE_BUSY_ATTEMPTS):
        try:
            _done(tried, *_operation(tried))
        except Replaced as other:
            tried = other.writes
        else:
            return
    raise Unreachable


def spend(write: Write) -> Raw:
    """Do *write*, an update, and return the row as it is afterwards, in one round trip. Raises as `commit` does."""
    return dict(_done([write], "UpdateItem", write.arguments | {"ReturnValues": "ALL_NEW"})["Attributes"])


def again[Answer](step: Callable[[], Answer]) -> Answer:
    """Run *step*, which reads, decides and commits, and run it anew if another request outran it.

    So two simultaneous changes are both done, one after the other, and the second is decided on what the first left
    behind. Raises Outrun after policy.RACE_ATTEMPTS runs.
    """
    return again_after(Outrun, lambda _: step())


def again_after[Lost: Outrun, Answer](lost: type[Lost], step: Callable[[Lost | None], Answer]) -> Answer:
    """Run *step* as `again` does, and pass it the refusal that outran its last run, or None in the first run.

    So a step need not read what the refusal tells. Only a refusal of the kind *lost* leads to another run.
    """
    outrun = None
    for _ in range(policy.RACE_ATTEMPTS - 1):
        try:
            return step(outrun)
        except lost as refusal:
            outrun = refusal
    return step(outrun)


def fetch(*keys: Key) -> list[Model | None]:
    """Return the rows under *keys*, in that order, in one round trip of strongly consistent reads.

    Raises Unreachable. It is a batch and no transaction: that costs half, and a reader never collides with a writer.
    """
    return [key.model.from_raw_data(raw) if raw else None for key, raw in zip(keys, fetch_raw(*keys), strict=True)]


def fetch_raw(*keys: Key) -> list[Raw | None]:
    """Return the rows under *keys* as DynamoDB has them, for callers who expect rows that cannot be read."""
    wanted: dict[str, Any] = {}
    for key in keys:
        arguments = key.arguments()
        wanted.setdefault(arguments["TableName"], {"ConsistentRead": True, "Keys": []})["Keys"].append(arguments["Key"])
    found = _read_together(wanted) if wanted else {}  # DynamoDB refuses a read of nothing
    return [_found(found, key) for key in keys]


def _read_together(wanted: Raw) -> dict[str, list[Raw]]:
    """Return the rows by table. DynamoDB leaves some out where it is busy, or over 16 MB: these are asked for again."""
    found: dict[str, list[Raw]] = {}
    for attempts in range(1, policy.STORE_BUSY_ATTEMPTS + 1):
        answer = call("BatchGetItem", {"RequestItems": wanted})
        for table, rows in answer["Responses"].items():
            found.setdefault(table, []).extend(rows)
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
        pause(attempts, BUSY)
    raise Unreachable


def query(model: type[Model], hash_key: str) -> list[Model]:
    """Return every row under *hash_key*, read with strong consistency, in a round trip for each megabyte."""
    owner = getattr(model, "_hash_key_attribute")()  # noqa: B009 - untyped in PynamoDB
    return [model.from_raw_data(raw) for rows in pages(model, owner == hash_key) for raw in rows]


def page(
    model: type[Model],
    where: Condition,
    *,
    index: str | None = None,
    only: Condition | None = None,
    limit: int,
    newest_first: bool = False,
    after: Raw | None = None,
) -> tuple[list[Model], Raw | None]:
    """Read up to *limit* rows whose keys match *where*, and return those of them that match *only*, in one round trip.

    The second value is the key of the last row read, or None if there are no more; *after*, such a key, goes on behind
    it. An *index* follows its table with a delay.
    """
    asked = _asked(model, where, index, only, limit=limit) | {"ScanIndexForward": not newest_first}
    answer = call("Query", asked | ({"ExclusiveStartKey": after} if after else {}))
    return [model.from_raw_data(raw) for raw in answer["Items"]], answer.get("LastEvaluatedKey")


def pages(
    model: type[Model], where: Condition, *, index: str | None = None, limit: int | None = None
) -> Iterator[list[Raw]]:
    """Yield all rows whose keys match *where*, up to *limit* a page; each page is read when the caller asks for it."""
    arguments = _asked(model, where, index, None, limit=limit)
    while True:
        answer = call("Query", arguments)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def scan(model: type[Model]) -> Iterator[list[Raw]]:
    """Yield all rows of a table, a page at a time, read with strong consistency. For operators: no request does it."""
    arguments: Raw = {"TableName": model.Meta.table_name, "ConsistentRead": True}
    while True:
        answer = call("Scan", arguments)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _asked(
    model: type[Model], where: Condition, index: str | None, only: Condition | None, *, limit: int | None
) -> Raw:
    """Return the arguments of a Query. DynamoDB reads a table with strong consistency, an index never."""
    names: dict[str, str] = {}
    values: dict[str, str] = {}
    asked: Raw = {
        "TableName": model.Meta.table_name,
        "ConsistentRead": index is None,
        "KeyConditionExpression": where.serialize(names, values),
        "ExpressionAttributeValues": values,
    }
    if limit:
        asked["Limit"] = limit
    if index:
        asked["IndexName"] = index
    if only is not None:
        asked["FilterExpression"] = only.serialize(names, values)
    return asked | {"ExpressionAttributeNames": {placeholder: name for name, placeholder in names.items()}}


def fetch_one(key: Key) -> Model | None:
    """Return the row under *key*, read with strong consistency."""
    answer = call("GetItem", key.arguments() | {"ConsistentRead": True})
    return key.model.from_raw_data(answer["Item"]) if answer.get("Item") else None


def _found(responses: dict[str, list[Raw]], key: Key) -> Raw | None:
    arguments = key.arguments()
    rows = responses.get(arguments["TableName"], [])
    return next((raw for raw in rows if arguments["Key"].items() <= raw.items()), None)


def _done(writes: Sequence[Write], operation: str, arguments: Raw) -> Raw:
    """Return DynamoDB's answer to *writes*, which are tried again if they collide, or while a table is busy."""
    for attempts in range(1, policy.STORE_BUSY_ATTEMPTS + 1):
        try:
            return call(operation, dict(arguments))  # a copy, which PynamoDB may add to
        except ClientError as failure:
            _refuse_if_guarded(writes, failure)
            pause(attempts, _first_pause(failure))
    raise Unreachable


def pause(attempts: int, first: float) -> None:
    """Wait before the next attempt: up to *first* seconds doubled with each that was made.

    Raises Unreachable if there may be no next attempt, by policy or by the deadline of the invocation.
    """
    longest = first * 2**attempts
    if attempts == policy.STORE_BUSY_ATTEMPTS or not deadline.allows(longest + CALL_TAKES):
        logger.warning("dynamodb_busy", attempts=attempts)
        raise Unreachable
    time.sleep(randomness.pause(longest))


def _operation(writes: Sequence[Write]) -> tuple[str, Raw]:
    """Return the operation for *writes*. A single write needs no transaction, which would cost twice as much."""
    if len(writes) == 1 and writes[0].operation != "ConditionCheck":
        return f"{writes[0].operation}Item", writes[0].arguments
    # One name for all attempts: one that was done, though its answer was lost, is not done twice.
    return "TransactWriteItems", {
        "TransactItems": [{write.operation: write.arguments} for write in writes],
        "ClientRequestToken": randomness.request_token(),
    }


def _refuse_if_guarded(writes: Sequence[Write], failure: ClientError) -> None:
    """Raise the refusal of the first guard that does not hold, if there is one.

    Raises MalformedCall, or Replaced if there are other writes to try in the place of those whose guards do not hold.
    """
    reasons = _reasons(failure)
    if any(reason["Code"] == "ValidationError" for reason in reasons):
        raise MalformedCall("TransactWriteItems")
    others: dict[int, Write] = {}
    for place, (write, reason) in enumerate(zip(writes, reasons, strict=True)):
        if reason["Code"] == "ConditionalCheckFailed":
            if other := write.instead(reason.get("Item", {})):
                others[place] = other
            elif not others:
                raise write.refused(reason.get("Item", {})) from failure
    if others:
        tried = [others.get(place, write) for place, write in enumerate(writes)]
        raise Replaced([write for write in tried if write is not NOTHING]) from failure


def _first_pause(failure: ClientError) -> float:
    """Return the longest first pause after a cancelled transaction. Raises Unreachable if it failed for good."""
    codes = {reason["Code"] for reason in _reasons(failure)}
    if codes.intersection(BUSY_REASONS):
        return BUSY
    if "TransactionConflict" in codes:
        return COLLIDED
    raise Unreachable from failure


def _reasons(failure: ClientError) -> list[Raw]:
    """Return DynamoDB's reason for each write, in their order. botocore's types leave most of it out."""
    said: Raw = dict(failure.response)
    if together := said.get("CancellationReasons"):
        return list(together)
    return [{"Code": said["Error"]["Code"].removesuffix("Exception"), "Item": said.get("Item", {})}]


def call(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call DynamoDB.

    Raises ClientError if its code is in NOT_DONE, MalformedCall if it is in MISTAKES, Unreachable for any other.
    """
    try:
        return _connection.dispatch(operation, arguments)
    except (ClientError, BotoCoreError) as failure:
        if reason_of(failure) in NOT_DONE:
            raise _as_dynamodb_said_it(failure) from None
        if reason_of(failure) in MISTAKES:
            raise MalformedCall(operation) from None
        logger.warning("dynamodb_failed", operation=operation, reason=reason_of(failure))
        raise Unreachable from failure


def _as_dynamodb_said_it(failure: Exception) -> BaseException:
    """Return botocore's error: PynamoDB's own leaves out the rows and reasons that DynamoDB sent."""
    return failure.__cause__ or failure
