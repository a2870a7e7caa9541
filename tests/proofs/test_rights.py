"""Least privilege, counted: a function may do what its requests do, and nothing else."""

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from shared import secret_store, settings
from shared.storage import sealed_rows
from tests.proofs import session_flows, tables, turns
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
ENTRIES = {
    function["Handler"].removesuffix(".lambda_handler"): name
    for name, function in resources("AWS::Serverless::Function").items()
}
"""Each function by the module of its entry point."""

SEALED = re.compile(r"(?<![\w.+/])[0-9]+\.[A-Za-z0-9+/]{38,}=")
"""What `crypto.seal` or `crypto.vault` made."""

CARRIERS = {"sesv2": "ses", "sns": "sns", "pinpoint-sms-voice-v2": "sms-voice"}
"""How IAM calls the services that reach people."""

SECRETS = {
    "sealing-keys": "SealingKeys",
    "naming-key": "NamingKey",
    "smsapi-token": "SmsapiToken",
    "canary": "CanarySecret",
    "prices": "PriceList",
}
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
    for policy in resources("AWS::Serverless::Function")[function].get("Policies", []):
        for statement in _in_any_case(policy)["Statement"]:
            rights |= {
                (action, _name(resource))
                for action in _several(statement["Action"])
                for resource in _several(statement.get("Resource", "*"))
            }
    return rights


def _in_any_case(policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy that stands behind a condition as if that were true."""
    return dict(policy["Fn::If"][1]) if "Fn::If" in policy else policy


def _several(one: Any) -> list[Any]:
    return one if isinstance(one, list) else [one]


def _name(resource: dict[str, Any] | str) -> str:
    """`Table`, or `Table/index/name`; empty for what is no resource of the stack."""
    if isinstance(resource, str):
        return ""
    if "Fn::Sub" in resource:
        written = str(resource["Fn::Sub"])
        return "" if written.startswith("arn:") else written.removeprefix("${").replace(".Arn}", "")
    return str(resource["Ref"] if "Ref" in resource else resource["Fn::GetAtt"][0])


def test_whatever_lies_in_the_tables_under_a_sealing_key_is_known_to_who_retires_it():
    known = {(one.model.Meta.table_name, one.attribute) for one in sealed_rows.ATTRIBUTES}
    assert _ran()[1] - known == {(settings.PROVED_NUMBERS_TABLE, "last_guess")}, "a guess is only compared with a code"


def _used() -> dict[str, Rights]:
    """What each function did when every kind of request was sent to it once."""
    return _ran()[0]


@cache
def _ran() -> tuple[dict[str, Rights], set[tuple[str, str]]]:
    """Send every kind of request once. Return what each function did, and (table, attribute) of all that is sealed."""
    used: dict[str, Rights] = defaultdict(set)
    with new_world() as world:
        for name, flow in FLOWS.items():
            path = name.partition(":")[0].split()[1]
            used[FUNCTIONS[path]] |= _rights_for(flow.ready(world).ask)
        for function, request in PROTECTED.items():
            for bring in (session_flows.session_crowded_out, session_flows.worn_session):
                used[function] |= _rights_for(bring(world, *request).ask)
        sealed = {
            (f"test-{table}", attribute)
            for table in tables.names()
            for row in tables.rows(table)
            for attribute, value in row.items()
            if SEALED.search(str(value))
        }
    return used, sealed


def _rights_for(ask: Callable[[], Reply]) -> Rights:
    secret_store.provider().clear_cache()  # so that the keys are read as well
    with overheard() as calls:
        ask()
    return {right for call in calls for right in _rights(call)}


def _rights(call: AwsCall) -> Rights:
    if call.service == "sqs":
        name = call.arguments["QueueUrl"].rpartition("/")[2]
        action = call.operation.removesuffix("Batch")  # one permission for both
        return {(f"sqs:{action}", f"{name.capitalize()}Queue")}
    if call.service in CARRIERS:
        return {(f"{CARRIERS[call.service]}:{call.operation}", "")}
    if call.service == "secretsmanager":
        return {("secretsmanager:GetSecretValue", SECRETS[call.arguments["SecretId"]])}
    if call.service == "kms":
        return {(f"kms:{call.operation}", "FactorsKey")}
    if call.operation == "TransactWriteItems":
        parts = [part for item in call.arguments["TransactItems"] for part in item.items()]
        return {(f"dynamodb:{kind}Item", TABLES[item["TableName"]]) for kind, item in parts}
    named = call.arguments.get("RequestItems") or [call.arguments["TableName"]]
    index = f"/index/{call.arguments['IndexName']}" if "IndexName" in call.arguments else ""
    return {(f"dynamodb:{call.operation}", TABLES[table] + index) for table in named}
