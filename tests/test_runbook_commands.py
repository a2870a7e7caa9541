"""Commands of the pages: what the runbooks look for is logged, whom they ask is there, and AWS knows its part."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from samcli.yamlhelper import yaml_parse

from furtka.paths import FUNCTIONS, LAYERS, ROOT
from shared import errors
from shared.observability import CALLER
from tests.support import aws_commands, pages
from tests.support.pages import expanded
from tests.support.template import rules, template

RUNBOOKS, RECOVERY = ((ROOT / "docs" / name).read_text() for name in ("runbooks.md", "recovery.md"))
PAGES = RUNBOOKS + RECOVERY
SOURCE = "".join(path.read_text() for folder in (FUNCTIONS, LAYERS / "shared") for path in folder.rglob("*.py"))

OF_LAMBDA = {"Task timed out", "Runtime", "Runtime\\.", "ImportModuleError", "MemoryError"}
"""What Lambda writes into a function's log by itself."""

KEYS = {*CALLER, *re.findall(r"(\w+)=", "".join(re.findall(r"(?:append_keys|logger\.\w+)\(.*", SOURCE)))}
"""Keys of lines in our logs."""


def looked_for() -> Iterator[str]:
    """Yield each word that a command greps a log for."""
    for quoted, plain in re.findall(r"""`lines (?:"([^"`]+)"|(\w+))""", RUNBOOKS):
        yield from (quoted or plain).split("|")
    for line in re.findall(r"\blogs [^`]*", RUNBOOKS):
        for quoted, plain in re.findall(
            r"""grep (?:-[cEo]+ )*(?:["']((?:[^"'\\]|\\.|"(?=[:\[\]*]|\w+"))+)["']|(\w+))""", line
        ):
            yield from re.split(r"\||\.\*", quoted or plain)


WORDS = sorted({*looked_for()} - OF_LAMBDA - {"$1"})


def is_logged(word: str) -> bool:
    """Whether a line of our log can have the word: as a key, as a message, or as the refusal that is its reason."""
    if key := re.match(r'"(\w+)":', word):
        return key[1] in KEYS
    return hasattr(errors, word) if word[0].isupper() else f'"{word}' in SOURCE


def commands(code: str) -> Iterator[list[str]]:
    """Yield each command of `aws` in a piece of code with its options, also those within others."""
    code = re.sub(r"'[^']*'", "QUOTED", re.sub(r"\$\((?:id|ago|all|total)[^()]*\)", "VALUE", code.replace("\\\n", " ")))
    while inner := re.search(r"\$\(([^()]*)\)", code):
        yield from commands(inner[1])
        code = code.replace(inner[0], "VALUE")
    for part in re.split(r"\||;|&&|\n", re.sub(r'"[^"]*"', "QUOTED", code)):
        if found := re.search(r"(?<!\S)aws .*", part):
            yield found[0].split()


OF_THE_COMMAND_LINE = (["logs", "tail"], ["cloudformation", "deploy"])
"""What `aws` does by several calls, so that no service describes it."""

AWS = [
    words
    for page in pages.PAGES
    for piece in pages.pieces(page)
    for words in commands(piece.code)
    if len(words) > 2 and words[1:3] not in OF_THE_COMMAND_LINE
]


@pytest.mark.parametrize("word", WORDS)
def test_what_a_runbook_looks_for_in_a_log_is_logged(word: str):
    assert is_logged(word)


def test_the_test_would_notice_a_word_that_nothing_logs():
    assert {"dynamodb_failed", "Unavailable", "notice_lost"} <= set(WORDS)
    assert not any(map(is_logged, ("unreachable", "TransactionConflict", '"account":"')))


def test_what_a_runbook_names_by_id_or_log_is_in_the_template():
    code = expanded(PAGES)
    named = set(re.findall(r"\$\(id (\w+)\)", code)) | set(re.findall(r"\blogs (\w+Log)\b", code))
    named |= set(re.findall(r"\$\(total \S+ \w+ \w+ (\w+)\)", code))
    assert named - set(template()["Resources"]) - rules() == set()


@pytest.mark.parametrize("operation", ["list-event-source-mappings", "invoke"])
def test_a_function_is_asked_by_its_alias_which_is_what_queues_and_schedules_call(operation: str):
    asked = re.findall(rf"aws lambda {operation} --function-name (\S+ \w+\)\S*(?: --qualifier \w+)?)", PAGES)
    assert asked
    assert [one for one in asked if not one.endswith((":live", "--qualifier live"))] == []


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_aws_knows_the_command_and_its_options(words: list[str]):
    assert aws_commands.faults(words) == []


def test_the_edit_that_renews_the_streams_takes_them_away_and_nothing_else(tmp_path: Path):
    (tmp_path / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    edits = re.findall(r"^sed .*", RECOVERY, re.MULTILINE)
    assert edits
    for edit in edits:
        subprocess.run(["sh", "-c", edit], cwd=tmp_path, check=True)
    edited = yaml_parse((tmp_path / "template.yaml").read_text())
    whole = yaml_parse((ROOT / "template.yaml").read_text())
    for table in ("ActivityTable", "StrikesTable"):
        del whole["Resources"][table]["Properties"]["StreamSpecification"]
    for event in ("Changes", "Counts"):
        del whole["Resources"]["AuditFunction"]["Properties"]["Events"][event]
    assert edited == whole
    assert "StreamArn" not in (tmp_path / "template.yaml").read_text()
