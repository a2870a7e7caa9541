"""docs/iso27001.md: each control once, and whatever it names as evidence exists."""

import re

import pytest

from furtka.paths import ROOT
from tests.support.template import resources

PAGE = (ROOT / "docs/iso27001.md").read_text()
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| [5-8]\.[0-9]+ \|", line)]
NUMBERS = [row.split(" | ")[0].removeprefix("| ") for row in ROWS]
MOST = {"5": 37, "6": 8, "7": 14, "8": 34}
"""How many controls each theme of Annex A has: 93 in all."""

TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
QUOTED = re.compile(r"`([^`]+)`")


def test_each_control_is_there_once_in_order_and_is_one_of_the_standards():
    pairs = [tuple(map(int, number.split("."))) for number in NUMBERS]
    assert pairs == sorted(set(pairs))
    assert [number for number in NUMBERS if int(number.split(".")[1]) > MOST[number[0]]] == []


@pytest.mark.parametrize("row", ROWS, ids=NUMBERS)
def test_whatever_is_named_exists(row: str):
    _, title, shown, people = (cell.strip() for cell in row.strip("| ").split(" | "))
    assert title
    assert shown
    assert people
    alarms = resources("AWS::CloudWatch::Alarm")
    for name in QUOTED.findall(shown):
        if name.endswith("Alarm"):
            assert name in alarms
        elif name.startswith("make "):
            assert name.removeprefix("make ") in TARGETS
        elif "/" in name or "." in name:
            assert (ROOT / name).exists() or name.startswith("GET /"), name


def test_every_test_that_is_named_has_tests():
    for path in set(re.findall(r"`(tests/[\w/]+/test_\w+\.py|tests/test_\w+\.py)`", PAGE)):
        assert re.search(r"^def test_", (ROOT / path).read_text(), re.MULTILINE), path
