"""Randomness comes from the operating system and is spread evenly."""

import ast
from collections import Counter
from pathlib import Path

from shared import chance, policy
from tests.support.template import ROOT


def test_a_code_has_six_digits_zeros_in_front_included():
    codes = [chance.code() for _ in range(2000)]
    assert {len(code) for code in codes} == {policy.CODE_DIGITS}
    assert any(code.startswith("0") for code in codes)


def test_each_digit_is_as_likely_as_any_other():
    digits = Counter("".join(chance.code() for _ in range(10_000)))
    assert all(abs(count - 6000) < 500 for count in digits.values())  # 500 is more than six standard deviations


def test_nothing_of_ours_uses_the_random_module():
    for path in [*ROOT.glob("layers/**/*.py"), *ROOT.glob("functions/**/*.py"), *ROOT.glob("furtka/**/*.py")]:
        assert "random" not in _imports(path), path


def test_only_one_room_draws():
    users = [path for path in ROOT.glob("layers/**/*.py") if "import secrets" in path.read_text()]
    assert [path.name for path in users] == ["chance.py"]


def _imports(path: Path) -> set[str | None]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
