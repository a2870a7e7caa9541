"""Harness: the template goes the way that it goes to AWS, `sam build` and `sam deploy`."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import ministack_gaps
from tests.e2e.emulator import REGION, ROOT, Emulator

MAIL_FROM = "furtka@mail.furtka.test"
PANEL_ORIGIN = "https://panel.furtka.test"

OURS = {"PanelOrigin": PANEL_ORIGIN, "MailFrom": MAIL_FROM, "Dashboard": "off"}
"""The parameters of template.yaml. The emulator knows no saved queries, which go with the dashboard."""

WITHIN = 900  # seconds, for one command on a busy machine


@dataclass(frozen=True)
class Stack:
    """Furtka as it was deployed under *name*."""

    name: str
    emulator: Emulator
    outputs: Mapping[str, str] = field(repr=False)
    resources: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where ministack serves what AWS would serve under the address in the outputs."""
        stage = self.outputs["Url"].rpartition("/")[2]
        return f"{self.emulator.endpoint}/_aws/execute-api/{self.resources['Api']}/{stage}"

    def shows(self, what: str) -> Any:
        return self.emulator.shows(what)

    def logs(self) -> str:
        """All that the functions wrote."""
        groups = sorted(name for name in self.resources if name.endswith("Log"))
        return "\n".join(line for group in groups for line in self._lines(self.resources[group]))

    def _lines(self, group: str) -> Iterator[str]:
        logs = self.emulator.client("logs")
        try:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                yield from (event["message"] for event in page["events"])
        except logs.exceptions.ResourceNotFoundException:
            return  # a test has deleted the stack


def build(emulator: Emulator, directory: Path, template: Path = ROOT / "template.yaml") -> Path:
    """The built template, in long form, beside the packages of its functions and its layer."""
    built = directory / "build"
    run(emulator, ["sam", "build", "--template-file", template, "--build-dir", built])
    ministack_gaps.leave_out(built / "template.yaml")
    return built / "template.yaml"


def deploy(emulator: Emulator, template: Path, name: str, parameters: Mapping[str, str] = OURS) -> Stack:
    """The stack *name*, made from *template* and nothing else."""
    given = [f"{parameter}={value}" for parameter, value in parameters.items()]
    what = ["--template-file", template, "--stack-name", name, "--parameter-overrides", *given]
    how = ["--capabilities", "CAPABILITY_IAM", "--resolve-s3", "--no-confirm-changeset", "--region", REGION]
    run(emulator, ["sam", "deploy", *what, *how])
    emulator.client("ses").verify_email_identity(EmailAddress=MAIL_FROM)  # as an operator does once
    stack = _deployed(emulator, name)
    ministack_gaps.fill(emulator, name, stack.resources)
    return stack


def run(emulator: Emulator, command: list[str | Path], *, sources: Path = ROOT) -> str:
    """What *command*, run in the folder *sources*, said; where it fails, the test fails with it."""
    environment = emulator.environment
    if not shutil.which(command[0], path=environment["PATH"]):
        pytest.fail(f"{command[0]} is missing: `make e2e` installs it")
    done = subprocess.run(
        command, env=environment, cwd=sources, capture_output=True, text=True, timeout=WITHIN, check=False
    )
    if done.returncode:
        shown = " ".join(map(str, command))
        pytest.fail(f"`{shown}` failed with {done.returncode}:\n{done.stdout}{done.stderr}\n{emulator.tail()}")
    return done.stdout


def _deployed(emulator: Emulator, name: str) -> Stack:
    formation = emulator.client("cloudformation")
    outputs = formation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    resources = formation.describe_stack_resources(StackName=name)["StackResources"]
    return Stack(
        name,
        emulator,
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        resources={one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources},
    )
