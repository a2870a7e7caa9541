"""`furtka doctor` meets accounts of AWS: it says what each cannot do, and what to do, and changes nothing."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from furtka import parameters
from furtka.cli import main
from furtka.complaint import Complaint
from furtka.doctor import command
from furtka.doctor.findings import LEVELS
from furtka.paths import ROOT
from tests.furtka.doctor.accounts_of_aws import DOMAIN, FRESH, NOBODY, ORDERLY, STACK, stack
from tests.furtka.doctor.conftest import Examine
from tests.support.pretend_aws import ACCOUNT, REGION, PretendAws

IN_STACK = ["--stack", STACK]
PLANNED = ["--mail", "furtka@example.com"]


def levels(found: dict[str, list[str]]) -> set[str]:
    return {line.partition(":")[0] for lines in found.values() for line in lines}


def test_a_fresh_account_is_told_everything_that_keeps_codes_and_mails_from_people(examine: Examine):
    status, found = examine(FRESH, *PLANNED)
    assert status == command.ILL
    assert {check for check, lines in found.items() if any(line.startswith("fault") for line in lines)} == {
        *("mail account", "mail identity", "sms account", "sms spend"),
    }
    assert any("SMS to US do not arrive" in line for line in found["sms senders"])
    assert found["functions at once"] == ["warning: only 10 functions run at once; whoever floods one door closes all"]
    assert "no role" in found["gateway logs"][0]
    assert found["certificate"][0].startswith("option:")


def test_an_account_in_order_has_no_fault_and_nothing_to_warn_of(examine: Examine):
    status, found = examine(ORDERLY, *IN_STACK)
    assert status == command.WELL
    assert levels(found) <= {"ok", "option"}
    assert {"stack", "certificate", "domain name", "panel", "default address", "alarms"} <= set(found)


def test_it_only_looks(examine: Examine, aws: PretendAws):
    for account, options in ((FRESH, PLANNED), (ORDERLY, IN_STACK)):
        examine(account, *options)
    asked = {name.partition(".")[2] for name, _ in aws.asked}
    assert {name for name in asked if not re.match("Get|Describe|List", name)} == set()
    assert "GetSecretValue" not in asked


def test_what_the_operator_may_not_see_ends_nothing_else_and_names_the_right_that_is_missing(examine: Examine):
    hidden = ("sesv2", "lambda", "apigateway", "pinpoint-sms-voice-v2", "sns.GetSMSSandbox")
    half = {name: answer for name, answer in ORDERLY.items() if not name.startswith(hidden)}
    status, found = examine(half, *IN_STACK)
    assert status == command.UNSEEN
    denied = {line.rpartition(" ")[2] for lines in found.values() for line in lines if line.startswith("unknown")}
    assert denied == {
        *("ses:GetAccount", "ses:GetEmailIdentity", "lambda:GetAccountSettings", "apigateway:GET"),
        "lambda:GetFunctionConfiguration",
        *("sms-voice:DescribeSpendLimits", "sms-voice:DescribePhoneNumbers", "sns:GetSMSSandboxAccountStatus"),
    }
    assert found["certificate"][0].startswith("ok")
    assert found["alarms"][0].startswith("ok")


def test_a_fault_counts_more_than_what_could_not_be_seen(examine: Examine):
    assert examine({**NOBODY, "sesv2.GetAccount": FRESH["sesv2.GetAccount"]}, *PLANNED)[0] == command.ILL


def test_whoever_may_see_nothing_is_told_so_of_each_check(examine: Examine):
    status, found = examine(NOBODY, *PLANNED)
    assert status == command.UNSEEN
    assert levels(found) == {"unknown", "option"}


def complaint(aws: PretendAws, answers: dict[str, Any], capsys: pytest.CaptureFixture[str], *options: str) -> str:
    aws.answers = answers
    assert main(["doctor", "--region", REGION, *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_stack_that_is_not_there_is_named_with_region_and_account(
    aws: PretendAws, capsys: pytest.CaptureFixture[str]
):
    absent = {**NOBODY, "cloudformation.DescribeStacks": f"ValidationError: Stack with id {STACK} does not exist"}
    said = complaint(aws, absent, capsys, *IN_STACK)
    assert said == f"furtka: there is no stack {STACK} in {REGION} of account {ACCOUNT}\n"


def test_whoever_may_not_see_stacks_is_told_the_right(aws: PretendAws, capsys: pytest.CaptureFixture[str]):
    assert "cloudformation:DescribeStacks" in complaint(aws, dict(NOBODY), capsys, *IN_STACK)


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "InvalidClientTokenId", "ExpiredToken"])
def test_whoever_aws_does_not_know_is_told_to_sign_in(code: str, aws: PretendAws, capsys: pytest.CaptureFixture[str]):
    assert "sign in again" in complaint(aws, {"sts.GetCallerIdentity": f"{code}: no"}, capsys)


def test_nobody_is_signed_in():
    """In a process of its own: what stands in for AWS here stands in for whoever asks it as well."""
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-m", "furtka", "doctor", "--region", REGION],
        env={**nobody, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody is signed in to AWS" in done.stderr


def test_without_a_region_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert main(["doctor"]) == 2
    assert "name the region" in capsys.readouterr().err


def test_a_service_that_does_not_answer_in_the_region_ends_only_its_checks(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
):
    silent = {"pinpoint-sms-voice-v2.DescribeSpendLimits": "InternalServerException: later"}
    status, found = examine({**ORDERLY, **silent}, *IN_STACK)
    assert status == command.UNSEEN
    assert found["sms spend"] == ["unknown: could not be looked at: InternalServerException: later"]


@pytest.mark.parametrize("wrong", [["--stage", "none"], ["--parameter", "Nothing=1"], ["--parameter", "x"]])
def test_a_plan_that_could_not_be_deployed_is_refused(
    wrong: list[str], aws: PretendAws, capsys: pytest.CaptureFixture[str]
):
    complaint(aws, dict(NOBODY), capsys, *wrong)


def test_people_get_lines_and_a_sum(aws: PretendAws, capsys: pytest.CaptureFixture[str]):
    aws.answers = dict(FRESH)
    assert main(["doctor", "--region", REGION]) == command.ILL
    said = capsys.readouterr().out
    assert said.startswith(f"an account before the first deployment, in {REGION} of account {ACCOUNT}\n")
    assert f"export AWS_DEFAULT_REGION={REGION}" in said
    assert "fault    mail account: SES is in its sandbox" in said
    assert "         → SES console, Account dashboard" in said
    assert re.search(r"\n\d+ ok|\n\d+ option", said)
    assert " fault" in said.splitlines()[-1]


def test_machines_get_every_finding_with_its_level(aws: PretendAws, capsys: pytest.CaptureFixture[str]):
    aws.answers = dict(FRESH)
    main(["doctor", "--region", REGION, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert {name: report[name] for name in ("account", "region", "stack")} == {
        "account": ACCOUNT,
        "region": REGION,
        "stack": None,
    }
    assert all(set(one) == {"check", "level", "means", "do"} for one in report["findings"])
    assert {one["level"] for one in report["findings"]} <= set(LEVELS)


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("CREATE_COMPLETE", "ok"),
        ("UPDATE_IN_PROGRESS", "warning"),
        ("UPDATE_ROLLBACK_COMPLETE", "warning"),
        ("ROLLBACK_COMPLETE", "fault"),
        ("UPDATE_ROLLBACK_FAILED", "fault"),
        ("DELETE_FAILED", "fault"),
    ],
)
def test_the_state_of_the_stack_is_judged(status: str, level: str, examine: Examine):
    assert examine({**ORDERLY, "cloudformation.DescribeStacks": stack(status)}, *IN_STACK)[1]["stack"][0].startswith(
        f"{level}:"
    )


def test_a_stack_of_somebody_else_is_not_called_well(examine: Examine):
    theirs = stack()
    theirs["Stacks"][0]["Outputs"] = []
    status, found = examine({**ORDERLY, "cloudformation.DescribeStacks": theirs}, *IN_STACK)
    assert status == command.ILL
    sentence = f"the stack {STACK} (in {REGION}, UPDATE_COMPLETE) is not Furtka's, or never was whole"
    assert found["stack"] == [f"fault: {sentence}: it has no LoginFunction"]


def test_the_domain_is_checked_before_the_first_deployment_too(examine: Examine):
    told = [f"DomainName={DOMAIN}", "CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/1"]
    _, found = examine(ORDERLY, "--parameter", *told)
    assert found["certificate"] == [f"fault: the certificate is not of {REGION}, where API Gateway looks for it"]


def test_a_deployment_that_the_account_would_break_halfway_is_refused(aws: PretendAws):
    aws.answers = dict(FRESH)
    session = aws.session(REGION)
    command.must_carry(session, ACCOUNT, {"MailFrom": "a@example.com"})
    with pytest.raises(Complaint, match="2 things are wrong") as complaint:
        command.must_carry(session, ACCOUNT, {**parameters.of_stage("prod"), "MailFrom": "a@example.com"})
    _, logs, at_once = str(complaint.value).splitlines()
    assert logs.startswith("- AccessLog: this needs a role by which API Gateway writes logs → ")
    assert at_once.startswith("- LoginConcurrency, AuthorizerConcurrency, NotifyConcurrency, ")
    assert at_once.count("request-service-quota-increase") == 1
    assert "or without: LoginConcurrency=0 AuthorizerConcurrency=0 " in at_once
    aws.answers = dict(ORDERLY)
    command.must_carry(session, ACCOUNT, {**parameters.of_stage("prod"), "MailFrom": "a@example.com"})


def test_messages_that_may_take_all_that_is_reserved_for_sending_are_a_fault(examine: Examine):
    status, found = examine(ORDERLY, "--parameter", "NotifyConcurrency=13")
    assert status == command.ILL
    assert found["room for codes"][0].startswith("fault: NotifyConcurrency=13 leaves no room for codes: at least 14")
    assert "room for codes" not in examine(ORDERLY, "--parameter", "NotifyConcurrency=14")[1]


def test_what_cannot_be_looked_at_keeps_nobody_from_deploying(aws: PretendAws):
    aws.answers = dict(NOBODY)
    command.must_carry(aws.session(REGION), ACCOUNT, parameters.of_stage("prod"))
