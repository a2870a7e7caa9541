"""The commands that the pages for people show: blocks of shell and, in sentences, what is in backquotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from furtka.paths import ROOT

PAGES = sorted((*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "examples").rglob("*.md")))

BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
IN_A_SENTENCE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
TOOLS = "aws|furtka|make|sam|sed|curl|for|logs|lines|logins|git|openssl"
COMMAND = re.compile(rf"(?:\.venv/bin/)?(?:{TOOLS}) ")
"""How what is in backquotes begins if it is to be typed, and not a name."""


@dataclass(frozen=True)
class Piece:
    """Code at its place on a page. `is_block`: it is a block of shell, and no part of a sentence."""

    code: str
    place: int
    is_block: bool


@cache
def pieces(page: Path) -> list[Piece]:
    """Return all shell code of the page in the order in which it is read."""
    text = page.read_text()
    blocks = [Piece(found[2], found.start(), is_block=True) for found in BLOCK.finditer(text) if found[1] == "sh"]
    around = BLOCK.sub(lambda found: " " * len(found[0]), text)
    spoken = [Piece(found[1], found.start(), is_block=False) for found in IN_A_SENTENCE.finditer(around)]
    return sorted([*blocks, *(one for one in spoken if COMMAND.match(one.code))], key=lambda one: one.place)


def expanded(code: str) -> str:
    """Return *code* with the body of each loop over plain words written out once for each word."""
    while found := re.search(
        r"for (\w+) in ([\w ]+?)(?:;|\n) *do\b((?:(?!\bfor \w+ in\b).)*?)\bdone\b", code, re.DOTALL
    ):
        name, words, body = found.groups()
        bodies = [re.sub(rf"\$(?:\{{{name}\}}|{name}\b)", word, body) for word in words.split()]
        code = code[: found.start()] + ";".join(bodies) + code[found.end() :]
    return code


def lines(page: Path) -> Iterator[str]:
    """Yield each line of the page's blocks without what continues over several lines or is a comment."""
    for piece in pieces(page):
        if piece.is_block:
            for line in piece.code.replace("\\\n", " ").splitlines():
                if code := re.sub(r"(?:^|\s+)# .*$", "", line).strip():
                    yield code
