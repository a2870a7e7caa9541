"""README.md against what there is: its tree, its answers to "where is what", its commands."""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from furtka.paths import ROOT
from tests import smoke

PAGE = (ROOT / "README.md").read_text()
BRANCH = re.compile(r"(?P<indent>(?:│   |    )*)(?:├── |└── )?(?P<name>[\w./-]+)(?:  .*|)")
OPEN = ("", "functions", "layers", "layers/shared", "layers/shared/auth", "layers/shared/sending", "furtka", "docs")
"""Folders of which the tree must show everything. Of any other that it opens it does."""

QUESTION = re.compile(r"^\| ([^|]+\?) \| \[([\w/.]+)\]\(([\w/.]+)\) \| `(\w+)` \|$", re.MULTILINE)
QUESTIONS = QUESTION.findall(PAGE)


def tree() -> list[str]:
    """Every path that the tree names, from the root on."""
    drawn = re.search(r"^```\n(functions/.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert drawn
    found: list[str] = []
    above: list[str] = []
    for line in drawn[1].splitlines():
        branch = BRANCH.fullmatch(line)
        assert branch, f"not a line of a tree: {line}"
        depth = len(branch["indent"]) // 4 + ("── " in line)
        above[depth:] = [branch["name"].strip("/")]
        found.append("/".join(above))
    return found


TREE = tree()


IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]


def kept(folder: str) -> set[str]:
    """What lies directly in *folder* and is no settings of a tool, and nothing that is made anew on each machine."""
    names = {path.name for path in (ROOT / folder).iterdir()}
    return {name for name in names if not name.startswith(".") and not any(fnmatch(name, made) for made in IGNORED)}


def test_everything_that_the_tree_names_exists():
    assert [path for path in TREE if not (ROOT / path).exists()] == []


def test_the_tree_names_nothing_twice():
    assert sorted(TREE) == sorted(set(TREE))


def test_the_tree_opens_what_a_newcomer_looks_for():
    opened = {str(Path(path).parent) for path in TREE}
    assert [folder for folder in OPEN if (folder or ".") not in opened] == []


@pytest.mark.parametrize("folder", sorted({str(Path(path).parent) for path in TREE}))
def test_of_a_folder_that_the_tree_opens_it_names_everything(folder: str):
    folder = "" if folder == "." else folder
    named = {Path(path).name for path in TREE if str(Path(path).parent) == (folder or ".")}
    assert sorted(kept(folder) - named) == []


def test_fourteen_questions_are_answered():
    assert len(QUESTIONS) == 14


@pytest.mark.parametrize(("question", "told", "path", "name"), QUESTIONS, ids=[one[0] for one in QUESTIONS])
def test_the_answer_to_a_question_is_in_one_file_by_its_name(question: str, told: str, path: str, name: str):
    assert told == path
    assert (ROOT / path).is_file()
    assert name in defined(ROOT / path)


def defined(path: Path) -> set[str]:
    """The functions, classes and constants of a module."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def test_every_command_of_the_makefile_is_told_of():
    commands = re.search(r"^## Commands\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert commands
    told = set(re.findall(r"`(?:make )?([a-z0-9-]+(?:\.json)?)`", commands[1]))
    assert [target for target in smoke.targets() if target not in {*told, "help"}] == []
