"""Harness: moto's DynamoDB without HTTP around it, and without the work that it does several times for one request.

Two thirds of the suite's time were moto's. Each replacement below pays, and none may change an answer: `make mirror`
holds the answers and the rows of all tests that run in one process against AWS's own engine.
"""

import json
import pickle
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from copy import copy, deepcopy
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from moto.core import models
from moto.core import responses as core_responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_models import BaseModel
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.comparisons import ConditionExpressionParser, create_condition_expression_parser
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing import ast_nodes
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator
from moto.dynamodb.responses import DynamoHandler
from moto.sqs import models as sqs_models

from furtka.local.cloud import new_model

type Response = tuple[int, dict[str, Any], str | bytes]
"""HTTP's status, headers and body."""

type Step = Callable[[Any], Any]

PROTOCOL = "DynamoDB_20120810."
METHODS = {
    operation: camelcase_to_underscores(operation)
    for operation in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
}
"""Operations on rows, and the methods of moto's handler."""

HEAVY = 400_000
"""Bytes of a row from which on moto itself looks whether it is too heavy."""

CACHED_CONDITIONS = 100  # conditions, as many as a transaction may have

_conditions: dict[tuple[str, ...], tuple[Any, list[str], list[str]]] = {}

_sign = RequestSigner.handler
_process_request = BotocoreStubber.process_request
_lex_condition = ConditionExpressionParser._lex_condition_expression
_parse_condition = ConditionExpressionParser.parse
_parse_update = UpdateExpressionParser.make
_update_item = DynamoDBBackend.update_item
_transact = DynamoDBBackend.transact_write_items
_find_clauses = Node.find_clauses
_new_row = Item.__init__


def install() -> None:
    UserAgentString.to_string = _user_agent
    RequestSigner.handler = _sign_for_others
    core_responses.method_names_from_class = cache(core_responses.method_names_from_class)
    models.RESPONSES_METHODS.clear()  # a thousand routes for `requests`, which nobody here uses to call AWS
    BotocoreStubber.process_request = _answer
    for module in (core_responses, sqs_models):
        module.camelcase_to_underscores = cache(camelcase_to_underscores)  # character by character
    BaseModel.__new__ = new_model  # type: ignore[assignment, method-assign]
    Table.__deepcopy__ = _copy_table
    DynamoDBBackend.transact_write_items = _transact_rows
    DynamoDBBackend.update_item = _update_row
    DynamoType.__hash__ = _hash
    DynamoType.__eq__ = _equals
    Item.__init__ = _weigh_once
    ConditionExpressionParser._lex_condition_expression = _lexed
    ConditionExpressionParser.parse = _parsed
    UpdateExpressionParser.make = _flat_update
    Node.find_clauses = _find_clauses_once
    DepthFirstTraverser.traverse = _traverse
    Node.__deepcopy__ = _copy_node


def _user_agent(_: object) -> str:
    """Nobody reads it, and the SDK takes a thousand steps to make it."""
    return "Harness/1.0"


def _sign_for_others(signer: RequestSigner, operation_name: str, request: AWSRequest, **more: Any) -> None:
    """moto reads the region and checks nothing. Other endpoints may."""
    if ".amazonaws.com" not in request.url:
        _sign(signer, operation_name, request, **more)
        return
    place = f"{signer.region_name}/{signer.signing_name}/aws4_request"
    credential = f"Credential=test/20261123/{place}, SignedHeaders=host, Signature=none"
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 {credential}"


# --- Requests. moto reads and writes each field of them by AWS's model of the service -------------------------


def _answer(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Response | None:
    """Let moto's handler do what is asked. What it refuses changed nothing: moto is asked again for its words."""
    operation = str(request.headers.get("X-Amz-Target", b""), "ascii").removeprefix(PROTOCOL)
    if operation not in METHODS or "amazonaws.com" not in request.url:
        return _process_request(stubber, request)
    handler = DynamoHandler()
    handler.current_account, handler.region = models.DEFAULT_ACCOUNT_ID, request.url.split(".")[1]
    handler.params = handler.body = json.loads(request.body)
    try:
        answer = getattr(handler, METHODS[operation])().result
    except Exception:  # noqa: BLE001 - whatever it is
        return _process_request(stubber, request)
    return 200, {}, json.dumps({name: part for name, part in answer.items() if part is not None}, default=_encode)


def _encode(value: bytes) -> str:
    return b64encode(value).decode()


# --- Rows. Each transaction begins with a copy of its tables, to have them back if it fails -------------------

_touched: dict[str, set[Any]] = {}
"""The hash keys of the rows that the transaction is about, by the name of their table; empty outside of one."""


def _transact_rows(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    try:
        for part in (part for item in transact_items for part in item.values()):
            if table := backend.tables.get(part["TableName"]):
                key = (part.get("Key") or part["Item"]).get(table.hash_key_attr)
                _touched.setdefault(table.name, set()).update([DynamoType(key)] if key else ())
        _transact(backend, transact_items)
    finally:
        _touched.clear()


def _copy_table(table: Any, _: dict[int, Any]) -> Any:
    """Share the rows, of which none is changed in place, and the places of those that no transaction touches."""
    twin = copy(table)
    twin.items = table.items.copy()
    if table.stream_shard:
        twin.stream_shard = copy(table.stream_shard)
        twin.stream_shard.items = [*table.stream_shard.items]
    if table.has_range_key:
        for key in _touched.get(table.name, table.items):
            if key in table.items:
                twin.items[key] = table.items[key].copy()
    return twin


def _update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *how: Any, **more: Any) -> Any:
    if row := backend.get_item(table_name, key):
        rows = backend.get_table(table_name).items
        place, name = (rows[row.hash_key], row.range_key) if row.range_key else (rows, row.hash_key)
        place[name] = _copy_row(row)
    return _update_item(backend, table_name, key, *how, **more)


def _copy_row(row: Any) -> Any:
    return _with_attributes(row, deepcopy(dict(row.attrs)))


def _with_attributes(row: Any, attributes: dict[str, Any]) -> Any:
    """Leave out moto's check of the size, which measures the whole row for each attribute of it."""
    twin = copy(row)
    twin.attrs = LimitedSizeDict()
    dict.update(twin.attrs, attributes)
    return twin


def _weigh_once(row: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
    row.hash_key, row.range_key, row.attrs = hash_key, range_key, LimitedSizeDict()
    dict.update(row.attrs, {name: DynamoType(value) for name, value in attrs.items()})
    if row.size() > HEAVY:
        _new_row(row, hash_key, range_key, attrs)


def _hash(value: Any) -> int:
    return hash((value.type, value.value if value.type == "S" else value.cast_value))


def _equals(one: Any, other: Any) -> bool:
    if one.type != other.type:
        return False
    return bool(one.value == other.value if one.type == "S" else one.cast_value == other.cast_value)


# --- Conditions. Each is read up to four times for one request ------------------------------------------------


def _parsed(parser: Any) -> Any:
    names, values = parser.expression_attribute_names, parser.expression_attribute_values
    asked = (str(parser.condition_expression), repr(names), repr(values))
    if not (known := _conditions.get(asked)):
        if len(_conditions) == CACHED_CONDITIONS:
            _conditions.clear()
        condition = _parse_condition(parser)
        known = _conditions[asked] = condition, parser.expr_attr_names_found, parser.expr_attr_values_found
    condition, *found = known
    parser.expr_attr_names_found, parser.expr_attr_values_found = map(list, found)
    return condition


def _lexed(parser: Any) -> deque[Any]:
    return deque(_tokens(parser.condition_expression))


@cache
def _tokens(expression: str) -> tuple[Any, ...]:
    return tuple(_lex_condition(ConditionExpressionParser(expression, None, None)))


# --- Updates of whole attributes, as nearly all are ------------------------------------------------------------


class Unusual(Exception):
    """An update that is left to moto, with its checks and its words."""


type Attributes = dict[str, Any]
type Names = dict[str, str]
type Values = dict[str, Any]
type Operand = Callable[[Attributes, Names, Values], Any]
"""Gives a value from the row as it is, and from the names and values of the request."""

type Change = Callable[[Attributes, Names, Values], tuple[str, Any]]
"""Gives the name of an attribute and its new value, or None if it goes."""

type Update = tuple[Change, ...]

ADD, DELETE = ast_nodes.UpdateExpressionAddAction, ast_nodes.UpdateExpressionDeleteAction


def _update_row(
    backend: Any, table_name: str, key: dict[str, Any], update_expression: str, *how: Any, **more: Any
) -> Any:
    """Put another row in its place, with what the update says; moto changes the row that is there."""
    try:
        if how or more.get("attribute_updates") or more.get("expected"):
            raise Unusual
        return _updated(backend.get_table(table_name), key, update_expression, **more)
    except Exception:  # noqa: BLE001 - whatever it is: nothing is changed yet
        return _update_a_copy(backend, table_name, key, update_expression, *how, **more)


def _updated(
    table: Any,
    key: dict[str, Any],
    update_expression: str,
    *,
    expression_attribute_names: Names,
    expression_attribute_values: dict[str, Any],
    condition_expression: str | None = None,
    **_: Any,
) -> Any:
    names, values = expression_attribute_names or {}, expression_attribute_values or {}
    attributes = {name: DynamoType(key[name]) for name in table.table_key_attrs}
    *above, last = attributes.values()
    row = table.get_item(*above, last)
    condition = create_condition_expression_parser(condition_expression, names, values).parse()
    if len(key) != len(attributes) or table.stream_shard is not None or not condition.expr(row):
        raise Unusual
    twin = _with_attributes(row or Item(*above, last, *([] if above else [None]), key), {})
    before = row.attrs if row else attributes
    after = before | _changed(before, _understood(update_expression), names, values)
    dict.update(twin.attrs, {name: value for name, value in after.items() if value is not None})
    if twin.size() > HEAVY or any(after[name] is not value for name, value in before.items() if name in attributes):
        raise Unusual
    if row is None:
        table.put_item(key)  # which looks at the key
    place = table.items[above[0]] if above else table.items
    place[last] = twin
    return twin


def _changed(before: Attributes, update: Update, names: Names, values: Values) -> Attributes:
    """Return the attributes that become others; None stands for one that goes."""
    changed = dict(change(before, names, values) for change in update)
    if len(changed) < len(update):
        raise Unusual
    return changed


@cache
def _understood(expression: str) -> Update:
    return tuple(_change(*action.children, kind=type(action)) for action in _flat_update(expression).children)


def _change(path: Any, *value: Any, kind: type) -> Change:
    name = _placeholder(path)
    if kind is ast_nodes.UpdateExpressionRemoveAction:
        return lambda _, names, __: (names[name], None)
    if kind is ast_nodes.UpdateExpressionSetAction:
        new = _sum(*value[0].children)
        return lambda row, names, values: (names[name], new(row, names, values))
    new, join = _operand(*value), {ADD: _added, DELETE: _without}[kind]
    return lambda row, names, values: (names[name], join(row.get(names[name]), new(row, names, values)))


def _sum(left: Any, operator: Any = None, right: Any = None) -> Operand:
    one = _operand(left)
    if operator is None:
        return one
    other, join = _operand(right), {"+": DynamoType.__add__, "-": DynamoType.__sub__}[operator.get_operator()]
    return lambda *request: join(one(*request), other(*request))


def _operand(node: Any) -> Operand:
    match node:
        case ast_nodes.ExpressionAttributeValue(children=[value]):
            return lambda _, __, values: DynamoType(values[value])
        case ast_nodes.UpdateExpressionPath():
            name = _placeholder(node)
            return lambda row, names, _: deepcopy(row[names[name]])
        case ast_nodes.UpdateExpressionFunction(children=["if_not_exists", path, otherwise]):
            there, instead = _operand(path), _operand(otherwise)
            name = _placeholder(path)
            return lambda row, names, values: (there if names[name] in row else instead)(row, names, values)
    raise Unusual


def _placeholder(path: Any) -> str:
    match path.children:
        case [ast_nodes.ExpressionAttributeName(children=[name])]:
            return str(name)
    raise Unusual


def _added(there: Any, more: Any) -> Any:
    if more.is_number():
        return (there or DynamoType({"N": "0"})) + more
    if not more.is_set() or not more.value or (there and there.type != more.type):
        raise Unusual
    return DynamoType({more.type: list(dict.fromkeys([*(there.value if there else []), *more.value]))})


def _without(there: Any, less: Any) -> Any:
    if not less.is_set() or (there and there.type != less.type):
        raise Unusual
    left = [value for value in there.value if value not in less.value] if there else []
    return DynamoType({less.type: left}) if left else None


# --- Updates. moto makes a tree of each, and goes through a copy of it ten times ------------------------------


@cache
def _flat_update(expression: str) -> Any:
    """Return the tree with its actions side by side; moto has each within the one before."""
    tree = _count_actions(_parse_update(expression))
    tree.normalize()
    for action in tree.children:
        action.set_parent(tree)
    _remembered[id(tree)] = {}
    return tree


_remembered: dict[int, dict[tuple[type, ...], list[Any]]] = {}
"""What was found in the trees that are kept, by their ids."""


def _find_clauses_once(node: Any, kinds: list[type]) -> list[Any]:
    if (known := _remembered.get(id(node))) is None:
        return _find_clauses(node, kinds)
    if (asked := tuple(kinds)) not in known:
        known[asked] = _find_clauses(node, kinds)
    return [*known[asked]]


def _count_actions(tree: Any) -> Any:
    return _walk(ActionCountValidator()._processing_map(), None, tree)


def _copy_node(node: Any, _: dict[int, Any]) -> Any:
    return pickle.loads(pickle.dumps(node))  # noqa: S301 - made here


def _traverse(walker: Any, tree: Any) -> Any:
    """As moto does it, but for asking each node whether it is of each kind: those are abstract, which takes long."""
    if isinstance(walker, ActionCountValidator):
        return tree  # counted while it was a tree
    looks = type(walker).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    return _walk(walker._processing_map(), walker.pre_processing_of_child if looks else None, tree)


def _walk(steps: dict[type, Step], look: Callable[[Any, int], None] | None, node: Any, place: int = -1) -> Any:
    """Take each step at the nodes of its kind, children first. What comes of *node* takes its place in the tree."""
    parent = node.parent
    for child_place, child in enumerate(node.children or ()):
        if look:
            look(node, child_place)
        if _kind(type(child), (Node,)):
            _walk(steps, look, child, child_place)
    if kind := _kind(type(node), tuple(steps)):
        node = steps[kind](node)
        node.parent = parent
        if parent:
            parent.children[place] = node
    return node


@cache
def _kind(of: type, kinds: tuple[type, ...]) -> type | None:
    return next((kind for kind in kinds if issubclass(of, kind)), None)
