"""docs/limits.md tells every number of the policy in words, and nothing of the Python that it is made of."""

import re

import pytest

from furtka import limits
from furtka.paths import ROOT
from shared import policy

ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
COUNT = r"[0-9]{1,3}(,[0-9]{3})*"
IN_WORDS = re.compile(rf"`\w+`(, `\w+`)*|{COUNT}( [a-zA-Z]+)?([,;:] {COUNT}( [a-zA-Z]+)?)*")


def rows(page: str) -> dict[str, tuple[str, str]]:
    return {name: (value, why) for name, value, why in ROW.findall(page)}


def told(value: str, name: str = "NUMBER") -> str:
    page = limits.page(f'# --- About ---\n\nOTHER = 5\n"""Why."""\n\n{name} = {value}\n"""Why."""\n')
    return rows(page)[name][0]


def test_the_page_is_what_the_code_says():
    assert (ROOT / "docs/limits.md").read_text() == limits.page()


def test_every_number_of_the_policy_is_on_the_page_once_and_with_a_reason():
    page = limits.page()
    assert sorted(name for name, *_ in ROW.findall(page)) == sorted(name for name in vars(policy) if name.isupper())
    assert all(len(why.split()) > 2 for _, why in rows(page).values())


def test_no_value_reads_like_python():
    assert {name: value for name, (value, _) in rows(limits.page()).items() if not IN_WORDS.fullmatch(value)} == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("5", "5"),
        ("60_000", "60,000"),
        ("64 * 1024", "65,536"),
        ("timedelta(hours=1)", "1 hour"),
        ("timedelta(hours=24)", "24 hours"),
        ("timedelta(minutes=1)", "1 minute"),
        ("(timedelta(minutes=1), timedelta(minutes=10))", "1 minute, 10 minutes"),
        ("(30, 7, 1)", "30, 7, 1"),
        ('("Test", "INFOSMS")', "`Test`, `INFOSMS`"),
        ("(OTHER, timedelta(days=2))", "5, 2 days"),
        ("{4: (3, timedelta(hours=24)), 5: (5, timedelta(hours=6))}", "4: 3, 24 hours; 5: 5, 6 hours"),
    ],
)
def test_a_value_is_told_as_a_person_writes_it(value: str, words: str):
    assert told(value) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PASSWORD_MAX_CHARACTERS", "7 characters"),
        ("PASSWORD_MIN_CHARACTERS_NIST", "7 characters"),
        ("MAX_BODY_BYTES", "7 bytes"),
        ("ARGON2_MEMORY_KIB", "7 KiB"),
        ("SESSIONS_AT_ONCE", "7"),
    ],
)
def test_a_number_is_told_with_the_unit_that_its_name_says(name: str, words: str):
    assert told("7", name) == words


@pytest.mark.parametrize("value", ["max(1, 2)", "2 ** 8", "lambda: 1", "UNKNOWN"])
def test_a_value_that_has_no_words_stops_the_page(value: str):
    with pytest.raises(ValueError, match="no words"):
        told(value)


def test_numbers_that_stand_together_share_the_reason_below_them():
    page = limits.page('# --- About ---\n\nFIRST = 1\nSECOND = 2\n"""Because of both."""\n')
    assert rows(page) == {"FIRST": ("1", "Because of both."), "SECOND": ("2", "Because of both.")}
