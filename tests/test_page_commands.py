"""The commands of every page can be typed as they stand: nothing that they need is left for the reader to find."""

import argparse
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from furtka import cli, parameters
from furtka.paths import ROOT
from tests.support.pages import PAGES, Piece, lines, pieces

USED = re.compile(r"\$\{?([A-Za-z_]\w*)")
SET = re.compile(r"(?:^|[\s;(])(?:([A-Za-z_]\w*)=(?!=)|for (\w+) in|read -\w+ (\w+)|([a-z]+)\(\) )")
FUNCTIONS = ("id", "all", "logs", "lines", "ago", "total", "logins", "output")
OF_EVERY_SHELL = {"PATH", "PWD", "HOME"}

ONLY_GNU = re.compile(
    r"\bdate\b[^|;`]*\s(?:-d|--date)|\bsed\b[^|;`]*\s-i|\bgrep\b[^|;`]*\s-\w*P"
    r"|\breadlink -f|\bbase64 -w|\bstat -c|\bxargs -\w*r"
)
"""What the tools of macOS do not take, or take otherwise."""

ELSEWHERE = re.compile(r"\bjq\b")
"""A tool that no page tells to install."""

LETS_ZSH_TAKE_COMMENTS = "setopt interactive_comments 2> /dev/null || true"

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def unset(found: list[Piece]) -> Iterator[str]:
    """Yield each variable, and each function of the pages, that code uses before any code above it sets it."""
    known = set(OF_EVERY_SHELL)
    for piece in found:
        code = re.sub(r"'(?!\")[^'\n]*'", "''", piece.code) if piece.is_block else piece.code
        known |= {name for names in SET.findall(piece.code) for name in names if name}
        yield from (name for name in USED.findall(code) if name not in known)
        called = re.findall(rf"(?:\$\(|^|\| |do )({'|'.join(FUNCTIONS)}) (?!\()", piece.code, re.MULTILINE)
        yield from (f"{name}()" for name in called if name not in known)


@by_page
def test_what_a_command_uses_is_set_above_it(page: Path):
    assert list(unset(pieces(page))) == []


def test_the_test_would_notice_what_is_not_set():
    used = [Piece("aws backup start-restore-job --recovery-point-arn $point", 0, is_block=True)]
    assert list(unset(used)) == ["point"]
    assert list(unset([Piece("point=…\n", 0, is_block=True), *used])) == []
    assert list(unset([Piece("logs LoginLog 1h", 0, is_block=False)])) == ["logs()"]


@by_page
def test_a_shell_can_read_a_page(page: Path):
    """It reads and runs nothing (`-n`)."""
    code = "\n".join(piece.code for piece in pieces(page))
    read = subprocess.run(["bash", "-n"], input=code, capture_output=True, text=True, check=False)
    assert read.stderr == ""


def test_the_hours_of_the_runbooks_are_told_by_python_alone():
    (ago,) = re.findall(r"(?m)^ago\(\) .*", (ROOT / "docs/runbooks.md").read_text())
    told = subprocess.run(["sh"], input=f"{ago}\nago 0; ago 60; ago 0", capture_output=True, text=True, check=True)
    before, then, after = map(datetime.fromisoformat, told.stdout.split())
    assert before - then <= timedelta(hours=1) <= after - then  # however long the shell takes


@by_page
def test_a_command_works_on_macos_as_on_linux(page: Path):
    assert [one.code for one in pieces(page) if ONLY_GNU.search(one.code)] == []
    assert [one.code for one in pieces(page) if ELSEWHERE.search(one.code)] == []


def test_the_test_would_notice_what_only_gnu_takes():
    for code in ("date -u -d -1hour +%F", "sed -i -e 's/a/b/' x", "grep -oP '\\d' x"):
        assert ONLY_GNU.search(code)
    for code in ("date -u +%F", "sed -e 's/-i//' x", "grep -oE 'P' x"):
        assert not ONLY_GNU.search(code)


@pytest.mark.parametrize("page", [one for one in PAGES if one.parent.name == "docs"], ids=lambda page: page.name)
def test_zsh_takes_the_comments_of_a_page(page: Path):
    """The shell of macOS takes `# …` for words of the command unless it is told otherwise."""
    blocks = [one.code for one in pieces(page) if one.is_block]
    if any(re.search(r"(?m)(?:^|\s)# ", code) for code in blocks):
        assert any(LETS_ZSH_TAKE_COMMENTS in code for code in blocks)


# --- Our own command line ----------------------------------------------------------------------------------------


def _ours(page: Path) -> list[str]:
    """Return the lines of blocks that call furtka, as a shell would hand them over."""
    return [line.removeprefix(".venv/bin/") for line in lines(page) if re.match(r"(?:\.venv/bin/)?furtka ", line)]


LINES = [(page.name, line) for page in PAGES for line in _ours(page)]
SPOKEN = sorted(
    {
        (page.name, words)
        for page in PAGES
        for piece in pieces(page)
        if not piece.is_block
        for words in re.findall(r"^(?:\.venv/bin/)?furtka ([^|;`]+)", piece.code)
    }
)


@pytest.mark.parametrize(("page", "line"), LINES, ids=str)
def test_our_own_command_line_takes_a_line_of_a_page(page: str, line: str):
    cli._parser().parse_args(shlex.split(line.replace("$STACK", "furtka-prod"))[1:])


@pytest.mark.parametrize(("page", "words"), SPOKEN, ids=str)
def test_our_own_command_line_knows_what_a_sentence_names(page: str, words: str):
    """A sentence may name a command without all that it needs."""
    given = shlex.split(words)
    parser: argparse.ArgumentParser = cli._parser()
    while below := next((one for one in parser._actions if isinstance(one, argparse._SubParsersAction)), None):
        if not given or given[0].startswith("-") or given[0] == "…":
            break
        parser = below.choices[given.pop(0)]
    known = parser._option_string_actions
    assert [word for word in given if word.startswith("-") and word.partition("=")[0] not in known] == []


@by_page
def test_a_page_that_calls_furtka_says_where_it_is(page: Path):
    """Somebody who has just cloned the repository has no furtka on the PATH."""
    is_bare = [one for one in pieces(page) if one.is_block and re.search(r"(?m)^ *furtka ", one.code)]
    if is_bare:
        alias = [one.place for one in pieces(page) if "alias furtka=.venv/bin/furtka" in one.code]
        assert alias
        assert alias[0] <= is_bare[0].place


STACKS = ("runbooks.md", "recovery.md", "keys.md")
SETUP = re.compile(
    rf"{re.escape(LETS_ZSH_TAKE_COMMENTS)}\n"
    r"export AWS_PROFILE=\S+ AWS_DEFAULT_REGION=\S+ .*\nalias furtka=.*\nSTACK=\S+ .*\n"
)


@pytest.mark.parametrize("name", STACKS)
def test_the_pages_about_a_stack_begin_with_the_same_lines(name: str):
    (first,) = [SETUP.search(one.code) for one in pieces(ROOT / "docs" / name) if one.is_block][:1]
    assert first
    assert {first[0]} == {match[0] for page in STACKS if (match := SETUP.search((ROOT / "docs" / page).read_text()))}


@pytest.mark.parametrize("name", STACKS)
def test_no_command_reaches_a_stack_whose_name_begins_with_the_same_letters(name: str):
    for piece in pieces(ROOT / "docs" / name):
        assert "prefix" not in piece.code
        assert re.findall(r"(?:contains|starts_with)\([^)]*\$\{?STACK", piece.code) == []


# --- Parameters ----------------------------------------------------------------------------------------------------


def test_deploy_groups_every_parameter_of_the_template_once():
    (section,) = re.findall(r"(?ms)^## Every parameter\n(.*?)^## ", (ROOT / "docs/deploy.md").read_text())
    rows = [line for line in section.splitlines() if line.startswith("|")]
    named = [word for row in rows for word in re.findall(r"`([A-Z]\w+)(?:=\w+)?`", row) if word != "ARCH"]
    assert sorted(named) == sorted(parameters.declared())
