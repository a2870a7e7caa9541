"""Calls to AWS: recorded, intercepted, and made to fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

type Answer = dict[str, Any]
type Proceed = Callable[[], Answer]
type Fault = Callable[["AwsCall", Proceed], Answer]


@dataclass(frozen=True)
class AwsCall:
    """One call of an AWS client. The SDK's own retries happen inside it."""

    service: str
    operation: str
    arguments: dict[str, Any]

    @property
    def tables(self) -> list[str]:
        """The tables that a call to DynamoDB names, in its order, by their names in the template without `Table`."""
        single = [self.arguments["TableName"]] if "TableName" in self.arguments else []
        batch = list(self.arguments.get("RequestItems", ()))
        together = [one["TableName"] for item in self.arguments.get("TransactItems", ()) for one in item.values()]
        return [name.removeprefix("test-") for name in (*single, *batch, *together)]

    def __str__(self) -> str:
        return " ".join([self.operation, *self.tables])


@contextmanager
def intercepted(how: Callable[[AwsCall, Proceed], Answer]) -> Iterator[None]:
    """Pass every call of every AWS client to *how*, which may let it proceed."""
    real = BaseClient._make_api_call

    def instead(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Answer:
        call = AwsCall(client.meta.service_model.service_name, operation, arguments)
        return how(call, lambda: real(client, operation, arguments))

    with patch.object(BaseClient, "_make_api_call", instead):
        yield


@contextmanager
def overheard() -> Iterator[list[AwsCall]]:
    """Record the calls that are made in the block."""
    heard: list[AwsCall] = []

    def listen(call: AwsCall, proceed: Proceed) -> Answer:
        heard.append(call)
        return proceed()

    with intercepted(listen):
        yield heard


@contextmanager
def preceded(operation: str, what: Callable[[], object], *, times: int = 1) -> Iterator[None]:
    """Do *what* right before the next call of *operation*: another request comes between our read and our write.

    With *times*, before each of that many calls. The test fails if there are fewer.
    """
    left, at_it = [what] * times, False

    def come_first(call: AwsCall, proceed: Proceed) -> Answer:
        nonlocal at_it
        if call.operation == operation and left and not at_it:
            at_it = True
            left.pop()()
            at_it = False
        return proceed()

    with intercepted(come_first):
        yield
    assert left == [], f"{operation} was called too seldom"


@contextmanager
def failing(place: int, fault: Fault) -> Iterator[None]:
    """Let the call at *place*, counted from 0, fail with *fault*, and no other."""
    places = count()

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return fault(call, proceed) if next(places) == place else proceed()

    with intercepted(stumble):
        yield


def collide(call: AwsCall, proceed: Proceed) -> Answer:
    """Another transaction writes the same rows. Only calls that write are affected."""
    if call.operation == "TransactWriteItems":
        reasons = [{"Code": "TransactionConflict"} for _ in call.arguments["TransactItems"]]
        error = {"Code": "TransactionCanceledException", "Message": f"{call.arguments}"}
        raise ClientError({"Error": error, "CancellationReasons": reasons}, call.operation)
    if call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return refuse("TransactionConflictException")(call, proceed)
    return proceed()


def refuse(code: str) -> Fault:
    """Return a fault: AWS answers the error *code*, with the arguments in its text, as some of its errors have."""

    def refuse(call: AwsCall, _: Proceed) -> Answer:
        raise ClientError({"Error": {"Code": code, "Message": f"{code}: {call.arguments}"}}, call.operation)

    return refuse


def time_out_before(call: AwsCall, _: Proceed) -> Answer:
    """The call does not reach AWS."""
    raise ConnectTimeoutError(endpoint_url=f"https://aws.example/?{call.arguments}")


def time_out_after(call: AwsCall, proceed: Proceed) -> Answer:
    """AWS does the call, or refuses it, but the answer is lost."""
    with suppress(ClientError):
        proceed()
    raise ReadTimeoutError(endpoint_url=f"https://aws.example/?{call.arguments}")


def answer_by_half(call: AwsCall, proceed: Proceed) -> Answer:
    """A batch is answered in part; for any other call AWS has an internal error."""
    if call.operation == "BatchGetItem":
        return {"Responses": {}, "UnprocessedKeys": call.arguments["RequestItems"]}
    if call.operation == "BatchWriteItem":
        return {"UnprocessedItems": call.arguments["RequestItems"]}
    if call.operation == "SendMessageBatch":
        *taken, left = proceed()["Successful"]
        return {"Successful": taken, "Failed": [{"Id": left["Id"], "Code": "InternalError", "SenderFault": False}]}
    return refuse("InternalServerError")(call, proceed)


FAULTS: dict[str, Fault] = {
    "is throttled": refuse("ThrottlingException"),
    "is refused": refuse("AccessDeniedException"),
    "does not get through": time_out_before,
    "is done but not heard of": time_out_after,
}
"""How a call may fail, after the SDK's own retries."""
