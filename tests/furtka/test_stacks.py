"""A stack that is not there is told in one sentence, whatever command it is for."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from furtka import stacks
from furtka.cli import main
from furtka.complaint import Complaint
from tests.support.pretend_aws import ACCOUNT, REGION, PretendAws

ABSENT = f"furtka: there is no stack furtka-prd in {REGION} of account {ACCOUNT}"
COMMANDS = (
    ["doctor"],
    ["stop"],
    ["start"],
    ["leftovers"],
    ["leftovers", "--remove"],
    ["accounts", "create", "--login", "ann", "--email", "ann@example.com"],
    ["canary", "create", "--email", "oncall@example.com"],
    ["keys", "rotate"],
    ["restore", "void", "--since", "2026-03-01T12:00Z"],
    ["restore", "table", "TokensTable", "--from", "tokens"],
)


@pytest.fixture
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def answer(_: str) -> str:
        raise AssertionError

    monkeypatch.setattr("builtins.input", answer)
    with mock_aws():
        yield


@pytest.mark.usefixtures("nobody_is_asked")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_stack_that_is_not_there_is_told_in_one_sentence_before_anything_is_asked(
    command: list[str], capsys: pytest.CaptureFixture[str]
):
    assert main([*command, "--stack", "furtka-prd", "--region", REGION]) == 2
    said = capsys.readouterr()
    more = ", and none was deleted there within 90 days" if command[0] == "leftovers" else ""
    assert (said.out, said.err) == ("", f"{ABSENT}{more}\n")


def test_an_account_that_aws_does_not_tell_is_left_out(monkeypatch: pytest.MonkeyPatch):
    aws = PretendAws({"cloudformation.DescribeStacks": "ValidationError: Stack with id furtka-prd does not exist"})
    monkeypatch.setattr(boto3, "Session", aws.session)
    with pytest.raises(Complaint) as complaint:
        stacks.ours(aws.session(REGION), "furtka-prd")
    assert str(complaint.value) == f"there is no stack furtka-prd in {REGION}"


def test_what_aws_refuses_is_not_taken_for_a_stack_that_is_not_there():
    with pytest.raises(Complaint, match=r"the stack furtka-prd can't be reached in AWS: .*AccessDenied"):
        stacks.ours(PretendAws().session(REGION), "furtka-prd")
