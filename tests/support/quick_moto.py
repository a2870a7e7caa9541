"""Harness: moto as it is, but what it works out anew for every call, and always to the same end, is worked out once.

Four fifths of what a test takes is moto's, and more than half of that was this.
"""

from collections import deque
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache, lru_cache
from threading import RLock
from typing import Any

from botocore import useragent
from moto.core import models, responses
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Expression, Node, UpdateExpressionFunction
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, UpdateExpressionValidator

CHANGED_WITHIN = ("L", "M", "SS", "NS", "BS")
"""Kinds of values that are changed where they lie; any other is replaced, so that two rows may share it."""

MOST_IN_A_ROW = 400_000  # bytes, or a little more

NODE = (Node,)

A_REQUEST = 64  # conditions: each of them is read up to four times in the course of one request

_ONE_AT_A_TIME = RLock()

_set_if_light = LimitedSizeDict.__setitem__
_structure = ResponseSerializer._serialize_type_structure
_lex = ConditionExpressionParser._lex_condition_expression
_parse_condition = ConditionExpressionParser.parse
_parse_update = UpdateExpressionParser.make
_processors = UpdateExpressionValidator.get_ast_processors
_update = DynamoDBBackend.update_item


def install() -> None:
    models.RESPONSES_METHODS.clear()  # a thousand routes for `requests`, with which nobody here speaks to AWS
    responses.method_names_from_class = cache(responses.method_names_from_class)
    responses.camelcase_to_underscores = cache(responses.camelcase_to_underscores)
    useragent.sanitize_user_agent_string_component = cache(useragent.sanitize_user_agent_string_component)
    ResponseSerializer._serialize_type_structure = _serialize_structure
    Table.__deepcopy__ = _copy_of_table
    Item.__deepcopy__ = _copy_of_row
    LimitedSizeDict.__setitem__ = _set
    DynamoDBBackend.update_item = _update_a_copy
    Node.__deepcopy__ = _copy_of_node
    Node.find_clauses = _find_clauses
    DepthFirstTraverser.traverse_node_recursively = _traverse
    UpdateExpressionParser.make = _parsed_update
    UpdateExpressionValidator.get_ast_processors = _processors_that_need_values
    ConditionExpressionParser._lex_condition_expression = _lexed
    ConditionExpressionParser.parse = _parsed_condition


# --- Rows. Each transaction begins with a copy of its tables, to have them back if it fails -------------------


def _copy_of_table(table: Any, _: dict[int, Any]) -> Any:
    """It may share its rows, since none is changed where it lies."""
    twin = copy(table)
    twin.items = table.items.copy()
    if table.has_range_key:
        twin.items.update({key: rows.copy() for key, rows in table.items.items()})
    return twin


def _update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *how: Any, **more: Any) -> Any:
    with _ONE_AT_A_TIME:
        if row := backend.get_item(table_name, key):
            rows = backend.get_table(table_name).items
            place, name = (rows[row.hash_key], row.range_key) if row.range_key else (rows, row.hash_key)
            place[name] = deepcopy(row)
        return _update(backend, table_name, key, *how, **more)


def _copy_of_row(row: Any, _: dict[int, Any]) -> Any:
    twin = copy(row)
    twin.attrs = LimitedSizeDict({name: _copy_of_value(value) for name, value in row.attrs.items()})
    twin.attrs.ever = row.attrs.ever
    return twin


def _copy_of_value(value: DynamoType) -> DynamoType:
    return deepcopy(value) if value.type in CHANGED_WITHIN else value


def _set(attributes: Any, name: str, value: Any) -> None:
    """The row is put on the scales only when so much was ever put into it that it may be too heavy."""
    attributes.ever = getattr(attributes, "ever", 0) + bytesize(name) + value.size()
    put = dict.__setitem__ if attributes.ever < MOST_IN_A_ROW else _set_if_light
    put(attributes, name, value)


# --- Updates --------------------------------------------------------------------------------------------------


@cache
def _parsed_update(expression: str) -> Any:
    """Whoever changes the tree makes a copy first. Its clauses are counted here, since that takes the text alone."""
    return ActionCountValidator().traverse(_parse_update(expression))


def _processors_that_need_values(validator: Any) -> list[DepthFirstTraverser]:
    return [one for one in _processors(validator) if not isinstance(one, ActionCountValidator)]


def _copy_of_node(node: Any, memo: dict[int, Any]) -> Any:
    twin = node.__class__.__new__(node.__class__)
    children = node.children and [deepcopy(child, memo) for child in node.children]
    twin.__dict__ |= vars(node) | {"children": children, "parent": None}
    for child in children or ():
        if _is(type(child), NODE):
            child.parent = twin
    return twin


def _find_clauses(node: Any, clause_types: list[type]) -> list[Any]:
    found = []
    for child in node.children or ():
        if type(child) in clause_types:
            found.append(child)
        elif _is(type(child), (Expression, UpdateExpressionFunction)):
            found += child.find_clauses(clause_types)
    return found


def _traverse(traverser: Any, node: Any, child_id: int = -1) -> Any:
    walker = type(traverser)
    looks = walker.pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    return _walk(traverser, traverser.nodes_to_be_processed(), looks, node, child_id)


def _walk(traverser: Any, kinds: tuple[type, ...], looks: bool, node: Any, child_id: int) -> Any:
    """Children first. What comes of *node* takes its place in the tree."""
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        if looks:
            traverser.pre_processing_of_child(node, place)
        if _is(type(child), NODE):
            _walk(traverser, kinds, looks, child, place)
    if _is(type(node), kinds):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@cache
def _is(kind: type, kinds: tuple[type, ...]) -> bool:
    """`isinstance` takes its time with abstract classes."""
    return issubclass(kind, kinds)


# --- Answers --------------------------------------------------------------------------------------------------


def _serialize_structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """A value of DynamoDB's is of one kind: it isn't asked for all the others, each under six names."""
    if shape.name != "AttributeValue":
        return _structure(serializer, serialized, value, shape, key)
    written: dict[str, Any] = {}
    for kind, content in value.items():
        serializer._serialize(written, content, shape.members[kind], kind)
    return serializer._default_serialize(serialized, written, shape, key)


# --- Conditions -----------------------------------------------------------------------------------------------


def _lexed(parser: Any) -> deque[Any]:
    return deque(_tokens(parser.condition_expression))


@cache
def _tokens(expression: str) -> tuple[Any, ...]:
    return tuple(_lex(ConditionExpressionParser(expression, None, None)))


@dataclass(frozen=True)
class _Condition:
    parser: Any = field(compare=False)
    expression: str
    names: str
    values: str


def _parsed_condition(parser: Any) -> Any:
    names, values = repr(parser.expression_attribute_names), repr(parser.expression_attribute_values)
    done = _parsed(_Condition(parser, parser.condition_expression, names, values))
    parser.expr_attr_names_found, parser.expr_attr_values_found = map(list, done[1:])
    return done[0]


@lru_cache(A_REQUEST)
def _parsed(condition: _Condition) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    parser = condition.parser
    return _parse_condition(parser), tuple(parser.expr_attr_names_found), tuple(parser.expr_attr_values_found)
