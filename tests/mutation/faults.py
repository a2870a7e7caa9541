"""The faults that can be put into a module, one at a time: a guard left out, a comparison turned, a write forgotten."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import Any

type Change = tuple[str, str, ast.AST]
"""The name of an operator, what it does in words, and what takes the place of a node."""

GUARDS = ("guard", "condition", "only")
"""Arguments that say under which condition a row is written or returned."""

WRITERS = ("commit",)
"""Functions that do whatever they are handed; of any other only a starred argument may be missing."""

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    one: other
    for pair in (
        (ast.Lt, ast.LtE),
        (ast.Gt, ast.GtE),
        (ast.Eq, ast.NotEq),
        (ast.In, ast.NotIn),
        (ast.Is, ast.IsNot),
        (ast.And, ast.Or),
        (ast.Add, ast.Sub),
        (ast.Mult, ast.FloorDiv),
    )
    for one, other in (pair, pair[::-1])
}


@dataclass(frozen=True)
class Fault:
    """One change of a module. `place` counts the module's faults from 0; `lines` are those of the changed code."""

    path: str
    place: int
    key: str
    operator: str
    in_function: bool
    lines: range

    def __str__(self) -> str:
        return f"{self.path}:{self.lines.start} {self.key}"


def of_file(path: Path, root: Path) -> list[Fault]:
    """Return every fault that can be put into the module at *path*.

    A fault's key says where it is and what it does, and stays the same when the code moves to another line or file.
    """
    seen: Counter[str] = Counter()
    faults = []
    for place, (where, node, (operator, what, _)) in enumerate(_changes(ast.parse(path.read_text()))):
        key = f"{where}: {operator}: {what}"
        seen[key] += 1
        faults.append(
            Fault(
                path=str(path.relative_to(root)),
                place=place,
                key=key if seen[key] == 1 else f"{key} ({seen[key]})",
                operator=operator,
                in_function="()" in where,
                lines=_lines(node),
            )
        )
    return faults


def module_with(path: Path, place: int) -> ast.Module:
    """Return the module at *path* with its fault number *place* in it."""
    tree = ast.parse(path.read_text())
    _, node, (*_, instead) = next(islice(_changes(tree), place, None))
    changed: ast.Module = ast.fix_missing_locations(_Replacing(node, instead).visit(tree))
    return changed


class _Replacing(ast.NodeTransformer):
    def __init__(self, node: ast.AST, instead: ast.AST) -> None:
        self.node = node
        self.instead = ast.copy_location(instead, node)

    def visit(self, node: ast.AST) -> Any:
        return self.instead if node is self.node else super().visit(node)


def _lines(node: Any) -> range:
    """Where the code of *node* is. What has no line of its own stands beside something that has."""
    first = node if hasattr(node, "lineno") else node.target
    return range(first.lineno, first.end_lineno + 1)


def _changes(tree: ast.Module) -> Iterator[tuple[str, ast.AST, Change]]:
    for where, node in _code(tree, ""):
        for change in OPERATORS.get(type(node), _none)(node):
            yield where, node, change


def _code(node: ast.AST, where: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield what is executed below *node*, with the name of its place: no annotations, decorators or docstrings."""
    match node:
        case ast.FunctionDef(name=name, args=arguments, body=body):
            where, children = f"{where}.{name}()", [*arguments.defaults, *filter(None, arguments.kw_defaults), *body]
        case ast.ClassDef(name=name, body=body):
            where, children = f"{where}.{name}", [*body]
        case ast.Assign(targets=[ast.Name(name)], value=value) if "()" not in where:
            where, children = f"{where}.{name}", [value]
        case ast.AnnAssign(target=target, value=value):
            where, children = where if "()" in where else f"{where}.{ast.unparse(target)}", [value] if value else []
        case ast.Return(value=ast.Tuple(elts=children)):
            pass  # whoever takes a tuple apart notices at once that it is shorter
        case ast.Subscript(value=value, slice=ast.Tuple()):
            children = [value]
        case ast.TypeAlias() | ast.Expr(value=ast.Constant()) | ast.JoinedStr():
            children = []
        case _:
            children = [*ast.iter_child_nodes(node)]
    for child in children:
        yield where.lstrip("."), child
        yield from _code(child, where)


# --- The operators ----------------------------------------------------------------------------------------


def _none(_: Any) -> Iterator[Change]:
    yield from ()


def _compare(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        opposite: Any = OPPOSITES[type(operator)]()
        turned = _with(node, ops=_replaced(node.ops, place, opposite))
        yield "comparison turned", _both(node, turned), turned


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    turned = _with(node, op=OPPOSITES[type(node.op)]())
    yield "and/or", _both(node, turned), turned
    for place, operand in enumerate(node.values):
        rest = _replaced(node.values, place)
        yield "operand dropped", _text(operand), _with(node, values=rest) if len(rest) > 1 else rest[0]


def _binary(node: ast.BinOp) -> Iterator[Change]:
    """`&` and `|` join conditions of DynamoDB, and sets and dicts."""
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield "condition dropped", _text(node.left), node.right
        yield "condition dropped", _text(node.right), node.left
    elif type(node.op) in OPPOSITES:
        turned = _with(node, op=OPPOSITES[type(node.op)]())
        yield "arithmetic", _both(node, turned), turned


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield "condition dropped", _text(node.value), ast.Pass()
    elif type(node.op) in OPPOSITES:
        turned = _with(node, op=OPPOSITES[type(node.op)]())
        yield "arithmetic", _both(node, turned), turned


def _negation(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "not dropped", _text(node), node.operand


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, int | float):
        other = ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
        yield "constant", _both(node, other), other


def _if(node: ast.If) -> Iterator[Change]:
    """Never to refuse is `_raise`."""
    if not isinstance(node.body[0], ast.Raise):
        yield "if never", _text(node.test), _with(node, test=ast.Constant(False))
    yield "if always", _text(node.test), _with(node, test=ast.Constant(True))


def _choice(node: ast.IfExp) -> Iterator[Change]:
    yield "if always", _text(node.test), node.body
    yield "if never", _text(node.test), node.orelse


def _raise(node: ast.Raise) -> Iterator[Change]:
    yield "refusal dropped", _text(node), ast.Pass()


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value and ast.unparse(node.value) != "None":
        yield "return None", _text(node.value), ast.Return()


def _statement(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call):
        yield "call dropped", _text(node), ast.Pass()


def _call(node: ast.Call) -> Iterator[Change]:
    """A check without its guard is none at all, as if it were dropped from the list of writes."""
    name = _text(node.func)
    for place, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred) or name in WRITERS:
            yield "write dropped", _text(argument), _with(node, args=_replaced(node.args, place))
    for place, given in enumerate(node.keywords):
        if given.arg in GUARDS and name != "engine.check":
            unguarded = ast.keyword(given.arg, ast.Constant(None))
            yield "guard dropped", _text(given.value), _with(node, keywords=_replaced(node.keywords, place, unguarded))
    if name == "engine.add":
        yield "guard dropped", _text(node), _with(node, func=_with(node.func, attr="put"), keywords=[])


def _elements(node: ast.List | ast.Tuple | ast.Set) -> Iterator[Change]:
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    for place, element in enumerate(node.elts):
        yield "element dropped", _text(element), _with(node, elts=_replaced(node.elts, place))


def _entries(node: ast.Dict) -> Iterator[Change]:
    for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        what = f"{_text(key)}: {_text(value)}" if key else f"**{_text(value)}"
        without = _with(node, keys=_replaced(node.keys, place), values=_replaced(node.values, place))
        yield "element dropped", what, without


def _filters(node: ast.comprehension) -> Iterator[Change]:
    for place, test in enumerate(node.ifs):
        yield "filter dropped", _text(test), _with(node, ifs=_replaced(node.ifs, place))


def _both(before: ast.AST, after: ast.AST) -> str:
    return f"{_text(before)} -> {_text(after)}"


def _text(node: ast.AST) -> str:
    return shorten(ast.unparse(node), 120, placeholder="…")


def _with[Node: ast.AST](node: Node, **fields: object) -> Node:
    twin = copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def _replaced[Item](items: list[Item], place: int, *instead: Item) -> list[Item]:
    return [*items[:place], *instead, *items[place + 1 :]]


OPERATORS: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.BinOp: _binary,
    ast.AugAssign: _augmented,
    ast.UnaryOp: _negation,
    ast.Constant: _constant,
    ast.If: _if,
    ast.IfExp: _choice,
    ast.Raise: _raise,
    ast.Return: _return,
    ast.Expr: _statement,
    ast.Call: _call,
    ast.List: _elements,
    ast.Tuple: _elements,
    ast.Set: _elements,
    ast.Dict: _entries,
    ast.comprehension: _filters,
}
