"""`furtka deploy`, and `make deploy`: refused before anything is built, or built and deployed without a question."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from samcli.cli.types import CfnParameterOverridesType

from furtka import deploy, parameters
from furtka.cli import main
from furtka.doctor import command
from furtka.paths import ROOT

REGION = "eu-central-1"
URL = "https://abc.execute-api.eu-central-1.amazonaws.com/live"
CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
DOMAIN = ["DomainName=api.example.com", f"CertificateArn={CERTIFICATE}"]
FIRST = ["deploy", "--stack", "furtka-dev", "--region", REGION, "--mail", "Furtka <furtka@example.com>"]
AGAIN = ["deploy", "--stack", "furtka-dev", "--region", REGION]


def small(*, ours: bool = True) -> str:
    """A template with our parameters and outputs, and nothing in it that takes long to make."""
    table: dict[str, Any] = {
        "AttributeDefinitions": [{"AttributeName": "login", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "login", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    name = "LoginsTable" if ours else "AnotherTable"
    return json.dumps({
        "Parameters": {name: {"Type": "String", "Default": ""} for name in parameters.declared()},
        "Resources": {name: {"Type": "AWS::DynamoDB::Table", "Properties": table}},
        "Outputs": {"Url": {"Value": URL}},
    })  # fmt: skip


class PretendSam:
    """Takes what sam would be told, and makes the small stack of it. What is not given keeps its value, as with sam."""

    def __init__(self) -> None:
        self.built: list[dict[str, str]] = []
        self.deployed: list[dict[str, str]] = []

    def __call__(self, stage: str, region: str) -> "PretendSam":
        self.stage, self.region = stage, region
        return self

    def build(self, given: Mapping[str, str]) -> Path:
        self.built.append(dict(given))
        return Path("template.yaml")

    def deploy(self, _: Path, stack: str, given: Mapping[str, str]) -> None:
        formation = boto3.client("cloudformation", region_name=self.region)
        is_there = stack in {one["StackName"] for one in formation.describe_stacks()["Stacks"]}
        before = kept(formation, stack) if is_there else parameters.defaults()
        told = [{"ParameterKey": name, "ParameterValue": value} for name, value in {**before, **given}.items()]
        if not is_there:
            formation.create_stack(StackName=stack, TemplateBody=small(), Parameters=told)
        elif {**before, **given} != before:  # as with fail_on_empty_changeset = false
            formation.update_stack(StackName=stack, TemplateBody=small(), Parameters=told)
        self.deployed.append(dict(given))


def kept(formation: Any, stack: str = "furtka-dev") -> dict[str, str]:
    """The parameters of the stack."""
    told = formation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in told}


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudformation", region_name=REGION)


@pytest.fixture
def sam(aws: Any, monkeypatch: pytest.MonkeyPatch) -> PretendSam:
    sam = PretendSam()
    monkeypatch.setattr(deploy, "Sam", sam)
    monkeypatch.setattr(deploy, "must_carry", lambda *_: None)  # the certificate is there
    return sam


def refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(command) == 2
    return capsys.readouterr().err


def test_the_first_deployment_tells_the_stack_its_own_address(
    aws: Any, sam: PretendSam, capsys: pytest.CaptureFixture[str]
):
    assert main(FIRST) == 0
    assert [one.get("PanelOrigin") for one in sam.deployed] == [None, URL]
    assert kept(aws)["PanelOrigin"] == URL
    said = capsys.readouterr().out
    assert f"Deploying furtka-dev (dev) to 123456789012 in {REGION}" in said
    assert f"furtka-dev answers at {URL}" in said
    assert f"furtka doctor --stack furtka-dev --region {REGION}" in said


@pytest.mark.parametrize("more", [["--panel", "https://panel.example.com"], ["--parameter", *DOMAIN]])
def test_a_panel_or_a_domain_that_is_known_makes_one_pass_of_it(more: list[str], sam: PretendSam):
    assert main([*FIRST, *more]) == 0
    assert len(sam.deployed) == 1


def test_it_is_built_for_the_architecture_that_it_is_deployed_for(sam: PretendSam):
    assert main([*FIRST, "--arch", "arm64"]) == 0
    assert {one["Architecture"] for one in (*sam.built, *sam.deployed)} == {"arm64"}


def test_a_stage_gives_its_parameters_and_what_is_typed_counts_more(sam: PretendSam):
    assert main([*FIRST, "--stage", "prod", "--parameter", "LoginConcurrency=7"]) == 0
    assert sam.stage == "prod"
    assert sam.deployed[0] == {
        **parameters.of_stage("prod"),
        "LoginConcurrency": "7",
        "MailFrom": "Furtka <furtka@example.com>",
    }


def test_an_upgrade_keeps_what_is_not_typed_and_needs_one_pass(aws: Any, sam: PretendSam):
    main([*FIRST, "--parameter", "HomeCountry=DE"])
    assert main(AGAIN) == 0
    assert len(sam.deployed) == 3
    assert (kept(aws)["HomeCountry"], kept(aws)["PanelOrigin"]) == ("DE", URL)


def test_with_a_domain_name_links_do_not_go_on_leading_to_the_address_that_it_switches_off(aws: Any, sam: PretendSam):
    main(FIRST)
    assert main([*AGAIN, "--parameter", *DOMAIN]) == 0
    assert kept(aws)["PanelOrigin"] == ""
    assert main(AGAIN) == 0
    assert kept(aws)["PanelOrigin"] == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["deploy"], "name the stack"),
        (["deploy", "--stack", ""], "name the stack"),
        (["deploy", "--stack", "1st", "--mail", "a@b.pl"], "is no name of a stack"),
        (["deploy", "--stack", "a_b", "--mail", "a@b.pl"], "is no name of a stack"),
        (["deploy", "--stack", "a" * 25, "--mail", "a@b.pl"], "24 in all"),
        (AGAIN, "the parameter MailFrom is missing"),
        ([*AGAIN, "--mail", ""], "MailFrom= is not allowed"),
        ([*FIRST, "--panel", "http://panel.example.com"], "PanelOrigin=http"),
        ([*FIRST, "--arch", "aarch64"], "one of x86_64, arm64"),
        ([*FIRST, "--stage", "staging"], "only dev and prod"),
        ([*FIRST, "--parameter", "Domain=x"], "no parameter Domain"),
        ([*FIRST, "--parameter", "DomainName=api.example.com"], "DomainName needs CertificateArn"),
        ([*FIRST, "--arch", "arm64", "--parameter", "Architecture=x86_64"], "Architecture is given twice"),
        ([*FIRST, "--parameter", "MailFrom=b@b.pl"], "MailFrom is given twice"),
        ([*FIRST, "--parameter", "NotifyConcurrency=5"], "leaves no room for codes"),
        ([*FIRST, "--parameters", "HomeCountry=PL 'Prices"], "can't be read: No closing quotation"),
        ([*FIRST, "--parameter", "Domain=x"], ": perhaps DomainName"),
        ([*FIRST, "--options", "--region eu-west-1"], "--region is given twice, as 'eu-central-1' and as 'eu-west-1'"),
        ([*FIRST, "--options", "--mail b@b.pl"], "--mail is given twice"),
        ([*FIRST, "--built", "/nowhere"], "there is no /nowhere/template.yaml"),
    ],
)
def test_what_cannot_be_deployed_is_refused_before_anything_is_built(
    command: list[str], said: str, sam: PretendSam, capsys: pytest.CaptureFixture[str]
):
    assert said in refused(command, capsys)
    assert (sam.built, sam.deployed) == ([], [])


def test_what_would_fail_halfway_in_this_account_is_refused_and_leaves_no_tables(
    sam: PretendSam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(deploy, "must_carry", command.must_carry)
    said = refused([*FIRST, "--parameter", *DOMAIN], capsys)
    assert "certificate: there is no such certificate → aws acm request-certificate" in said
    assert (sam.built, sam.deployed) == ([], [])


def test_an_upgrade_is_not_judged_by_what_it_already_has(sam: PretendSam, monkeypatch: pytest.MonkeyPatch):
    assert main([*FIRST, "--parameter", *DOMAIN]) == 0
    monkeypatch.setattr(deploy, "must_carry", command.must_carry)
    assert main(AGAIN) == 0


def test_without_a_region_nothing_is_built(
    sam: PretendSam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert "name the region" in refused(["deploy", "--stack", "furtka-dev", "--mail", "a@b.pl"], capsys)
    assert sam.built == []


def test_a_stack_of_somebody_else_is_left_alone(aws: Any, sam: PretendSam, capsys: pytest.CaptureFixture[str]):
    aws.create_stack(StackName="network-prod", TemplateBody=small(ours=False))
    assert "is not Furtka's" in refused(["deploy", "--stack", "network-prod", *FIRST[3:]], capsys)
    assert sam.built == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ROLLBACK_COMPLETE", "furtka leftovers --stack furtka-dev"),
        ("DELETE_FAILED", "it can only be deleted"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait until that is over"),
        ("DELETE_IN_PROGRESS", "wait until that is over"),
    ],
)
def test_a_stack_that_cannot_be_updated_is_said_before_anything_is_built(
    status: str, said: str, sam: PretendSam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(deploy.Cloud, "_find", lambda _, name: {"StackName": name, "StackStatus": status})
    assert said in refused(FIRST, capsys)
    assert sam.built == []


def told_to_sam(monkeypatch: pytest.MonkeyPatch, status: int = 0) -> list[dict[str, Any]]:
    """What is run from now on in place of sam, with the parameters as sam itself reads them."""
    told: list[dict[str, Any]] = []

    def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        read = CfnParameterOverridesType().convert(command[command.index("--parameter-overrides") + 1], None, None)
        told.append({"command": command, "parameters": read, **how})
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(deploy.subprocess, "run", run)
    return told


def test_sam_is_told_every_value_as_it_is(monkeypatch: pytest.MonkeyPatch):
    told = told_to_sam(monkeypatch)
    values = {
        "MailFrom": "Furtka <a@b.pl>",
        "Prices": "PL=0.16 DE=0.5",
        "SmsapiUrl": "https://x/?a='b'",
        "DomainName": "",
    }
    sam = deploy.Sam("dev", REGION)
    sam.deploy(sam.build(values), "furtka-dev", values)
    assert [one["parameters"] for one in told] == [values, values]
    assert [one["command"][:2] for one in told] == [["sam", "build"], ["sam", "deploy"]]
    assert all(one["command"][one["command"].index("--config-env") :][:2] == ["--config-env", "dev"] for one in told)
    assert all(one["cwd"] == ROOT for one in told)


def test_sam_and_the_python_of_the_layer_are_found_though_path_has_neither(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", os.defpath)
    told = told_to_sam(monkeypatch)
    deploy.Sam("dev", REGION).build({})
    path = told[0]["env"]["PATH"].split(os.pathsep)[0]
    assert Path(path, "sam").exists()
    assert Path(path, "python3.13").exists()


def test_a_tool_that_is_missing_is_named_before_anything_is_built(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(deploy.shutil, "which", lambda tool, **_: None if tool == "make" else tool)
    assert "make is missing" in refused(FIRST, capsys)


def test_where_sam_fails_nothing_else_is_done(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    told = told_to_sam(monkeypatch, status=1)
    assert "`sam build` ended with status 1" in refused(FIRST, capsys)
    assert len(told) == 1


def test_where_aws_cannot_be_asked_what_a_new_stack_lacks_is_told_as_well(
    sam: PretendSam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    said = refused([*AGAIN, "--parameter", "DomainName=a.example.com"], capsys).splitlines()
    assert said[0] == "furtka: 3 things are wrong:"
    assert said[1].startswith("- AWS can't be asked: ")
    assert said[2].startswith("- if the stack is new: the parameter MailFrom is missing")
    assert said[3].startswith("- if the stack is new: DomainName needs CertificateArn")


def test_a_certificate_of_another_region_needs_no_aws_to_be_refused(
    sam: PretendSam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(deploy, "Cloud", None)
    elsewhere = [DOMAIN[0], DOMAIN[1].replace(REGION, "us-east-1")]
    assert refused([*FIRST, "--parameter", *elsewhere], capsys) == (
        f"furtka: CertificateArn is of us-east-1: API Gateway looks for the certificate in {REGION}\n"
    )


def test_the_make_of_the_layer_takes_nothing_of_what_was_typed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MAKEFLAGS", "n -- PYTHON=/bin/true")
    told = told_to_sam(monkeypatch)
    deploy.Sam("dev", REGION).build({})
    assert not deploy.OF_MAKE & set(told[0]["env"])


TYPED = {
    "STACK": ["--stack="],
    "STAGE": ["--stage="],
    "REGION": ["--region="],
    "MAIL": ["--mail="],
    "PANEL": ["--panel="],
    "ARCH": ["--arch="],
    "PARAMETERS": ["--parameters="],
    "ARGS": ["--options="],
}
RUN_BY_SOMEBODY = (
    "`touch {}`",
    "$(touch {})",
    "$$(touch {})",
    "$(shell touch {})",
    "a; touch {}",
    'a"; touch {}; "',
    "a'; touch {}; '",
    "a\ntouch {}",
    "$$$${{SHELL}}",
    "a # \\",
)


@pytest.fixture
def told_by_make(tmp_path: Path) -> Callable[..., list[str]]:
    """What the Makefile hands on, to a command in the place of ours that writes it down."""
    (tmp_path / "furtka").write_text('#!/bin/sh\nfor one; do printf "%s\\0" "$one"; done > "$0.told"\nexit 2\n')
    (tmp_path / "furtka").chmod(0o755)
    text = (ROOT / "Makefile").read_text().replace("BIN = .venv/bin\n", f"BIN = {tmp_path}\n")
    (tmp_path / "Makefile").write_text(text)
    kept = {name: value for name, value in os.environ.items() if name not in deploy.OF_MAKE}

    def told(*typed: str, **environment: str) -> list[str]:
        command = ["make", "-C", str(tmp_path), "-o", ".venv/.installed", "deploy", *typed]
        done = subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr
        there = tmp_path / "furtka.told"
        return there.read_text().split("\0")[:-1] if there.exists() else [done.stderr]

    return told


def test_make_hands_on_what_is_typed_and_only_that(told_by_make: Callable[..., list[str]]):
    typed = ["PARAMETERS=HomeCountry=DE 'Prices=PL=0.16 DE=0.5'", "REGION=eu-west-1", "STACK=furtka"]
    assert told_by_make(*typed, MAIL="/var/mail/me", STAGE="prod") == [
        *("deploy", "--stack=furtka", "--region=eu-west-1"),
        "--parameters=HomeCountry=DE 'Prices=PL=0.16 DE=0.5'",
    ]


@pytest.mark.parametrize("text", RUN_BY_SOMEBODY)
def test_nothing_that_is_typed_is_run_by_make_or_a_shell(
    text: str, told_by_make: Callable[..., list[str]], tmp_path: Path
):
    value = text.format(tmp_path / "ran")
    assert told_by_make(*(f"{name}={value}" for name in TYPED)) == [
        "deploy",
        *(f"{option}{value}" for (option,) in TYPED.values()),
    ]
    assert not (tmp_path / "ran").exists()


def test_a_word_that_make_deploy_does_not_know_is_refused_by_name(
    told_by_make: Callable[..., list[str]], tmp_path: Path
):
    typed = ["STACK=furtka", "MIAL=x", "PARAMETER=y", "STAG=prod", f"BIN=$(shell touch {tmp_path}/ran)"]
    (said,) = told_by_make(*typed)
    assert "make deploy knows no BIN MIAL PARAMETER STAG, only STACK STAGE REGION MAIL" in said
    assert not (tmp_path / "ran").exists()


def test_one_text_of_parameters_and_one_of_options_are_read_as_their_words(sam: PretendSam):
    words = ["--parameters", "HomeCountry=DE 'Prices=PL=0.16 DE=0.5'", "--options", "--arch arm64 --parameter Waf=on"]
    assert main([*FIRST, *words]) == 0
    told = {name: sam.deployed[0][name] for name in ("HomeCountry", "Prices", "Architecture", "Waf")}
    assert told == {"HomeCountry": "DE", "Prices": "PL=0.16 DE=0.5", "Architecture": "arm64", "Waf": "on"}


def test_from_then_on_cloudformation_refuses_to_replace_what_is_kept(aws: Any, sam: PretendSam):
    main(FIRST)
    statements = json.loads(aws.get_stack_policy(StackName="furtka-dev")["StackPolicyBody"])["Statement"]
    (denied,) = [one for one in statements if one["Effect"] == "Deny"]
    assert set(denied["Action"]) == {"Update:Replace", "Update:Delete"}
    named = {one.removeprefix("LogicalResourceId/") for one in denied["Resource"]}
    assert {"LoginsTable", "Key", "SealingKeys"} <= named
    assert "SessionsTable" not in named
