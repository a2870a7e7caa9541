"""Stacks in AWS: whether one is there and is Furtka's is found out before a command asks or changes anything."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import boto3
from botocore.exceptions import ClientError

from furtka import aws
from furtka.complaint import Complaint

OWN_OUTPUT = "LoginFunction"
"""The output that every stack of ours has, once it was whole."""


def find(formation: Any, name: str) -> dict[str, Any] | None:
    """Return what CloudFormation tells of a stack, None if there is none."""
    try:
        return dict(formation.describe_stacks(StackName=name)["Stacks"][0])
    except ClientError as refusal:
        if "does not exist" in refusal.response["Error"].get("Message", ""):
            return None
        raise


def ours(session: boto3.Session, name: str) -> dict[str, Any]:
    """Return what CloudFormation tells of a stack of ours.

    Raises Complaint if there is none, if it is somebody else's or never was whole, or if AWS can't be asked.
    """
    with reaching(name):
        found = find(session.client("cloudformation"), name)
    if found is None:
        raise absent(session, name)
    if OWN_OUTPUT not in outputs(found):
        raise not_ours(name, session.region_name, found["StackStatus"])
    return found


def reaching(name: str) -> Any:
    """Turn what AWS refuses while a stack is looked for into Complaint."""
    return aws.answering(f"the stack {name} can't be reached in AWS")


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return the outputs of a stack that CloudFormation told of."""
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def given(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a stack that CloudFormation told of."""
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])}


def absent(session: boto3.Session, name: str, *, account: str = "", more: str = "") -> Complaint:
    """Return the complaint about a stack that is not there. The account is asked for if it is not known yet."""
    of = account or _account(session)
    where = f"{session.region_name} of account {of}" if of else session.region_name
    return Complaint(f"there is no stack {name} in {where}{more}")


def not_ours(name: str, region: str, status: str, *, lacks: str = OWN_OUTPUT) -> Complaint:
    """Return the complaint about a stack that is not Furtka's, or of which nothing came."""
    return Complaint(f"the stack {name} (in {region}, {status}) is not Furtka's, or never was whole: it has no {lacks}")


def _account(session: boto3.Session) -> str:
    """Return the account that is asked, empty if AWS does not say."""
    with suppress(*aws.SILENT):
        return str(session.client("sts").get_caller_identity()["Account"])
    return ""
