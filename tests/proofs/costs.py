"""What a request costs, counted call by call, and the page that says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import contacts.tasks
import notify.handler
import notify.shipments
from shared import policy
from shared.delivery import notices
from shared.delivery.letters import NewDeviceSeen, PasswordGiven
from shared.delivery.notices import CodeQueued, CodeSent, MessageQueued
from tests.proofs import bill, tables, turns, waiting
from tests.proofs.flows import FLOWS
from tests.support import events
from tests.support.calls import Answer, AwsCall, Proceed, intercepted
from tests.support.events import Context
from tests.support.template import ROOT, resources, table_name, template
from tests.support.world import World, new_world, read_secrets

PAGE = ROOT / "docs" / "costs.md"

PRICES: dict[str, Any] = {
    "region": "eu-central-1",
    "as_of": "November 2025",
    "read": 0.1525,
    "write": 0.7625,
    "gateway": 3.70,
    "invocation": 0.20,
    "gigabyte_second": 16.6667,
    "queue": 0.40,
    "mail": 100.0,
}
"""Dollars per million, as the page explains them."""

ANSWERED = "none, as the challenge was answered"

MILLISECONDS = 60
"""What an invocation is assumed to be billed for: 20 ms for a slow hash, and a few for each round trip."""

MILLION = 1_000_000

CANARY_ASKS = (
    "POST /login: right password, authenticator app",
    "POST /verify-code: code of an app",
    "POST /sms.do: a test",
    "POST /logout",
)

EVERY_MINUTE = (notify.shipments.lambda_handler, contacts.tasks.lambda_handler)

READ_BYTES, WRITE_BYTES = 4096, 1024

type Row = dict[str, Any]


@dataclass
class Units:
    """What calls consume."""

    read: int = 0
    write: int = 0
    queue: int = 0
    calls: list[str] = field(default_factory=list)


READS = ("GetItem", "BatchGetItem", "Query")


@contextmanager
def metered() -> Iterator[Units]:
    """Counts what every call consumes, by DynamoDB's rules and the rows as they are."""
    units = Units()

    def meter(call: AwsCall, proceed: Proceed) -> Answer:
        units.calls.append(str(call))
        units.queue += call.service == "sqs"
        before, listed_before = _sizes(call), _listed(call)
        try:
            return proceed()
        finally:
            sizes = [max(pair) for pair in zip(before, _sizes(call), strict=True)]
            units.read += _read_units(call, sizes)
            units.write += _write_units(call, sizes) + _index_units(listed_before, _listed(call))

    with intercepted(meter):
        yield units


def _read_units(call: AwsCall, sizes: list[int]) -> int:
    """A strongly consistent read is one unit for each 4 KB of each row begun, also where there is no row."""
    return sum(_units(size, READ_BYTES) for size in sizes) if call.operation in READS else 0


def _write_units(call: AwsCall, sizes: list[int]) -> int:
    """A write is one unit for each KB of the larger of old and new row begun, also where its guard does not hold.

    In a transaction everything counts twice, and to insist on a row's state counts as to write it.
    """
    if call.operation in READS:
        return 0
    return sum(_units(size, WRITE_BYTES) for size in sizes) * (2 if call.operation == "TransactWriteItems" else 1)


@dataclass(frozen=True)
class Index:
    """A global secondary index. `kept` are the attributes that lie in it, None for all of the row."""

    key: tuple[str, ...]
    kept: frozenset[str] | None

    def holds(self, row: Row) -> Row:
        """Return what lies in the index of *row*; nothing if the row lacks an attribute of the index's key."""
        if not all(name in row for name in self.key):
            return {}
        return {name: value for name, value in row.items() if self.kept is None or name in self.kept}


type Listed = list[tuple[Index, Row]]


def _listed(call: AwsCall) -> Listed:
    """Return what lies in each index of the rows that are written."""
    if call.operation in READS:
        return []
    return [(one, one.holds(tables.row(name, key))) for name, key in _about(call) for one in INDEXES.get(name, ())]


def _index_units(before: Listed, after: Listed) -> int:
    """A change of what lies in an index is one more write; two if its place changed, since it is put there anew."""
    return sum(_rewritten(index, old, new) for (index, old), (_, new) in zip(before, after, strict=True))


def _rewritten(index: Index, old: Row, new: Row) -> int:
    if old == new:
        return 0
    moved = bool(old and new) and any(old[name] != new[name] for name in index.key)
    if moved:
        return _units(_size(old), WRITE_BYTES) + _units(_size(new), WRITE_BYTES)
    return _units(max(_size(old), _size(new)), WRITE_BYTES)


def _indexes(properties: dict[str, Any]) -> tuple[Index, ...]:
    own = [part["AttributeName"] for part in properties["KeySchema"]]
    return tuple(_index(own, declared) for declared in properties.get("GlobalSecondaryIndexes", ()))


def _index(own: list[str], declared: dict[str, Any]) -> Index:
    key = tuple(part["AttributeName"] for part in declared["KeySchema"])
    projection = declared["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(key, None)
    return Index(key, frozenset([*own, *key, *projection.get("NonKeyAttributes", ())]))


INDEXES = {
    table_name(name).removeprefix("test-"): _indexes(properties)
    for name, properties in resources("AWS::DynamoDB::Table").items()
}
"""The indexes of each table, as the template declares them."""


def _units(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))


def _sizes(call: AwsCall) -> list[int]:
    """The sizes of all rows that the call is about, as they are now. A query pays for its rows together."""
    if call.operation == "Query":
        owner, *_ = call.arguments["ExpressionAttributeValues"].values()
        return [sum(_size(row) for row in tables.rows(_name(call.arguments["TableName"])) if owner in row.values())]
    return [_size(tables.row(name, key)) for name, key in _about(call)]


def _about(call: AwsCall) -> Iterator[tuple[str, Row]]:
    if call.service != "dynamodb":
        return
    arguments = call.arguments
    for table, wanted in arguments.get("RequestItems", {}).items():
        if call.operation == "BatchWriteItem":
            yield from (_place({"TableName": table, **one["PutRequest"]}) for one in wanted)
        else:
            yield from ((_name(table), key) for key in wanted["Keys"])
    for item in arguments.get("TransactItems", ()):
        yield from (_place(one) for one in item.values())
    if "TableName" in arguments:
        yield _place(arguments)


def _place(arguments: dict[str, Any]) -> tuple[str, Row]:
    name = _name(arguments["TableName"])
    item = arguments.get("Item", {})
    return name, arguments.get("Key") or {part: item[part] for part in tables.key_names(name)}


def _name(table: str) -> str:
    return table.removeprefix("test-")


def _size(row: Row) -> int:
    """Names in UTF-8, and values: text in UTF-8, numbers two digits a byte and one more, anything else one byte."""
    return sum(len(name.encode()) + _value_size(value) for name, value in row.items())


def _value_size(value: dict[str, Any]) -> int:
    match value:
        case {"S": str(text)}:
            return len(text.encode())
        case {"N": str(number)}:
            return ceil(len(number) / 2) + 1
        case {"SS": list(texts)}:
            return sum(len(text.encode()) for text in texts)
        case {"L": list(values)}:
            return 3 + sum(1 + _value_size(value) for value in values)
    return 1


# --- The page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One kind of request, or of notice, and what it consumes."""

    name: str
    units: Units
    dollars: float

    def __str__(self) -> str:
        return f"| {self.name} | {self.units.read} | {self.units.write} | {self.units.queue} | {self.dollars:.2f} |"


def page() -> str:
    with new_world() as world:
        read_secrets()
        requests = [_request(world, name) for name in FLOWS]
        told = [
            _notice(world, "a code by SMS", CodeSent, _begin),
            _notice(world, "an e-mail", NewDeviceSeen, _sign_in),
            _notice(world, "an e-mail about a half sign-in", PasswordGiven, _leave_unanswered),
            _notice(world, ANSWERED, PasswordGiven, _answer),
            _notice(world, "a customer's message", MessageQueued, _flow("POST /sms.do")),
            _notice(world, "a code of SMS Authenticator", CodeQueued, _flow("POST /mfa/codes")),
        ]
        minute = _minute(world)
    dollars = {line.name: line.dollars for line in (*requests, *told)}
    code = dollars["POST /verify-code: right code"] + dollars["a code by SMS"]
    known = dollars["POST /login: right password, known device"] + code
    return TEXT.format(
        month=bill.text(
            known / MILLION, dollars["GET /session"] / MILLION, _canary_run(dollars) / MILLION, minute / MILLION
        ),
        requests=_lines(requests),
        notices=_lines(told),
        calls="\n".join(f"- {line.name}: {_in_words(line.units.calls)}" for line in (*requests, *told)),
        known=known,
        new=dollars["POST /login: right password"] + code + dollars["an e-mail"] + dollars[ANSWERED],
        **PRICES,
        bill_as_of=bill.AS_OF,
        milliseconds=MILLISECONDS,
        memory=_memory(),
    )


def _request(world: World, name: str) -> Line:
    tables.empty()
    turn = FLOWS[name].ready(world)
    with metered() as units:
        turn.ask()
    return Line(name, units, PRICES["gateway"] + _dollars(units))


def _notice(world: World, name: str, kind: type, ready: Callable[[World], object]) -> Line:
    """One message alone in its batch, which is the worst case: received and deleted by requests of its own."""
    waiting.forget()
    ready(world)
    (body,) = [body for body in waiting.taken() if isinstance(notices.read(body), kind)]
    with metered() as units:
        notify.handler.lambda_handler(events.records([body], at=world.now), Context(60_000))
    units.queue += 2
    return Line(name, units, _dollars(units) + (PRICES["mail"] if "SendEmail" in units.calls else 0))


def _flow(name: str) -> Callable[[World], object]:
    return lambda world: FLOWS[name].ready(world).ask()


def _canary_run(dollars: dict[str, float]) -> float:
    """Return what a million runs of the canary cost: its requests, their count, and its own invocation."""
    counted = Units(write=1)  # by its token's rate limit
    return sum(dollars[one] for one in CANARY_ASKS) + _dollars(counted)


def _minute(world: World) -> float:
    """Return what a million minutes cost in which the schedules find nothing due."""
    tables.empty()
    event = {"time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}
    with metered() as units:
        for schedule in EVERY_MINUTE:
            schedule(event, Context(60_000))  # type: ignore[arg-type]
    return _dollars(units) + _dollars(Units()) * (len(EVERY_MINUTE) - 1)


def _begin(world: World) -> None:
    world.sign_in(turns.newcomer(world))


def _sign_in(world: World) -> None:
    world.sign_in(turns.newcomer(world, phone=None))


def _leave_unanswered(world: World) -> None:
    _begin(world)
    world.wait(policy.CHALLENGE_LIFETIME)


def _answer(world: World) -> None:
    world.session(turns.newcomer(world))
    world.wait(policy.CHALLENGE_LIFETIME)


def _dollars(units: Units) -> float:
    seconds = MILLISECONDS / 1000 * _memory() / 1024
    invocation = PRICES["invocation"] + PRICES["gigabyte_second"] * seconds
    return invocation + PRICES["read"] * units.read + PRICES["write"] * units.write + PRICES["queue"] * units.queue


def _memory() -> int:
    return int(template()["Globals"]["Function"]["MemorySize"])


def _lines(lines: list[Line]) -> str:
    return "\n".join(map(str, lines))


def _in_words(calls: list[str]) -> str:
    return ", then ".join(f"`{call}`" for call in calls)


TEXT = """\
# What a request costs

Generated by `make costs`; a test fails when this page is not what the code does. Every call to AWS is counted by the
hook that counts round trips, with its units computed from the sizes of its rows: a strongly consistent read is one unit
for each 4 KB begun, a write is one for each KB begun, in a transaction two, and a check of a row's state
(`ConditionCheck`) counts as a write. A refused write costs the same. The keys are read once in five minutes and not
counted.

| request | reads (RCU) | writes (WCU) | queue | $ per million |
|---|---|---|---|---|
{requests}

Each is one request to API Gateway and one invocation of Lambda. A notice is one more invocation, or less: up to ten
share one.

| notice | reads (RCU) | writes (WCU) | queue | $ per million |
|---|---|---|---|---|
{notices}

A million whole sign-ins cost $ {known:.2f} from known devices and $ {new:.2f} from new ones, which get an e-mail;
another waits for 15 minutes and is dropped, as the challenge was answered. The SMS comes on top, at the carrier's
price for the country: some cents each, so a million of them is some ten thousand dollars, and everything above is
small change. That is why `policy.py` bounds messages first.

{month}
## Prices

Assumptions, to be checked before anyone relies on them at aws.amazon.com/pricing: on-demand list prices of {region} as
of {as_of}, without free tier, savings plans or tax; what a month costs is reckoned with those of {bill_as_of}. Not
counted: cold starts (their imports are billed), refused transactions that are tried again, what API Gateway repeats,
rows kept and their point-in-time recovery, requests to KMS, traffic. Tables of many rows cost more to list than here,
where they are almost empty.

| what | $ per million |
|---|---|
| read request units, DynamoDB | {read} |
| write request units, DynamoDB | {write} |
| requests to a REST API, the first 333 million a month | {gateway:.2f} |
| invocations, Lambda | {invocation:.2f} |
| gigabyte-seconds, Lambda x86; an invocation is taken for {milliseconds} ms with {memory} MB | {gigabyte_second} |
| requests, SQS | {queue:.2f} |
| e-mails, SES | {mail:.2f} |

## Calls

In order, with the tables they name; each is one network round trip.

{calls}
"""
