"""docs/limits.md, made of `shared/policy.py`: `python -m furtka.limits [--check] FILE`."""

import ast
import sys

from furtka import generated
from furtka.paths import LAYERS

POLICY = LAYERS / "shared" / "policy.py"

HEADER = """# Limits

Every number that protects an account, with its reason. `make limits` generates this page from
`layers/shared/policy.py`, and `make check` fails when the two differ. The numbers are the same in every stage.
"""

UNITS = {
    "BYTES": "bytes",
    "CHARACTERS": "characters",
    "DAYS": "days",
    "DIGITS": "digits",
    "KIB": "KiB",
    "MINUTES": "minutes",
}
"""What a number counts that has this word in its name."""


def page(source: str | None = None) -> str:
    """A section for each heading of the policy, a row for each number."""
    source = POLICY.read_text() if source is None else source
    headings = {
        number: _heading(line) for number, line in enumerate(source.splitlines(), 1) if line.startswith("# ---")
    }
    parts, statements = [HEADER], ast.parse(source).body
    known = _values(statements)
    for number, heading in headings.items():
        later = [other for other in headings if other > number]
        inside = [node for node in statements if number < node.lineno < min(later, default=10**6)]
        rows = "".join(_rows(inside, known))
        parts.append(f"\n## {heading}\n\n| number | value | why |\n|---|---|---|\n{rows}")
    return "".join(parts)


def _heading(line: str) -> str:
    return line.strip("# -")


def _values(statements: list[ast.stmt]) -> dict[str, ast.expr]:
    """What each name is given, for values that name another one."""
    assignments = [node for node in statements if isinstance(node, ast.Assign)]
    return {target.id: node.value for node in assignments for target in node.targets if isinstance(target, ast.Name)}


def _rows(statements: list[ast.stmt], known: dict[str, ast.expr]) -> list[str]:
    """Numbers that stand together share the reason below them."""
    rows, waiting = [], []
    for node in statements:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                waiting.append((name, _told(value, known) + _unit(name)))
            case ast.Expr(value=ast.Constant(value=str(reason))):
                why = " ".join(reason.split())
                rows += [f"| `{name}` | {value} | {why} |\n" for name, value in waiting]
                waiting = []
    return rows


def _unit(name: str) -> str:
    return next((f" {UNITS[word]}" for word in name.split("_") if word in UNITS), "")


def _told(value: ast.expr, known: dict[str, ast.expr]) -> str:
    """*value* in words, as a person writes it. Raises ValueError for a kind of value that has no words here."""
    match value:
        case ast.Tuple(elts=parts):
            return ", ".join(_told(part, known) for part in parts)
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return "; ".join(f"{_told(key, known)}: {_told(part, known)}" for key, part in pairs if key)
        case ast.Name(id=name) if name in known:
            return _told(known[name], known)
    return _one(value)


def _one(value: ast.expr) -> str:
    match value:
        case ast.Constant(value=str(text)):
            return f"`{text}`"
        case ast.Constant(value=int(number)):
            return f"{number:,}"
        case ast.BinOp(left=ast.Constant(value=int(left)), op=ast.Mult(), right=ast.Constant(value=int(right))):
            return f"{left * right:,}"
        case ast.Call(func=ast.Name(id="timedelta"), keywords=[ast.keyword(arg=str(unit), value=count)]):
            return _span(_one(count), unit)
    raise ValueError(f"no words for {ast.unparse(value)}")


def _span(count: str, unit: str) -> str:
    return f"{count} {unit.removesuffix('s')}" if count == "1" else f"{count} {unit}"


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, page, command="limits"))
