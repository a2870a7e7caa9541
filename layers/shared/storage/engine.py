"""The one connection to DynamoDB: reads of several tables at once, and guarded writes, all of them or none."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from shared import policy
from shared.crypto import randomness
from shared.errors import Outrun, Refusal, Unavailable
from shared.observability import logger, reason_of

type Raw = dict[str, Any]
type Row = Model | None
"""What lies under a key that was fetched."""

MOST_LOOKS = 3
"""How often something is looked at anew that is changed at the same moment."""

MOST_COLLISIONS = 8
"""How often a write that collided with a transaction is tried before the caller is told to wait."""

NOT_DONE = ("ConditionalCheckFailedException", "TransactionConflictException", "TransactionCanceledException")
"""What DynamoDB says where a guard did not hold, or where a write collided with a transaction."""

_connection = Connection(
    connect_timeout_seconds=policy.STORE_CONNECTS_WITHIN.total_seconds(),
    read_timeout_seconds=policy.STORE_ANSWERS_WITHIN.total_seconds(),
    max_retry_attempts=policy.STORE_TRIES - 1,
)


@dataclass(frozen=True)
class Key:
    """Where a row lies."""

    model: type[Model]
    hash: str
    range: str | None = None

    def arguments(self, guard: Condition | None = None) -> Raw:
        """`TableName` and `Key`, as DynamoDB wants them, and the guard's expression."""
        return self.model.get_operation_kwargs_from_class(self.hash, self.range, guard)


class Unreachable(Unavailable):
    """DynamoDB did not answer, or not in time."""


@dataclass(frozen=True)
class Write:
    """One guarded write. `refused` makes the refusal of the row that its guard did not hold for."""

    operation: str
    arguments: dict[str, Any]
    refused: Callable[[Raw], Refusal]


def add(item: Model, *, refused: Refusal | None = None) -> Write:
    """Write a row that must not exist yet."""
    its_key = getattr(item, "_hash_key_attribute")()  # noqa: B009 - untyped in PynamoDB
    arguments = item.get_save_kwargs_from_instance(condition=its_key.does_not_exist())
    return Write("Put", arguments, lambda _: refused or Outrun())


def put(item: Model) -> Write:
    """Write a row over whatever stood there: the newest counts."""
    return Write("Put", item.get_save_kwargs_from_instance(), lambda _: Outrun())


def change(
    item: Model,
    actions: Sequence[Action],
    *,
    guard: Condition | None = None,
    refused: Callable[[Raw], Refusal] | None = None,
) -> Write:
    """Write the successor of a row, if *guard* still holds for it; without one, whatever the row is."""
    arguments = item.get_update_kwargs_from_instance(
        actions=list(actions), condition=guard, return_values_on_condition_failure="ALL_OLD"
    )
    return Write("Update", arguments, refused or (lambda _: Outrun()))


def remove(item: Model, *, guard: Condition | None = None, refused: Refusal | None = None) -> Write:
    """Remove a row; without *guard*, see to it that there is none."""
    return Write("Delete", item.get_delete_kwargs_from_instance(condition=guard), lambda _: refused or Outrun())


def check(key: Key, *, guard: Condition, refused: Callable[[Raw], Refusal]) -> Write:
    """Change nothing, but insist that *guard* holds at the moment of the other writes."""
    arguments = key.arguments(guard) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return Write("ConditionCheck", arguments, refused)


def commit(*writes: Write) -> None:
    """Do all of *writes* or none, in one round trip.

    Raises the refusal of the first write whose guard does not hold, Unavailable where DynamoDB does not answer.
    """
    _done(writes, *_operation(writes))


def spend(write: Write) -> Raw:
    """Do *write*, an update, and tell what the row is like afterwards, in one round trip. Raises as `commit`."""
    return dict(_done([write], "UpdateItem", write.arguments | {"ReturnValues": "ALL_NEW"})["Attributes"])


def again[Answer](step: Callable[[], Answer]) -> Answer:
    """Looks again where what was seen had changed before it was acted on: *step* reads, decides and commits.

    So of two changes at once both are done, one upon the other, and nothing is changed by whoever may no longer.
    Raises Outrun where that happens MOST_LOOKS times.
    """
    for _ in range(MOST_LOOKS - 1):
        try:
            return step()
        except Outrun:
            continue
    return step()


def fetch(*keys: Key) -> list[Model | None]:
    """The rows under *keys*, in that order, in one round trip of strongly consistent reads.

    A batch and not a transaction: at half the price, and a reader never collides with a writer.
    """
    return [key.model.from_raw_data(raw) if raw else None for key, raw in zip(keys, fetch_raw(*keys), strict=True)]


def fetch_raw(*keys: Key) -> list[Raw | None]:
    """As `fetch`, of rows that may be broken."""
    wanted: dict[str, Any] = {}
    for key in keys:
        arguments = key.arguments()
        wanted.setdefault(arguments["TableName"], {"ConsistentRead": True, "Keys": []})["Keys"].append(arguments["Key"])
    answer = _call("BatchGetItem", {"RequestItems": wanted})
    if answer.get("UnprocessedKeys"):
        raise Unreachable
    return [_found(answer["Responses"], key) for key in keys]


def query(model: type[Model], hash_key: str) -> list[Model]:
    """Every row under *hash_key*, read with strong consistency, a round trip for each megabyte."""
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
) -> tuple[list[Model], Raw | None]:
    """What matches *only* among the first *limit* rows whose keys are as *where* says, in one round trip.

    With it comes the key of the last row looked at, or None where there are no more. An index may lag a little.
    """
    answer = _call("Query", _asked(model, where, index, only, limit=limit) | {"ScanIndexForward": not newest_first})
    return [model.from_raw_data(raw) for raw in answer["Items"]], answer.get("LastEvaluatedKey")


def pages(
    model: type[Model], where: Condition, *, index: str | None = None, limit: int | None = None
) -> Iterator[list[Raw]]:
    """What lies where *where* says, up to *limit* rows a page; each page is read when it is asked for."""
    arguments = _asked(model, where, index, None, limit=limit)
    while True:
        answer = _call("Query", arguments)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _asked(
    model: type[Model], where: Condition, index: str | None, only: Condition | None, *, limit: int | None
) -> Raw:
    """The arguments of a Query. Only a table, and no index, can be read with strong consistency."""
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
    """The row under *key*, read with strong consistency."""
    answer = _call("GetItem", key.arguments() | {"ConsistentRead": True})
    return key.model.from_raw_data(answer["Item"]) if answer.get("Item") else None


def _found(responses: dict[str, list[Raw]], key: Key) -> Raw | None:
    arguments = key.arguments()
    rows = responses.get(arguments["TableName"], [])
    return next((raw for raw in rows if arguments["Key"].items() <= raw.items()), None)


def _done(writes: Sequence[Write], operation: str, arguments: Raw) -> Raw:
    """DynamoDB's answer to *writes*, which are asked for again where they collided with somebody else's."""
    for collisions in range(MOST_COLLISIONS):
        if collisions:
            time.sleep(randomness.pause(0.01 * 2**collisions))
        try:
            return _call(operation, arguments)
        except ClientError as failure:
            _refuse_if_guarded(writes, failure)
    raise Unreachable


def _operation(writes: Sequence[Write]) -> tuple[str, Raw]:
    """A write alone is no transaction, at half the price. AWS lets it collide with one all the same."""
    if len(writes) == 1 and writes[0].operation != "ConditionCheck":
        return f"{writes[0].operation}Item", writes[0].arguments
    return "TransactWriteItems", {"TransactItems": [{write.operation: write.arguments} for write in writes]}


def _refuse_if_guarded(writes: Sequence[Write], failure: ClientError) -> None:
    """A guard that does not hold is a refusal. A collision with another transaction is none."""
    reasons = _reasons(failure)
    for write, reason in zip(writes, reasons, strict=True):
        if reason["Code"] == "ConditionalCheckFailed":
            raise write.refused(reason.get("Item", {})) from failure
    if not any(reason["Code"] == "TransactionConflict" for reason in reasons):
        raise Unreachable from failure


def _reasons(failure: ClientError) -> list[Raw]:
    """What DynamoDB says of each write. botocore's types leave out the most of it."""
    said: Raw = dict(failure.response)
    if together := said.get("CancellationReasons"):
        return list(together)
    return [{"Code": said["Error"]["Code"].removesuffix("Exception"), "Item": said.get("Item", {})}]


def _call(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Raises ClientError for what is NOT_DONE, Unreachable for anything else that went wrong."""
    try:
        return _connection.dispatch(operation, arguments)
    except (ClientError, BotoCoreError) as failure:
        if reason_of(failure) in NOT_DONE:
            raise _as_dynamodb_said_it(failure) from None
        logger.warning("dynamodb_failed", operation=operation, reason=reason_of(failure))
        raise Unreachable from failure


def _as_dynamodb_said_it(failure: Exception) -> BaseException:
    """PynamoDB's own error leaves out the rows and reasons that came with DynamoDB's."""
    return failure.__cause__ or failure
