"""docs/deploy.md against what there is: its commands, its parameters, the rights that it grants, its sections."""

import json
import re
import shlex
from collections.abc import Iterator

import pytest
from samcli.commands.build.command import cli as build
from samcli.commands.deploy.command import cli as deploy

from furtka import cli, leftovers, parameters
from furtka.doctor import command
from furtka.doctor.patient import _action
from furtka.paths import ROOT
from tests import smoke
from tests.furtka.doctor.accounts_of_aws import FRESH, ORDERLY
from tests.support import aws_commands

PAGE = (ROOT / "docs/deploy.md").read_text()
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
LINES = [line for line in SHELL.splitlines() if line.strip()]
AWS = list(aws_commands.commands(SHELL))
QUOTED = re.findall(r'docs/deploy\.md, "([^"]+)"', "\n".join(p.read_text() for p in (ROOT / "furtka").rglob("*.py")))
TYPED = {"STACK", "STAGE", "REGION", "MAIL", "PANEL", "ARCH", "PARAMETERS"}


def starting(word: str) -> list[str]:
    return [line for line in LINES if line.startswith(f"{word} ")]


def test_every_line_starts_with_a_command_that_is_checked():
    known = ("make", "furtka", "aws", "sam", "curl", "git", "export", "alias", "setopt", "read")
    given = ("url=$(aws ", "token='…'", "challenge='…'", "session='…'")
    assert [line for line in LINES if not line.startswith((*(f"{word} " for word in known), *given))] == []


@pytest.mark.parametrize("line", starting("furtka"))
def test_our_own_command_line_takes_it(line: str):
    cli._parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("line", [line for line in starting("make") if "make deploy" in line])
def test_make_takes_it_and_so_would_cloudformation(line: str):
    given = dict(word.split("=", 1) for word in shlex.split(line)[2:])
    assert set(given) <= TYPED
    more = parameters.read(given.get("PARAMETERS", "").split())
    parameters.must_be_taken({**parameters.of_stage(given.get("STAGE", "dev")), **more})
    if "MAIL" in given:
        parameters.must_be_complete({"MailFrom": given["MAIL"], **more})


def test_make_has_the_targets_and_the_page_every_word_of_deploy():
    used = {line.split()[1] for line in starting("make")}
    assert used <= {*smoke.targets(), ".venv/.installed"}
    makefile = (ROOT / "Makefile").read_text()
    assert {name for name in TYPED if f"{name}=" in PAGE} == TYPED
    assert set(re.findall(r"^option-([A-Z]+) =", makefile, re.MULTILINE)) == TYPED | {"ARGS"}


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_aws_knows_the_command_and_its_options(words: list[str]):
    assert aws_commands.faults(words) == []


def test_no_command_of_aws_is_overlooked():
    assert len(AWS) == sum(line.startswith("aws ") or "$(aws " in line for line in LINES) > 10


def test_sam_knows_the_plain_line_and_it_asks_nothing():
    (line,) = starting("sam")
    for part, command_of_sam in zip(line.split("&&"), (build, deploy), strict=True):
        words = shlex.split(part)
        known = {name for option in command_of_sam.params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= known
        assert "--guided" not in words
        assert words[words.index("--config-env") + 1] in parameters.stages()
    given = parameters.read(words[words.index("--parameter-overrides") + 1 :])
    parameters.must_be_taken(given)
    parameters.must_be_complete(given)


def test_what_the_plain_line_leaves_out_of_its_stage_is_nothing_that_matters():
    """It replaces the list of the stage; for prod the page says that it has to be repeated."""
    assert "that of `prod` has to be repeated" in PAGE
    assert set(parameters.of_stage("dev")) == {"LogRetentionDays"}


def test_every_parameter_that_is_named_exists():
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]*)+)=", PAGE))
    assert named - set(parameters.declared()) == set()
    told = set(re.findall(r"\boutput `([A-Za-z]+)`", PAGE))
    assert told - set(parameters.template()["Outputs"]) == set()


def looked_at() -> Iterator[str]:
    """The actions of IAM for everything that doctor asks in any test of it."""
    for name in {*FRESH, *ORDERLY}:
        yield _action(*name.split("."))


def test_the_rights_of_doctor_are_what_it_asks_for_and_no_more():
    (text,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (statement,) = json.loads(text)["Statement"]
    assert statement["Action"] == sorted(set(looked_at()) - {"sts:GetCallerIdentity"})  # which everybody may


def test_the_sections_that_commands_lead_to_are_there():
    assert QUOTED
    assert [name for name in QUOTED if f"## {name}\n" not in PAGE] == []


def test_its_numbers_are_those_of_the_code():
    assert f"Keys and secrets are removed {leftovers.DAYS_TO_REGRET} days later" in PAGE
    told = re.search(r"Its exit status is (\d) without a fault, (\d) with one, (\d) .*? and (\d) if only", PAGE)
    assert told
    assert [int(number) for number in told.groups()] == [command.WELL, command.ILL, cli.MISUSED, command.UNSEEN]
