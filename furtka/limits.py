"""docs/limits.md, made of `shared/policy.py`: `python -m furtka.limits [--check] FILE`."""

import ast
import sys
from pathlib import Path

from furtka import generated

POLICY = Path(__file__).parents[1] / "layers" / "shared" / "policy.py"

HEADER = """# Limits

Every number that protects an account, with its reason. Generated from `layers/shared/policy.py` by `make limits`; the
checks fail when this page is not what the code says. They are the same in every stage and change by review.
"""


def page() -> str:
    """A section for each heading in the policy, a row for each number."""
    source = POLICY.read_text()
    headings = {
        number: _heading(line) for number, line in enumerate(source.splitlines(), 1) if line.startswith("# ---")
    }
    parts, statements = [HEADER], ast.parse(source).body
    for number, heading in headings.items():
        later = [other for other in headings if other > number]
        inside = [node for node in statements if number < node.lineno < min(later, default=10**6)]
        parts.append(f"\n## {heading}\n\n| number | value | why |\n|---|---|---|\n" + "".join(_rows(inside)))
    return "".join(parts)


def _heading(line: str) -> str:
    return line.strip("# -")


def _rows(statements: list[ast.stmt]) -> list[str]:
    """Numbers that stand together share the reason below them."""
    rows, waiting = [], []
    for node in statements:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                waiting.append((name, ast.unparse(value)))
            case ast.Expr(value=ast.Constant(value=str(reason))):
                why = " ".join(reason.split())
                rows += [f"| `{name}` | {_told(value)} | {why} |\n" for name, value in waiting]
                waiting = []
    return rows


def _told(value: str) -> str:
    """`timedelta(minutes=5)` as `5 minutes`, `16 * 1024` as it is."""
    inside = value.removeprefix("timedelta(").removesuffix(")")
    unit, equals, count = inside.partition("=")
    return f"{count} {unit}" if equals else value


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, page, command="limits"))
