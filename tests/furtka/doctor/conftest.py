"""Fixtures: doctor, and the AWS that it meets."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from furtka.cli import main
from furtka.doctor import command, domain
from tests.support.aws_commands import commands, faults
from tests.support.pretend_aws import REGION, PretendAws

type Findings = dict[str, list[str]]
type Examine = Callable[..., tuple[int, Findings]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> PretendAws:
    """An AWS that allows nothing yet, and a DNS that knows every name."""
    aws = PretendAws()
    monkeypatch.setattr(command.boto3, "Session", aws.session)
    monkeypatch.setattr(domain, "resolve", lambda _: None)
    return aws


@pytest.fixture
def examine(aws: PretendAws, capsys: pytest.CaptureFixture[str]) -> Examine:
    """Let doctor meet an account, and return its exit status and what it found, as `level: means`, by check."""

    def examine(answers: Mapping[str, Any], *options: str) -> tuple[int, Findings]:
        aws.answers = copy.deepcopy(dict(answers))
        status = main(["doctor", "--region", REGION, "--json", *options])
        report = json.loads(capsys.readouterr().out)
        found: Findings = {}
        for finding in report["findings"]:
            found.setdefault(finding["check"], []).append(f"{finding['level']}: {finding['means']}")
            assert bool(finding["do"]) or finding["level"] in ("ok", "unknown"), finding
            assert [fault for words in commands(finding["do"]) for fault in faults(words)] == []
        return status, found

    return examine
