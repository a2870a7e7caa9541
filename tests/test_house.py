"""The house: how long a file may be, where its tests are, what the files of a function are called."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from furtka.paths import FUNCTIONS, LAYERS, ROOT

SHARED = LAYERS / "shared"
MOST_LINES = 400
LONG = re.compile(r"policy\.py|words_[a-z]+\.py")
"""Lists: they have no story that could be split."""

SOURCES = sorted(path for folder in (LAYERS, FUNCTIONS, ROOT / "furtka") for path in folder.rglob("*.py"))
TESTED_BY_NAME = [path for room in ("http", "auth", "sending") for path in sorted((SHARED / room).rglob("[!_]*.py"))]

PROVED_ELSEWHERE = {
    "auth/factors/base": "tests/shared/auth/test_second_factor.py",
    "auth/factors/recovery_code": "tests/factors/test_recovery_codes.py",
    "auth/factors/sms": "tests/verify_code/test_verify_code.py",
    "auth/factors/totp": "tests/factors/test_totp.py",
    "sending/carrier_states": "tests/messages/test_delivery_reports.py",
    "auth/surges": "tests/test_own_metrics.py",
    "delivery/conversion": "tests/test_own_metrics.py",
    "sending/outcomes": "tests/test_own_metrics.py",
    "delivery/event_bus": "tests/audit/test_changes_flow.py",
    "sending/counts": "tests/shared/sending/test_refunds.py",
    "sending/reporting": "tests/messages/test_delivery_reports.py",
    "sending/judging": "tests/messages/test_taken_away.py",
    "http/mail_trouble": "tests/notify/test_delivery_events.py",
    "http/not_offered": "tests/messages/test_absent.py",
    "http/smsapi/changes_by_get": "tests/messages/test_changes_by_get.py",
    "http/smsapi/encodings": "tests/messages/test_sms.py",
    "http/smsapi/instants": "tests/clients/test_quirks.py",
}
"""Modules that are proved through the doors that use them, with the file that proves most of each."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long_to_be_read_at_once(path: Path):
    assert LONG.fullmatch(path.name) or len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", TESTED_BY_NAME, ids=lambda path: str(path.relative_to(SHARED)))
def test_the_test_of_a_module_is_found_by_its_name_or_in_the_table(path: Path):
    module = path.relative_to(SHARED).with_suffix("")
    by_name = ROOT / "tests/shared" / module.parent / f"test_{module.name}.py"
    elsewhere = PROVED_ELSEWHERE.get(str(module))
    assert by_name.is_file() != (elsewhere is not None), "found by its name, or in the table, and not both"
    assert by_name.is_file() or (ROOT / str(elsewhere)).is_file()


def test_the_table_names_only_modules_that_exist():
    assert [module for module in PROVED_ELSEWHERE if not (SHARED / f"{module}.py").is_file()] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in FUNCTIONS.glob("*/*.py")}), ids=lambda at: at.name)
def test_a_function_has_a_handler_and_its_flows_are_called_so(folder: Path):
    names = {path.name for path in folder.glob("*.py")}
    assert "handler.py" in names
    assert [name for name in names if re.fullmatch(r"([a-z_]+_)?flow\.py", name)] or names == {"handler.py"}


def test_no_two_classes_share_a_name():
    places = defaultdict(list)
    for path in SOURCES:
        if not path.is_relative_to(ROOT / "furtka"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
