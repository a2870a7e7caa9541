"""Least privilege, counted: a function may do what its requests do, and nothing else."""

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from shared.crypto import seal
from tests.proofs import session_flows, turns
from tests.proofs.flows import FLOWS
from tests.support.calls import AwsCall, overheard
from tests.support.events import Reply
from tests.support.template import resources, table_name
from tests.support.world import new_world

type Rights = set[tuple[str, str]]

FUNCTIONS = {
    event["Properties"]["Path"]: name
    for name, function in resources("AWS::Serverless::Function").items()
    for event in function.get("Events", {}).values()
    if event["Type"] == "Api"
}
SECRETS = {"sealing-keys": "SealingKeys", "naming-key": "NamingKey"}
TABLES = {table_name(logical): logical for logical in resources("AWS::DynamoDB::Table")}


PROTECTED: dict[str, tuple[str, str, object]] = {
    "LoginFunction": ("GET", "/session", None),
    "PasswordsFunction": (
        "POST",
        "/account/password",
        {"current_password": turns.WRONG_PASSWORD, "password": turns.NEW_PASSWORD},
    ),
    "FactorsFunction": ("GET", "/account/factors", None),
    "AccountFunction": ("GET", "/account/policy", None),
    "TokensFunction": ("GET", "/tokens", None),
    "SubusersFunction": ("GET", "/subusers", None),
    "MessagesFunction": ("GET", "/profile", None),
    "ContactsFunction": ("GET", "/contacts", None),
}
"""A request of each function that finds out who is calling: a session may be written down as used, or have to end."""


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS.values())))
def test_a_role_grants_what_its_requests_need_and_nothing_else(function: str):
    assert _granted(function) == _used()[function]


def _granted(function: str) -> Rights:
    """(action, logical name of the resource) for each right in the template."""
    rights: Rights = set()
    for policy in resources("AWS::Serverless::Function")[function]["Policies"]:
        for statement in policy["Statement"]:
            named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            rights |= {(statement["Action"], _name(resource)) for resource in named}
    return rights


def _name(resource: dict[str, Any]) -> str:
    """`Table`, or `Table/index/name`."""
    if "Fn::Sub" in resource:
        return str(resource["Fn::Sub"]).removeprefix("${").replace(".Arn}", "")
    return str(resource["Fn::GetAtt"][0])


@cache
def _used() -> dict[str, Rights]:
    """What each function did when every kind of request was sent to it once."""
    used: dict[str, Rights] = defaultdict(set)
    with new_world() as world:
        for name, flow in FLOWS.items():
            path = name.partition(":")[0].split()[1]
            used[FUNCTIONS[path]] |= _rights_for(flow.ready(world).ask)
        for function, request in PROTECTED.items():
            for bring in (session_flows.session_crowded_out, session_flows.worn_session):
                used[function] |= _rights_for(bring(world, *request).ask)
    return used


def _rights_for(ask: Callable[[], Reply]) -> Rights:
    seal._provider().clear_cache()  # so that the keys are read as well
    with overheard() as calls:
        ask()
    return {right for call in calls for right in _rights(call)}


def _rights(call: AwsCall) -> Rights:
    if call.service == "sqs":
        return {("sqs:SendMessage", "NoticesQueue")}
    if call.service == "secretsmanager":
        return {("secretsmanager:GetSecretValue", SECRETS[call.arguments["SecretId"]])}
    if call.service == "kms":
        return {(f"kms:{call.operation}", "FactorsKey")}
    if call.operation == "TransactWriteItems":
        parts = [part for item in call.arguments["TransactItems"] for part in item.items()]
        return {(f"dynamodb:{kind}Item", TABLES[item["TableName"]]) for kind, item in parts}
    tables = call.arguments.get("RequestItems") or [call.arguments["TableName"]]
    index = f"/index/{call.arguments['IndexName']}" if "IndexName" in call.arguments else ""
    return {(f"dynamodb:{call.operation}", TABLES[table] + index) for table in tables}
