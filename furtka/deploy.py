"""`furtka deploy`, and `make deploy`: builds template.yaml and deploys it to AWS, without a question."""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from furtka import aws, guard, parameters, release, stacks
from furtka.complaint import Complaint, all_of
from furtka.doctor.command import must_carry
from furtka.paths import ROOT

LONGEST_NAME = 24
"""Characters of a stack's name. It is in the name of each table, and all of these fill the 4 KB of an environment."""

STACK_NAME = f"[A-Za-z][A-Za-z0-9-]{{0,{LONGEST_NAME - 1}}}"
RUNTIME = "python3.13"  # as the template's functions: the layer is built, and compiled, by it
WORK = ROOT / ".aws-sam"
OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}
"""Variables by which one make speaks to the next."""

BROKEN = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}
"""States of a stack that never was whole, or is half deleted: CloudFormation lets it only be deleted."""


def register(subparsers: Any) -> None:
    about = "Build Furtka and deploy it to AWS, with a stage of samconfig.toml. See docs/deploy.md."
    deploy = subparsers.add_parser("deploy", help="build and deploy to AWS", description=about)
    deploy.add_argument("--stack", metavar="NAME", help="name of the CloudFormation stack, new or there already")
    deploy.add_argument("--stage", default="dev", help="stage of samconfig.toml (default: dev)")
    deploy.add_argument("--region", help="region of AWS (default: that of your AWS configuration)")
    deploy.add_argument("--mail", metavar="ADDRESS", help="MailFrom: the address that e-mail comes from")
    deploy.add_argument("--panel", metavar="URL", help="PanelOrigin: where the panel is (default: the API's address)")
    deploy.add_argument("--arch", metavar="WORD", help="Architecture: x86_64 or arm64")
    deploy.add_argument(
        "--parameter", metavar="NAME=VALUE", nargs="+", action="extend", default=[], help="other parameters"
    )
    deploy.add_argument(
        "--parameters", metavar="TEXT", dest="parameter", action=Words, help="the same in one text, as make has it"
    )
    deploy.add_argument("--built", metavar="DIR", type=Path, help="deploy what `sam build` left there")
    deploy.add_argument("--options", metavar="TEXT", action=Options, help="more of these options, in one text")
    deploy.set_defaults(run=_run)


def _words(text: str) -> list[str]:
    """Return the words of a text, quotes as in a shell. No shell reads it: nothing in it is run or replaced."""
    try:
        return shlex.split(text)
    except ValueError as failure:
        raise Complaint(f"{text!r} can't be read: {failure}") from failure


class Words(argparse.Action):
    """Adds the words of one text to a list."""

    def __call__(self, _: Any, namespace: argparse.Namespace, text: Any, _option: str | None = None) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *_words(text)])


class Options(argparse.Action):
    """Reads one text as if its words had been typed."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, text: Any, _option: str | None = None) -> None:
        parser.parse_args(_words(text), namespace)


def _run(arguments: argparse.Namespace) -> None:
    name, given = _name(arguments.stack), _given(arguments)
    parameters.must_be_taken(given)
    parameters.must_agree(given)
    existing = _existing(arguments.built) if arguments.built else None
    sam, cloud, before = _reached(arguments, name, given)
    known = before.parameters if before else {}
    parameters.must_be_complete({**known, **given})
    if before is None:
        must_carry(cloud.session, cloud.account, given)
    given = _without_dead_link(given, known)
    print(f"Deploying {name} ({arguments.stage}) to {cloud.account} in {cloud.region}", flush=True)
    built = existing or sam.build(given)
    _deploy(sam, built, name, given, known)
    after = cloud.there(name)
    if not after.has_panel:
        print(f"The panel's address is known now: {after.url}", flush=True)
        _deploy(sam, built, name, {**given, "PanelOrigin": after.url}, known)
    cloud.guard(name)
    _tell(name, cloud.region, after.url)


def _reached(
    arguments: argparse.Namespace, name: str, given: Mapping[str, str]
) -> tuple["Sam", "Cloud", "Stack | None"]:
    """Return the tool, the account, and the stack if it is there.

    Where AWS can't be asked, whoever deploys is told too what a new stack would lack.
    """
    try:
        session = aws.session(arguments.region, command="make deploy REGION=eu-central-1 …")
        parameters.must_be_of(session.region_name, given)
        sam, cloud = Sam(arguments.stage, session.region_name), Cloud(session)
        return sam, cloud, cloud.stack(name)
    except aws.CannotAsk as failure:
        lacks = parameters.lacking(given)
        raise all_of([str(failure), *(f"if the stack is new: {one}" for one in lacks)]) from failure


def _deploy(sam: "Sam", built: Path, stack: str, given: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Deploy as new versions of the functions if anything changed, a parameter too."""
    every = {**parameters.defaults(), **known, **given}
    release.mark(built, {name: value for name, value in every.items() if name in parameters.declared()})
    sam.deploy(built, stack, given)


def _given(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the parameters of the stage and of the command line; the latter count."""
    options = {"MailFrom": arguments.mail, "PanelOrigin": arguments.panel, "Architecture": arguments.arch}
    return parameters.given(arguments.stage, arguments.parameter, options)


def _name(stack: str | None) -> str:
    if not stack:
        raise Complaint("name the stack: make deploy STACK=furtka-dev MAIL=furtka@example.com")
    if not re.fullmatch(STACK_NAME, stack):
        raise Complaint(
            f"{stack!r} is no name of a stack: letters, digits and hyphens, a letter first, {LONGEST_NAME} in all"
        )
    return stack


def _existing(built: Path) -> Path:
    template = built / "template.yaml"
    if not template.is_file():
        raise Complaint(f"there is no {template}: `sam build --build-dir {built}` makes it")
    return template


def _without_dead_link(given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return *given*, with PanelOrigin emptied if it is the default address, which a domain name switches off."""
    both = {**known, **given}
    if both.get("DomainName") and ".execute-api." in both.get("PanelOrigin", "") and "PanelOrigin" not in given:
        return {**given, "PanelOrigin": ""}
    return dict(given)


def _tell(stack: str, region: str, url: str) -> None:
    print(f"{stack} answers at {url}")
    print(f"Next: furtka doctor --stack {stack} --region {region}, and for a first account furtka accounts create")


@dataclass(frozen=True)
class Stack:
    """A stack that is there: what it was given, and what it says of itself."""

    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def has_panel(self) -> bool:
        """Whether links in e-mails lead anywhere."""
        return bool(self.parameters.get("PanelOrigin") or self.parameters.get("DomainName"))

    @property
    def url(self) -> str:
        return self.outputs["Url"]


class Cloud:
    """The account and region of AWS. Raises Complaint if nobody is signed in."""

    def __init__(self, session: boto3.Session) -> None:
        self.session = session
        self.region: str = session.region_name
        with aws.answering():
            self._formation = self.session.client("cloudformation")
            self.account = self.session.client("sts").get_caller_identity()["Account"]

    def stack(self, name: str) -> Stack | None:
        """Return the stack, None if there is none. Raises Complaint if it cannot be updated."""
        with aws.answering():
            found = self._find(name)
            if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
                return None
            _must_be_updatable(name, found["StackStatus"])
            if not self._is_ours(name):
                raise stacks.not_ours(name, self.region, found["StackStatus"], lacks="LoginsTable")
        return _stack(found)

    def there(self, name: str) -> Stack:
        """Return the stack that was just deployed."""
        with aws.answering():
            return _stack(self._formation.describe_stacks(StackName=name)["Stacks"][0])

    def guard(self, name: str) -> None:
        """Let CloudFormation refuse whatever would lose the tables, keys and secrets."""
        with aws.answering():
            self._formation.set_stack_policy(StackName=name, StackPolicyBody=json.dumps(guard.policy()))

    def _find(self, name: str) -> dict[str, Any] | None:
        return stacks.find(self._formation, name)

    def _is_ours(self, name: str) -> bool:
        try:
            self._formation.describe_stack_resource(StackName=name, LogicalResourceId="LoginsTable")
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] == "ValidationError":
                return False
            raise
        return True


def _stack(described: Mapping[str, Any]) -> Stack:
    return Stack(stacks.given(described), stacks.outputs(described))


def _must_be_updatable(name: str, status: str) -> None:
    if status in BROKEN:
        left = f"`furtka leftovers --stack {name}` shows what it left"
        raise Complaint(f"the stack {name} is {status}, so it can only be deleted; {left} (docs/deploy.md)")
    if status == "UPDATE_ROLLBACK_FAILED":
        go_on = f"aws cloudformation continue-update-rollback --stack-name {name}"
        raise Complaint(f"the stack {name} is {status}: end its rollback first, by `{go_on}`")
    if status.endswith("_IN_PROGRESS"):
        raise Complaint(f"the stack {name} is {status}: wait until that is over")


class Sam:
    """AWS's own tool, of this clone and not of PATH. Raises Complaint if it fails."""

    def __init__(self, stage: str, region: str) -> None:
        self._how = ["--config-file", str(parameters.STAGES), "--config-env", stage, "--region", region]
        # First, so that the layer's Makefile finds the same Python, whatever this machine's is.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        # The layer's own make would take what was typed for `make deploy`, and expand it.
        others = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        self._environment = {**others, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
        for tool in ("sam", RUNTIME, "make"):
            if not shutil.which(tool, path=path):
                raise Complaint(f"{tool} is missing: `make .venv/.installed` sets up what is needed, with {RUNTIME}")

    def build(self, given: Mapping[str, str]) -> Path:
        """Return the built template."""
        folder = WORK / "build"
        where = ["--template-file", str(parameters.TEMPLATE), "--build-dir", str(folder)]
        self._do(["build", *where, "--cache-dir", str(WORK / "cache")], given)
        return folder / "template.yaml"

    def deploy(self, built: Path, stack: str, given: Mapping[str, str]) -> None:
        self._do(["deploy", "--template-file", str(built), "--stack-name", stack], given)

    def _do(self, what: list[str], given: Mapping[str, str]) -> None:
        # From a file, so that no blank and no quote of a value is read by anybody.
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "parameters.yaml"  # JSON is YAML, and sam goes by the name
            file.write_text(json.dumps(dict(given)))
            command = ["sam", *what, *self._how, "--parameter-overrides", f"file://{file}"]
            done = subprocess.run(command, cwd=ROOT, env=self._environment, check=False)
        if done.returncode:
            raise Complaint(f"`sam {what[0]}` ended with status {done.returncode}; docs/deploy.md says what is left")
