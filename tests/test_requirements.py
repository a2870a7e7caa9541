"""docs/requirements.md against what there is: the tests that it names, the rows that it owes, the code's own lists."""

import ast
import re
from collections import Counter
from functools import cache

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from shared import policy
from shared.domain.passwords import CONTEXT_WORDS, misses
from shared.http.route_rules import RULES
from tests.support.template import ROOT
from tests.support.world import HANDLERS

PAGE = (ROOT / "docs/requirements.md").read_text()

OWED = (
    *("V2.3.1", "V2.3.2", "V2.3.3", "V2.3.4"),
    *("V6.1.1", "V6.1.2", "V6.1.3"),
    *("V6.2.1", "V6.2.2", "V6.2.3", "V6.2.4", "V6.2.5", "V6.2.6"),
    *("V6.2.7", "V6.2.8", "V6.2.9", "V6.2.10", "V6.2.11", "V6.2.12"),
    *("V6.3.1", "V6.3.2", "V6.3.3", "V6.3.4", "V6.3.5", "V6.3.6", "V6.3.7", "V6.3.8"),
    *("V6.4.1", "V6.4.2", "V6.4.3", "V6.4.4", "V6.4.5", "V6.4.6"),
    *("V6.5.1", "V6.5.2", "V6.5.3", "V6.5.4", "V6.5.5", "V6.5.6", "V6.5.8"),
    *("V6.6.1", "V6.6.2", "V6.6.3", "V6.6.4"),
    *("V7.1.1", "V7.1.2", "V7.2.1", "V7.2.2", "V7.2.3", "V7.2.4", "V7.3.1", "V7.3.2"),
    *("V7.4.1", "V7.4.2", "V7.4.3", "V7.4.4", "V7.4.5", "V7.5.1", "V7.5.2", "V7.5.3"),
    *("V8.1.1", "V8.1.3", "V8.2.1", "V8.2.2", "V8.2.3", "V8.2.4", "V8.3.1", "V8.3.2", "V8.4.1"),
    *("V10.3.1", "V10.3.2", "V10.3.5", "V10.4.4", "V10.4.9", "V10.4.10", "V10.4.11", "V10.4.14"),
    *("V3.5.3", "V4.1.3", "V15.3.3", "V15.3.4", "V15.3.7"),
)
"""Every row of ASVS 5.0.0 in V2.3, V6, V7, V8 and V10 that is about something that we have, or shall have."""

SECTIONS = {
    **dict.fromkeys(("2.1.3", "2.2.2", "2.2.3", "2.3.3", "3.1.2.2", "3.1.3.1", "3.1.4", "3.2.5", "3.2.9", "3.2.12"), 1),
    **{"3.1.1.2": 15, "3.1.3.2": 3, "3.1.3.3": 4, "3.2.2": 3},
    **dict.fromkeys(("4.1", "4.1.2.1", "4.2.1.1", "4.2.1.2", "4.2.2.2", "4.2.3", "4.3", "4.4", "4.5", "4.6"), 1),
    **{"5.1": 1, "5.1.2": 1},
}
"""How many rows each section of NIST SP 800-63B-4 is owed; where a row is about several sections it is the first."""

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
COMMAND = re.compile(r"`make ([a-z0-9-]+)`")
REASON = re.compile(r"\*\*(Exception|Not yet):\*\* \S[^*]{20,}")


def _rows() -> dict[str, list[str]]:
    """The cells behind each id or section."""
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| [V0-9]", line)]
    cells = [[cell.strip() for cell in line] for line in lines]
    assert len({row[0] for row in cells}) == len(cells), "a row stands on the page twice"
    return {row[0]: row[1:] for row in cells}


ROWS = _rows()
NAMED = sorted(set(TEST.findall(PAGE)))


@cache
def _tests_in(path: str) -> frozenset[str]:
    """Read and not imported: the tests of another command may need what is not here."""
    if not (ROOT / path).is_file():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_test_that_is_named_exists():
    assert [f"{path}::{name}" for path, name in NAMED if name not in _tests_in(path)] == []


def test_every_name_of_a_test_is_written_so_that_it_can_be_looked_up():
    assert len(re.findall(r"tests/[\w/]+\.py::", PAGE)) == len(TEST.findall(PAGE))
    assert all(name.startswith("test_") for _, name in NAMED)


def test_every_command_that_is_named_exists():
    commands = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(COMMAND.findall(PAGE)) <= commands


def test_no_row_that_is_owed_is_missing():
    assert [row for row in OWED if row not in ROWS] == []


def test_no_section_of_nist_is_missing():
    sections = [row.split()[0].rstrip(",") for row in ROWS if row[0] != "V"]
    assert Counter(sections) == SECTIONS


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_has_five_cells_and_an_answer(row: str):
    level, asked, met, answer = ROWS[row]
    assert re.fullmatch("[123]" if row.startswith("V") else r"-|restricted|[A-Z, ]+", level)
    assert asked
    assert met
    assert TEST.search(answer) or COMMAND.search(answer) or REASON.search(answer)
    assert answer.count("**") == 2 * len(REASON.findall(answer)), "an exception has a reason"


def test_a_section_that_was_not_confirmed_says_so():
    assert [row for row in ROWS if row[0] != "V" and not row.endswith((" †", " **F**"))] == []


@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_what_is_open_at_a_level_is_said_at_the_top(level: str):
    told = re.search(rf"^- \*\*Level {level}\*\*: (.*)$", PAGE, re.MULTILINE)
    assert told
    still_open = {row for row, (of, *_, answer) in ROWS.items() if of == level and REASON.search(answer)}
    assert still_open <= set(re.findall(r"V[0-9.]+[0-9]", told[1]))


def test_the_words_that_no_password_may_hold_are_those_of_the_code():
    assert re.findall(r"`(\w+)`", ROWS["V6.1.2"][2]) == list(CONTEXT_WORDS)


def test_every_route_that_needs_no_session_is_among_the_ways_in():
    asked = re.findall(r"^\| (`[A-Z]+ /.*?) \|", PAGE, re.MULTILINE)
    ways = re.findall(r"`([A-Z]+ /.*?)`", " ".join(asked))
    opened = {route.name for handler in HANDLERS.values() for route in handler.routes if RULES[route.name].is_public}
    assert opened <= set(ways)
    assert len(set(ways)) == len(ways)


def test_the_list_of_common_passwords_reaches_as_far_as_the_page_says():
    words = FREQUENCY_LISTS["passwords"]
    long = sum(len(word) >= policy.PASSWORD_MIN_CHARACTERS_NIST for word in words)
    assert f"only {long} entries" in ROWS["V6.2.4"][-1]
    for profile, second_factor in (("smsapi", False), ("nist", True)):
        fit = sum(not misses(word.upper(), profile=profile, second_factor=second_factor, words=()) for word in words)
        assert f"{fit:,}" in ROWS["V6.2.4"][2]
