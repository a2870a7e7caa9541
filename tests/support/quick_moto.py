"""Harness: moto as it is, but what it works out anew for every call, and always to the same end, is worked out once.

So with the SDK before it. Four fifths of what a test takes is theirs, and more than half of that was this.
"""

from collections import deque
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import count
from threading import RLock
from typing import Any

from botocore.loaders import Loader
from botocore.parsers import BaseJSONParser as AnswerParser
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from moto import backend_index
from moto.core import models, responses
from moto.core.base_backend import BaseBackend
from moto.core.parse import BaseJSONParser as RequestParser
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.parsing.ast_nodes import (
    DDBTypedValue,
    DepthFirstTraverser,
    Expression,
    LeafNode,
    Node,
    NoneExistingPath,
    UpdateExpressionFunction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import (
    ActionCountValidator,
    OverlappingPathsValidator,
    UpdateExpressionValidator,
)
from moto.sqs import models as sqs_models

CHANGED_WITHIN = ("L", "M", "SS", "NS", "BS")
"""Kinds of values that are changed where they lie; any other is replaced, so that two rows may share it."""

MOST_IN_A_ROW = 400_000  # bytes, or a little more

NODE, LEAF = (Node,), (LeafNode,)

NONE: frozenset[type] = frozenset()
COME_LATER = frozenset({DDBTypedValue, NoneExistingPath})
"""Kinds of nodes that take others' places while an update is judged."""

TAKE_THE_TEXT_ALONE = (ActionCountValidator, OverlappingPathsValidator)

ASKED = ("dynamodb", "kms", "secretsmanager", "ses", "sesv2", "sns", "sqs")
"""Services that our code speaks to. moto tries the patterns of addresses one by one, and there are 200."""

A_REQUEST = 64  # conditions: each of them is read up to four times in the course of one request

_ONE_AT_A_TIME = RLock()

_numbers = count()

_urls: dict[type, dict[str, Any]] = {}
_files: dict[tuple[str, ...], dict[Any, Any]] = {}

_set_if_light = LimitedSizeDict.__setitem__
_new_loader = Loader.__init__
_really_sign = RequestSigner.handler
_make_urls = BaseBackend.urls.fget
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
    responses.gen_amzn_requestid_long = _number
    sqs_models.camelcase_to_underscores = responses.camelcase_to_underscores
    backend_index.backend_url_patterns.sort(key=lambda pattern: pattern[0] not in ASKED)
    Loader.__init__ = _share_files
    BaseBackend.urls = property(_urls_of)
    UserAgentString.to_string = _user_agent
    RequestSigner.handler = _sign
    RequestParser._parse_structure = _read(RequestParser._parse_structure)
    AnswerParser._handle_structure = _read(AnswerParser._handle_structure)
    ResponseSerializer._serialize_type_structure = _serialize_structure
    Table.__deepcopy__ = _copy_of_table
    Item.__deepcopy__ = _copy_of_row
    LimitedSizeDict.__setitem__ = _set
    DynamoDBBackend.update_item = _update_a_copy
    Node.kinds = COME_LATER
    Node.__deepcopy__ = _copy_of_node
    Node.find_clauses = _find_clauses
    DepthFirstTraverser.traverse_node_recursively = _traverse
    UpdateExpressionParser.make = _parsed_update
    UpdateExpressionValidator.get_ast_processors = _processors_that_need_values
    UpdateExpressionValidator.validate = _validate
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
    tree = _parse_update(expression)
    tree.expression = expression
    _learn_kinds(tree)
    return ActionCountValidator().traverse(tree)


def _learn_kinds(node: Any) -> frozenset[type]:
    """Which kinds of nodes *node* and those below it are, and may become."""
    inner = [child for child in node.children or () if isinstance(child, Node)]
    node.kinds = COME_LATER.union([type(node)], *map(_learn_kinds, inner))
    return node.kinds


@cache
def _must_not_overlap(expression: str, names: tuple[tuple[str, str], ...]) -> None:
    OverlappingPathsValidator(dict(names)).traverse(_parsed_update(expression))


def _processors_that_need_values(validator: Any) -> list[DepthFirstTraverser]:
    return [one for one in _processors(validator) if not isinstance(one, TAKE_THE_TEXT_ALONE)]


def _validate(validator: Any) -> Any:
    tree = validator.node_to_validate
    _must_not_overlap(tree.expression, tuple((validator.expression_attribute_names or {}).items()))
    for processor in validator.processors:
        tree = processor.traverse(tree)
    return tree


def _copy_of_node(node: Any, memo: dict[int, Any]) -> Any:
    twin = object.__new__(type(node))
    twin.__dict__ |= vars(node) | {"parent": None}
    if not _is(type(node), LEAF):  # what a leaf holds is text or a number, which nobody changes
        twin.children = [_copy_of_child(child, twin, memo) for child in node.children or ()]
    return twin


def _copy_of_child(child: Any, parent: Any, memo: dict[int, Any]) -> Any:
    if not _is(type(child), NODE):
        return deepcopy(child, memo)
    twin = _copy_of_node(child, memo)
    twin.parent = parent
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
    """Children first. What comes of *node* takes its place in the tree."""
    walker = type(traverser)
    looks = walker.pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    wanted = traverser.nodes_to_be_processed()
    return _walk(traverser, wanted, looks, node, child_id) if _leads_to(node.kinds, wanted) else node


def _walk(traverser: Any, kinds: tuple[type, ...], looks: bool, node: Any, child_id: int) -> Any:
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        if looks:
            traverser.pre_processing_of_child(node, place)
        if _leads_to(getattr(child, "kinds", NONE), kinds):
            _walk(traverser, kinds, looks, child, place)
    if _is(type(node), kinds):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@cache
def _leads_to(kinds: frozenset[type], wanted: tuple[type, ...]) -> bool:
    return any(issubclass(kind, wanted) for kind in kinds)


@cache
def _is(kind: type, kinds: tuple[type, ...]) -> bool:
    """`isinstance` takes its time with abstract classes."""
    return issubclass(kind, kinds)


# --- Clients, requests and answers ----------------------------------------------------------------------------


def _share_files(loader: Any, *arguments: Any, **options: Any) -> None:
    """Every session reads what AWS's services are like: some MB of JSON."""
    _new_loader(loader, *arguments, **options)
    loader._cache = _files.setdefault(tuple(loader.search_paths), {})


def _user_agent(_: Any) -> str:
    return "Harness/1.0"


def _sign(signer: Any, operation_name: str | None = None, request: Any = None, **more: Any) -> None:
    """moto looks for a region here and checks nothing; another server may want a signature."""
    if ".amazonaws.com" not in request.url:
        return _really_sign(signer, operation_name, request, **more)
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=test/20261123/{signer.region_name}/any/aws4_request"
    )
    return None


def _urls_of(backend: Any) -> dict[str, Any]:
    if type(backend) not in _urls:
        _urls[type(backend)] = _make_urls(backend)
    return _urls[type(backend)]


def _number(headers: dict[str, Any]) -> str:
    """What AWS calls a request."""
    headers["x-amzn-requestid"] = number = f"{next(_numbers):052}"
    return number


# A value of DynamoDB's is of one kind: it isn't asked for all the others, each under several names.


def _read(structure: Any) -> Any:
    def read(parser: Any, shape: Any, value: Any) -> Any:
        if shape.name != "AttributeValue":
            return structure(parser, shape, value)
        members = shape.members
        return {kind: parser._parse_shape(members[kind], content) for kind, content in value.items()}

    return read


def _serialize_structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
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
