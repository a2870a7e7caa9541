"""The faults: each is one change of what is executed, found again by its place, and named the same wherever it is."""

import ast
from pathlib import Path

import pytest

from tests.mutation import faults
from tests.mutation.faults import Fault

CHANGES = {
    "comparison turned": ("return a < b", ["return a <= b"]),
    "and/or": ("return a and b", ["return a or b"]),
    "operand dropped": ("return a and b and c", ["return b and c", "return a and c", "return a and b"]),
    "condition dropped": ("return a | b", ["return b", "return a"]),
    "not dropped": ("return not a", ["return a"]),
    "constant": ("return a(1, True, 'text')", ["return a(2, True, 'text')", "return a(1, False, 'text')"]),
    "arithmetic": ("return a + b", ["return a - b"]),
    "if never": ("if a:\n    b()", ["if False:\n    b()"]),
    "if always": ("if a:\n    raise B", ["if True:\n    raise B"]),
    "refusal dropped": ("if a:\n    raise B", ["if a:\n    pass"]),
    "return None": ("return a", ["return"]),
    "call dropped": ("a(b)", ["pass"]),
    "write dropped": ("commit(a, *b)", ["commit(*b)", "commit(a)"]),
    "guard dropped": ("engine.change(a, guard=b)", ["engine.change(a, guard=None)"]),
    "element dropped": ("a([b, *c])", ["a([*c])", "a([b])"]),
    "filter dropped": ("a((b for b in c if b))", ["a((b for b in c))"]),
}


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return tmp_path / "module.py"


def with_each(path: Path, operator: str) -> list[str]:
    """The module as each fault of that operator leaves it."""
    found = [fault for fault in faults.of_file(path, path.parent) if fault.operator == operator]
    return [ast.unparse(faults.module_with(path, fault.place)) for fault in found]


def keys(path: Path) -> list[str]:
    return [fault.key for fault in faults.of_file(path, path.parent)]


@pytest.mark.parametrize("operator", sorted(CHANGES))
def test_each_operator_changes_one_thing(module: Path, operator: str):
    before, after = CHANGES[operator]
    module.write_text(f"def f():\n    {before.replace('\n', '\n    ')}\n")
    body = [ast.unparse(ast.parse(f"def f():\n    {one.replace('\n', '\n    ')}")) for one in after]
    assert with_each(module, operator) == body


def test_every_operator_has_its_proof(module: Path):
    module.write_text(
        "\n".join(
            f"def f{place}():\n    {before.replace('\n', '\n    ')}"
            for place, (before, _) in enumerate(CHANGES.values())
        )
    )
    assert {fault.operator for fault in faults.of_file(module, module.parent)} == set(CHANGES)


def test_a_row_that_must_not_exist_is_written_over_without_its_guard(module: Path):
    module.write_text("def adding(a):\n    return engine.add(a, refused=B())\n")
    assert with_each(module, "guard dropped") == ["def adding(a):\n    return engine.put(a)"]


def test_what_is_not_executed_is_left_alone(module: Path):
    module.write_text(
        '"""A text with 1 and 2."""\n@dataclass(frozen=True)\nclass A:\n    """Another."""\n    b: int | None\n'
        "    def c(self, d: Literal[1, 2]) -> tuple[int, str]:\n        raise NotImplementedError\n"
        "type E = int | str\n"
    )
    assert keys(module) == ["A.c(): refusal dropped: raise NotImplementedError"]


def test_a_key_tells_place_and_change_and_is_the_same_on_another_line(module: Path):
    text = "MOST = 3\nclass A:\n    b = C(null=True)\n    def d(self, e=1):\n        return e, e + 1, 1\n"
    expected = [
        "MOST: constant: 3 -> 4",
        "A.b: constant: True -> False",
        "A.d(): constant: 1 -> 2",
        "A.d(): return None: (e, e + 1, 1)",
        "A.d(): arithmetic: e + 1 -> e - 1",
        "A.d(): constant: 1 -> 2 (2)",
        "A.d(): constant: 1 -> 2 (3)",
    ]
    module.write_text(text)
    assert keys(module) == expected
    module.write_text("import x\n\n\n" + text)
    assert keys(module) == expected


def test_a_fault_knows_its_lines_and_whether_a_call_executes_them(module: Path):
    module.write_text("MOST = 3\ndef f(a):\n    return (\n        a\n        < 4\n    )\n")
    found: list[Fault] = faults.of_file(module, module.parent)
    assert [(fault.operator, fault.lines, fault.in_function) for fault in found] == [
        ("constant", range(1, 2), False),
        ("return None", range(3, 7), True),
        ("comparison turned", range(4, 6), True),
        ("constant", range(5, 6), True),
    ]
