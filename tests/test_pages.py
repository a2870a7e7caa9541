"""The pages for people: what they lead to exists, and they speak of users as "they"."""

import re
from pathlib import Path

import pytest

from furtka.paths import FUNCTIONS, LAYERS, ROOT

ELSEWHERE = {".venv", ".venv-ministack", ".venv-scanners", ".aws-sam", "node_modules"}
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", ".venv-ministack", ".venv-scanners", ".aws-sam", "node_modules"}
    & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|md|yaml|json|toml))`")
SPOKEN_FROM = (ROOT, LAYERS, LAYERS / "shared", FUNCTIONS, ROOT / "docs")
"""Where a path in the text may begin."""

GENDERED = re.compile(r"\b(he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@by_page
def test_a_link_leads_to_a_file(page: Path):
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


@by_page
def test_a_file_that_is_named_exists(page: Path):
    named = FILE.findall(page.read_text())
    assert [path for path in named if not any((start / path).exists() for start in SPOKEN_FROM)] == []


@by_page
def test_a_user_is_spoken_of_as_they(page: Path):
    assert GENDERED.findall(CODE.sub("", page.read_text())) == []
