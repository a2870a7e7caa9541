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

from botocore.awsrequest import AWSPreparedRequest
from botocore.useragent import UserAgentString
from moto.core import models
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator
from moto.dynamodb.responses import DynamoHandler

type Response = tuple[int, dict[str, Any], str | bytes]
"""HTTP's status, headers and body."""

type Step = Callable[[Any], Any]

PROTOCOL = "DynamoDB_20120810."
METHODS = {
    operation: camelcase_to_underscores(operation)
    for operation in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
}
"""Operations on rows, and the methods of moto's handler."""

CACHED_CONDITIONS = 100  # conditions, as many as a transaction may have

_conditions: dict[tuple[str, ...], tuple[Any, list[str], list[str]]] = {}

_process_request = BotocoreStubber.process_request
_lex_condition = ConditionExpressionParser._lex_condition_expression
_parse_condition = ConditionExpressionParser.parse
_parse_update = UpdateExpressionParser.make
_update_item = DynamoDBBackend.update_item


def install() -> None:
    UserAgentString.to_string = _user_agent
    models.RESPONSES_METHODS.clear()  # a thousand routes for `requests`, which nobody here uses to call AWS
    BotocoreStubber.process_request = _answer
    Table.__deepcopy__ = _copy_table
    DynamoDBBackend.update_item = _update_a_copy
    ConditionExpressionParser._lex_condition_expression = _lexed
    ConditionExpressionParser.parse = _parsed
    UpdateExpressionParser.make = _flat_update
    DepthFirstTraverser.traverse = _traverse
    Node.__deepcopy__ = _copy_node


def _user_agent(_: object) -> str:
    """Nobody reads it, and the SDK takes a thousand steps to make it."""
    return "Harness/1.0"


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


def _copy_table(table: Any, _: dict[int, Any]) -> Any:
    """Share the rows: `_update_a_copy` sees to it that none is changed in place."""
    twin = copy(table)
    twin.items = table.items.copy()
    if table.has_range_key:
        twin.items.update({key: rows.copy() for key, rows in table.items.items()})
    return twin


def _update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *how: Any, **more: Any) -> Any:
    if row := backend.get_item(table_name, key):
        rows = backend.get_table(table_name).items
        place, name = (rows[row.hash_key], row.range_key) if row.range_key else (rows, row.hash_key)
        place[name] = _copy_row(row)
    return _update_item(backend, table_name, key, *how, **more)


def _copy_row(row: Any) -> Any:
    """Leave out moto's check of the size, which measures the whole row for each attribute of the copy."""
    twin = copy(row)
    twin.attrs = LimitedSizeDict()
    dict.update(twin.attrs, deepcopy(dict(row.attrs)))
    return twin


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


# --- Updates. moto makes a tree of each, and goes through a copy of it ten times ------------------------------


@cache
def _flat_update(expression: str) -> Any:
    """Return the tree with its actions side by side; moto has each within the one before."""
    tree = _count_actions(_parse_update(expression))
    tree.normalize()
    for action in tree.children:
        action.set_parent(tree)
    return tree


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
