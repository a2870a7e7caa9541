"""`furtka doctor`: looks at an account, a region and a stack before and after a deployment, and changes nothing."""

import argparse
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import boto3

from furtka import arguments as words
from furtka import aws, parameters, stacks
from furtka.complaint import Complaint, all_of
from furtka.doctor import account, domain, mail, options, sms, versions, watch
from furtka.doctor.findings import LEVELS, Check, Finding, unknown
from furtka.doctor.patient import NotAllowed, NotThere, Patient, StackFacts, Unanswered, ask

WELL, ILL, BLIND, UNSEEN = 0, 1, 2, 3
"""Exit statuses."""

ABOUT = f"""
Look whether an account and region of AWS, and a stack in it, can do what Furtka asks. Nothing is changed.
Exit status: {WELL} no fault, {ILL} a fault, {BLIND} nothing could be looked at, {UNSEEN} no fault among what could be.
"""

CHECKS = (
    Check("stack", watch.look_at_stack, needs_stack=True),
    Check(watch.GUARD, watch.look_at_guard, needs_stack=True),
    Check(versions.VERSIONS, versions.look_at_versions, needs_stack=True),
    Check(mail.ACCOUNT, mail.look_at_account),
    Check(mail.IDENTITY, mail.look_at_identity),
    Check(sms.ACCOUNT, sms.look_at_account),
    Check(sms.SPEND, sms.look_at_spend),
    Check(sms.NAMES, sms.look_at_senders),
    Check(sms.COUNTRIES, sms.look_at_protection),
    Check(sms.TOKEN, sms.look_at_token),
    Check(account.FUNCTIONS, account.look_at_functions),
    Check(account.LOGS, account.look_at_logs),
    Check(domain.CERTIFICATE, domain.look_at_certificate),
    Check(domain.NAME, domain.look_at_name, needs_stack=True),
    Check(domain.PANEL, domain.look_at_panel, needs_stack=True),
    Check(domain.DEFAULT, domain.look_at_default_address, needs_stack=True),
    Check(watch.ALARMS, watch.look_at_alarms, needs_stack=True),
    *options.CHECKS,
    Check(options.ROOM, options.look_at_room_for_codes),
)

BREAKING = (Check(domain.CERTIFICATE, domain.look_at_certificate), *options.NEEDS)
"""What CloudFormation would run into halfway."""


def register(subparsers: Any) -> None:
    doctor = subparsers.add_parser(
        "doctor", help="look whether AWS is ready for a stack, or a stack is well", description=ABOUT
    )
    about = "a stack that is there; without it, an account before the first"
    doctor.add_argument("--stack", metavar="NAME", type=words.stack, help=about)
    doctor.add_argument("--region", help="region of AWS (default: that of your AWS configuration)")
    doctor.add_argument("--stage", help="without --stack: stage of samconfig.toml to be deployed (default: dev)")
    doctor.add_argument("--mail", metavar="ADDRESS", help="without --stack: MailFrom, as it will be")
    doctor.add_argument(
        "--parameter",
        metavar="NAME=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="without --stack: other parameters",
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        with aws.answering():
            return _examined(arguments)
    except Complaint as complaint:
        if not arguments.json:
            raise
        print(json.dumps({"region": arguments.region, "stack": arguments.stack, "error": str(complaint)}, indent=2))
        return BLIND


def _examined(arguments: argparse.Namespace) -> int:
    _must_be_about_one(arguments)
    planned = None if arguments.stack else _planned(arguments)
    patient = _patient(arguments, planned or {})
    findings = [finding for check in CHECKS for finding in _looked(check, patient)]
    if arguments.json:
        about = {"account": patient.account, "region": patient.region, "stack": arguments.stack}
        print(json.dumps({**about, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        print("\n".join(_report(patient, findings)))
    return _status(findings)


def _must_be_about_one(arguments: argparse.Namespace) -> None:
    """Raise Complaint for what a stack that is there would be planned with: it has parameters of its own."""
    planned = [f"--{name}" for name in ("stage", "mail", "parameter") if getattr(arguments, name)]
    if arguments.stack and planned:
        raise Complaint(f"a stack that is there has its own parameters: leave out --stack, or {' and '.join(planned)}")


def _patient(arguments: argparse.Namespace, planned: Mapping[str, str]) -> Patient:
    session = aws.session(arguments.region, command="furtka doctor --region eu-central-1")
    try:
        who = ask(session, "sts", "get_caller_identity")["Account"]
        return _deployed(session, who, arguments.stack) if arguments.stack else _first(session, who, planned)
    except (NotAllowed, Unanswered) as failure:
        raise Complaint(f"AWS can't be asked: {failure}") from failure


def must_carry(session: boto3.Session, who: str, given: Mapping[str, str]) -> None:
    """Raise Complaint if a first deployment would fail in this account: it would leave protected tables behind."""
    patient = _first(session, who, given)
    faults = [one for check in BREAKING for one in _looked(check, patient) if one.level == "fault"]
    if faults:
        raise all_of([f"{one.check}: {one.means} → {one.do}" for one in faults])


def _first(session: boto3.Session, who: str, given: Mapping[str, str]) -> Patient:
    """An account before the first deployment, with the parameters that it would get."""
    kinds = frozenset(resource["Type"] for resource in parameters.template()["Resources"].values())
    return Patient(session, who, {**parameters.defaults(), **given}, None, kinds)


def _planned(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the parameters that a first deployment would be given."""
    given = parameters.given(arguments.stage or "dev", arguments.parameter, {"MailFrom": arguments.mail})
    parameters.must_be_taken(given)
    return given


def _deployed(session: boto3.Session, who: str, name: str) -> Patient:
    try:
        told = ask(session, "cloudformation", "describe_stacks", StackName=name)["Stacks"][0]
        resources = list(_resources(session, name))
    except NotThere as absent:
        raise stacks.absent(session, name, account=who) from absent
    stack = StackFacts(
        name,
        told["StackStatus"],
        stacks.outputs(told),
        {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in resources},
    )
    return Patient(session, who, stacks.given(told), stack, frozenset(one["ResourceType"] for one in resources))


def _resources(session: boto3.Session, name: str) -> Iterator[Mapping[str, Any]]:
    page = ask(session, "cloudformation", "list_stack_resources", StackName=name)
    yield from page["StackResourceSummaries"]
    while token := page.get("NextToken"):
        page = ask(session, "cloudformation", "list_stack_resources", StackName=name, NextToken=token)
        yield from page["StackResourceSummaries"]


def _looked(check: Check, patient: Patient) -> Iterator[Finding]:
    """What a check finds. What this operator may not see ends only this check."""
    if check.needs_stack and patient.stack is None:
        return
    try:
        yield from check.look(patient)
    except NotAllowed as refusal:
        yield unknown(check.name, f"could not be looked at: needs {refusal}", f"a policy that allows {refusal}")
    except (NotThere, Unanswered) as silence:
        yield unknown(check.name, f"could not be looked at: {silence}")


def _report(patient: Patient, findings: Sequence[Finding]) -> Iterator[str]:
    what = f"the stack {patient.stack.name}" if patient.stack else "an account before the first deployment"
    yield f"{what}, in {patient.region} of account {patient.account}\n"
    if any(" aws " in f" {finding.do}" for finding in findings):
        yield f"The commands are for this region: export AWS_DEFAULT_REGION={patient.region}\n"
    for finding in findings:
        yield from textwrap.wrap(f"{finding.level:8} {finding.check}: {finding.means}", 110, subsequent_indent=" " * 9)
        if finding.do:
            yield f"         → {finding.do}"  # in one line, so that a command can be copied
    counted = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    yield "\n" + ", ".join(f"{number} {level}" for level, number in counted.items() if number)


def _status(findings: Sequence[Finding]) -> int:
    levels = {finding.level for finding in findings}
    return ILL if "fault" in levels else UNSEEN if "unknown" in levels else WELL
