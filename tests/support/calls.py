"""Between Furtka and AWS: every call is overheard here, and one of them can be made to fail."""

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
    """One call as Furtka makes it: the SDK's own retries are inside of it."""

    service: str
    operation: str
    arguments: dict[str, Any]

    @property
    def tables(self) -> list[str]:
        """The tables that a call to DynamoDB names, as the template calls them without `Table`, in its order."""
        single = [self.arguments["TableName"]] if "TableName" in self.arguments else []
        batch = list(self.arguments.get("RequestItems", ()))
        together = [one["TableName"] for item in self.arguments.get("TransactItems", ()) for one in item.values()]
        return [name.removeprefix("test-") for name in (*single, *batch, *together)]

    def __str__(self) -> str:
        return " ".join([self.operation, *self.tables])


@contextmanager
def intercepted(how: Callable[[AwsCall, Proceed], Answer]) -> Iterator[None]:
    """Every call of every client goes through *how*, which may let it proceed."""
    real = BaseClient._make_api_call

    def instead(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Answer:
        call = AwsCall(client.meta.service_model.service_name, operation, arguments)
        return how(call, lambda: real(client, operation, arguments))

    with patch.object(BaseClient, "_make_api_call", instead):
        yield


@contextmanager
def overheard() -> Iterator[list[AwsCall]]:
    """The calls that are made meanwhile."""
    heard: list[AwsCall] = []

    def listen(call: AwsCall, proceed: Proceed) -> Answer:
        heard.append(call)
        return proceed()

    with intercepted(listen):
        yield heard


@contextmanager
def preceded(operation: str, what: Callable[[], object], *, times: int = 1) -> Iterator[None]:
    """Somebody else does *what* just before the next call of *operation*: after our read, before our write.

    With *times* before as many calls. That there were so many is part of the promise.
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
    """The call at *place*, counted from 0, fails; those before and after it do not."""
    places = count()

    def stumble(call: AwsCall, proceed: Proceed) -> Answer:
        return fault(call, proceed) if next(places) == place else proceed()

    with intercepted(stumble):
        yield


def collide(call: AwsCall, proceed: Proceed) -> Answer:
    """Another transaction is at the same rows; a call that does not write does not mind."""
    if call.operation == "TransactWriteItems":
        reasons = [{"Code": "TransactionConflict"} for _ in call.arguments["TransactItems"]]
        error = {"Code": "TransactionCanceledException", "Message": f"{call.arguments}"}
        raise ClientError({"Error": error, "CancellationReasons": reasons}, call.operation)
    if call.operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return refuse("TransactionConflictException")(call, proceed)
    return proceed()


def refuse(code: str) -> Fault:
    """AWS says no, and repeats what it was asked: nothing of an error's own words may get out."""

    def refuse(call: AwsCall, _: Proceed) -> Answer:
        raise ClientError({"Error": {"Code": code, "Message": f"{code}: {call.arguments}"}}, call.operation)

    return refuse


def time_out_before(call: AwsCall, _: Proceed) -> Answer:
    """The call never gets to AWS."""
    raise ConnectTimeoutError(endpoint_url=f"https://aws.example/?{call.arguments}")


def time_out_after(call: AwsCall, proceed: Proceed) -> Answer:
    """AWS does what it was asked, or refuses it, and nobody hears of it."""
    with suppress(ClientError):
        proceed()
    raise ReadTimeoutError(endpoint_url=f"https://aws.example/?{call.arguments}")


def answer_by_half(call: AwsCall, proceed: Proceed) -> Answer:
    """A batch of which one part was left out; any other call breaks inside of AWS."""
    if call.operation == "BatchGetItem":
        return {"Responses": {}, "UnprocessedKeys": call.arguments["RequestItems"]}
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
"""How a call may fail, once the SDK has given up on it."""
