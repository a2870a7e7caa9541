"""Harness: each read and write of moto's rows that a test makes goes to AWS's own engine too, over the same rows.

A plugin of pytest, which `make mirror` loads. A test fails where the two answer, refuse or store differently, and its
report shows both; LIMITS has the differences that may be, and there the test gets the engine's answer. So neither moto
nor what `quick_moto` replaces in it can hide anything from the tests that run in one process.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from threading import RLock
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.backends import get_backend
from moto.core.botocore_stubber import BotocoreStubber

from tests.support import dynamodb_local
from tests.support.template import create_tables
from tests.support.wire import Wire

type Answer = dict[str, Any]
type Row = dict[str, Any]
type Place = tuple[str, Row]
"""A table, and the key of a row in it."""
type Response = tuple[int, dict[str, Any], str]
"""HTTP's status, headers and body."""

PROTOCOL = "DynamoDB_20120810."
READS = ("GetItem", "BatchGetItem", "Query")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")

COMPARED = ("Item", "Items", "Attributes", "Responses", "UnprocessedKeys", "Count", "ScannedCount", "LastEvaluatedKey")
"""The rest of an answer is what the call cost."""

WRITTEN_AT_ONCE = 25  # rows
READ_AT_ONCE = 100  # rows


@dataclass(frozen=True)
class Call:
    """What DynamoDB is asked."""

    operation: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.operation} {_text(self.arguments)}"

    def places(self) -> list[Place]:
        """Return where it reads or writes; a query does not say."""
        match self.operation:
            case "Query":
                return []
            case "BatchGetItem":
                asked = self.arguments["RequestItems"].items()
                return [(table, key) for table, wanted in asked for key in wanted["Keys"]]
            case "BatchWriteItem":
                asked = self.arguments["RequestItems"].items()
                return [_place({"TableName": table, **one["PutRequest"]}) for table, puts in asked for one in puts]
            case "TransactWriteItems":
                return [_place(write) for item in self.arguments["TransactItems"] for write in item.values()]
        return [_place(self.arguments)]


# --- Where moto may differ from AWS's engine. The test gets the engine's answer, and must hold with that one --------


def _order_of_a_batch(call: Call, aws: Answer, moto: Answer) -> bool:
    if call.operation != "BatchGetItem" or "Responses" not in aws.keys() & moto.keys():
        return False
    return _sorted(aws) == _sorted(moto)


def _end_of_a_full_page(call: Call, aws: Answer, moto: Answer) -> bool:
    is_full = aws.get("ScannedCount") == call.arguments.get("Limit") and "LastEvaluatedKey" not in moto
    return is_full and {part: said for part, said in aws.items() if part != "LastEvaluatedKey"} == moto


def _order_of_equal_keys(call: Call, aws: Answer, moto: Answer) -> bool:
    """So another row may begin a page, and others come after it. But the first page has as many, and each is moto's."""
    if "IndexName" not in call.arguments or "refused" in aws.keys() | moto:
        return False
    if "ExclusiveStartKey" not in call.arguments and aws.get("Count", 0) != moto.get("Count", 0):
        return False
    table = _table(call.arguments["TableName"])
    names = table.get_index(call.arguments["IndexName"]).schema_key_attrs
    rows = [row for row in map(_plain_row, table.all_items()) if row.keys() >= {*names}]
    keys = {_text([row[name] for name in names]) for row in rows}
    are_equal = len(keys) < len(rows)
    return are_equal and all(any(one.items() <= row.items() for row in rows) for one in aws.get("Items", ()))


LIMITS: dict[str, Callable[[Call, Answer, Answer], bool]] = {
    "the rows of a BatchGetItem come in no order": _order_of_a_batch,
    "a full page names its last key even if nothing comes after it, but moto looks ahead": _end_of_a_full_page,
    "an index has rows with equal sort keys in no order": _order_of_equal_keys,
}


class Mirror:
    """AWS's engine, with moto's rows in it as far as they were asked for."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rows: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        self._one_at_a_time = RLock()
        self.calls: Counter[str] = Counter()
        self.differences: list[str] = []

    def answer(self, call: Call, body: bytes, moto: Callable[[], Response]) -> Response:
        """Return what moto answers, once the engine was asked too; where moto may differ, what the engine answers."""
        with self._one_at_a_time:
            self.calls["calls"] += 1
            places = call.places() or self._everywhere(call.arguments["TableName"])
            self._bring(places)
            status, said = self._wire.ask(call.operation, body)
            try:
                response = moto()
            except Exception as failure:
                self._compare(call, _outcome(status, said), {"failure": repr(failure)})
                raise
            may_differ = self._compare(call, _outcome(status, said), _outcome(response[0], json.loads(response[2])))
            if call.operation in WRITES:
                self._compare_rows(call, places)
            return (status, {}, json.dumps(said)) if may_differ else response

    def _compare(self, call: Call, aws: Answer, moto: Answer) -> bool:
        """Return whether they differ, and may."""
        if aws == moto:
            return False
        if why := next((why for why, applies in LIMITS.items() if applies(call, aws, moto)), None):
            self.calls[why] += 1
        else:
            self.differences.append(f"{call}\n    AWS:  {_text(aws)}\n    moto: {_text(moto)}")
        return why is not None

    def _compare_rows(self, call: Call, places: list[Place]) -> None:
        for (table, key), there in self._stored(places):
            here = _row(table, key)
            self._compare(call, {"row": plain(there)}, {"row": plain(here)})
            self._note(table, key, here if plain(there) == plain(here) else there)

    def _stored(self, places: list[Place]) -> list[tuple[Place, Row]]:
        """Return what the engine has at *places*."""
        found: dict[str, Row] = {}
        for some in batched(places, READ_AT_ONCE, strict=False):
            wanted: defaultdict[str, Any] = defaultdict(lambda: {"ConsistentRead": True, "Keys": []})
            for table, key in some:
                wanted[table]["Keys"].append(key)
            answer = self._wire.dispatch("BatchGetItem", {"RequestItems": wanted})["Responses"]
            found |= {_text([table, _key(table, row)]): row for table, rows in answer.items() for row in rows}
        return [((table, key), found.get(_text([table, key]), {})) for table, key in places]

    def _everywhere(self, table: str) -> list[Place]:
        """Return where moto has rows in *table*, or the engine has."""
        here = [_key(table, row) for row in map(_as_json, _table(table).all_items())]
        gone = self._rows[table].keys() - {_text(key) for key in here}
        return [(table, key) for key in (*here, *map(json.loads, gone))]

    def _bring(self, places: Iterable[Place]) -> None:
        """Put into the engine what moto has at *places*, whoever put it there."""
        stale = [(table, key, row) for table, key in places if (row := _row(table, key)) != self._noted(table, key)]
        for some in batched(stale, WRITTEN_AT_ONCE, strict=False):
            wanted: defaultdict[str, list[Any]] = defaultdict(list)
            for table, key, row in some:
                wanted[table].append({"PutRequest": {"Item": row}} if row else {"DeleteRequest": {"Key": key}})
                self._note(table, key, row)
            assert not self._wire.dispatch("BatchWriteItem", {"RequestItems": wanted})["UnprocessedItems"]

    def _noted(self, table: str, key: Row) -> Row:
        return self._rows[table].get(_text(key), {})

    def _note(self, table: str, key: Row, row: Row) -> None:
        if row:
            self._rows[table][_text(key)] = row
        else:
            self._rows[table].pop(_text(key), None)


# --- moto's rows ----------------------------------------------------------------------------------------------


def _moto() -> Any:
    return get_backend("dynamodb")["123456789012"]["eu-central-1"]


def _table(name: str) -> Any:
    return _moto().tables[name]


def _place(write: Answer) -> Place:
    table = write["TableName"]
    return table, write.get("Key") or _key(table, write["Item"])


def _key(table: str, row: Row) -> Row:
    return {part["AttributeName"]: row[part["AttributeName"]] for part in _table(table).schema}


def _row(table: str, key: Row) -> Row:
    item = _moto().get_item(table, key)
    return _as_json(item) if item else {}


def _as_json(item: Any) -> Row:
    return dict(item.to_json()["Attributes"])


def _plain_row(item: Any) -> Row:
    return dict(plain(_as_json(item)))


# --- What two answers have in common --------------------------------------------------------------------------


def _outcome(status: int, said: Answer) -> Answer:
    if status == 200:
        return {part: plain(said[part]) for part in COMPARED if said.get(part)}
    reasons = [[reason["Code"], plain(reason.get("Item"))] for reason in said.get("CancellationReasons", ())]
    return {"refused": said["__type"].partition("#")[2], "reasons": reasons, "row": plain(said.get("Item"))}


def plain(value: Any) -> Any:
    """Return a value as both write it: a number can be written in many ways, and a set has no order."""
    match value:
        case {"N": str(number)}:
            return {"N": str(Decimal(number).normalize())}
        case {"SS": list(texts)}:
            return {"SS": sorted(texts)}
        case dict():
            return {name: plain(part) for name, part in value.items()}
        case list():
            return [plain(part) for part in value]
    return value


def _sorted(answer: Answer) -> Answer:
    return answer | {"Responses": {table: sorted(rows, key=_text) for table, rows in answer["Responses"].items()}}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


# --- pytest ---------------------------------------------------------------------------------------------------

MIRROR = pytest.StashKey[Mirror]()
AT_THE_END = pytest.StashKey[ExitStack]()
CALLS = pytest.StashKey[Counter[str]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    config.stash[CALLS] = Counter()
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # the workers run the tests, each with an engine of its own
    at_the_end = config.stash[AT_THE_END] = ExitStack()
    address = at_the_end.enter_context(dynamodb_local.running())
    create_tables(boto3.Session().client("dynamodb", endpoint_url=address))
    wire = Wire(address, at_once=1)
    at_the_end.callback(wire.close)
    config.stash[MIRROR] = Mirror(wire)
    at_the_end.enter_context(_in_front_of_moto(config.stash[MIRROR]))


def _in_front_of_moto(mirror: Mirror) -> AbstractContextManager[Any]:
    moto = BotocoreStubber.process_request

    def process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Response | None:
        operation = str(request.headers.get("X-Amz-Target", b""), "ascii").removeprefix(PROTOCOL)
        if operation not in READS + WRITES or "amazonaws.com" not in request.url:
            return moto(stubber, request)
        call = Call(operation, json.loads(request.body))
        return mirror.answer(call, request.body, lambda: moto(stubber, request))

    return patch.object(BotocoreStubber, "process_request", process_request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    yield
    _fail_if_different(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    yield
    _fail_if_different(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    yield
    _fail_if_different(item)


def _fail_if_different(item: pytest.Item) -> None:
    mirror = item.config.stash[MIRROR]
    differences, mirror.differences = mirror.differences, []
    if differences:
        pytest.fail("moto is not like AWS's engine:\n" + "\n".join(differences), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if AT_THE_END in config.stash:
        config.stash[AT_THE_END].close()
        config.stash[CALLS] += config.stash[MIRROR].calls
    if hasattr(config, "workeroutput"):
        config.workeroutput["mirror"] = dict(config.stash[CALLS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[CALLS] += Counter(getattr(node, "workeroutput", {}).get("mirror", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    terminalreporter.section("moto held against AWS's engine")
    for what, number in config.stash[CALLS].items():
        terminalreporter.line(f"{number:7,}  {what}")
