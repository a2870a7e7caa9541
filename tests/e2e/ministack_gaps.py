"""Harness: makes up for what ministack 1.5.33 does to a stack and AWS does not. The template knows nothing of it.

API Gateway: from the OpenAPI document that SAM writes it leaves out `x-amazon-apigateway-any-method` (SAM's `Method:
any`) and `x-amazon-apigateway-gateway-responses` (SAM's `GatewayResponses`). Both are put there through API Gateway's
own API, from the very document that was deployed.

Functions: AWS ignores an empty AWS_ENDPOINT_URL; here it would hide the address that ministack itself gives them.

CloudWatch: it refuses alarms with arithmetic (`Metrics`). They are left out; tests/test_alarms_ring.py evaluates them.

Roles: it asks for two permissions by other names than AWS does, see AS_MINISTACK_ASKS. A role that has one as AWS asks
for it also gets it as ministack does; one that has not, does not.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.emulator import REGION, Emulator

ANY_METHOD = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"

ACCOUNT = "000000000000"

AS_MINISTACK_ASKS: dict[str, dict[str, str]] = {
    "ses:SendEmail": {"Resource": "*"},  # AWS asks for the sender's identity
    "sqs:SendMessage": {"Action": "sqs:SendMessageBatch"},  # to AWS both are one permission
}


def leave_out(template: Path) -> None:
    """Takes out of a built *template* what ministack cannot make."""
    document = yaml.safe_load(template.read_text())
    resources = document["Resources"]
    document["Resources"] = {name: one for name, one in resources.items() if not _has_arithmetic(one)}
    shared = document["Globals"].get("Function", {}).get("Environment", {}).get("Variables", {})
    shared.pop("AWS_ENDPOINT_URL", None)  # the example has none, nor had an older release
    template.write_text(yaml.safe_dump(document, sort_keys=False))


def _has_arithmetic(resource: Mapping[str, Any]) -> bool:
    return resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]


def fill(emulator: Emulator, stack: str, resources: Mapping[str, str]) -> None:
    """Makes of *stack*, whose *resources* are named by their logical names, what it would be on AWS."""
    template = emulator.client("cloudformation").get_template(StackName=stack, TemplateStage="Processed")
    declared = template["TemplateBody"]["Resources"]
    _complete_api(emulator, declared["Api"]["Properties"]["Body"], resources)
    for name, resource in declared.items():
        if resource["Type"] == "AWS::IAM::Role" and name in resources:  # not of a function that is switched off
            _translate_role(emulator, resources[name])


def _complete_api(emulator: Emulator, document: Mapping[str, Any], resources: Mapping[str, str]) -> None:
    gateway, api = emulator.client("apigateway"), resources["Api"]
    ids = {one["path"]: one["id"] for one in gateway.get_resources(restApiId=api, limit=500)["items"]}
    for path, operations in document["paths"].items():
        if ANY_METHOD not in operations:  # ministack takes a path that names its methods as it is
            continue
        uri = _function_uri(operations[ANY_METHOD][INTEGRATION]["uri"]["Fn::Sub"], resources)
        place = {"restApiId": api, "resourceId": ids[path], "httpMethod": "ANY"}
        gateway.put_method(**place, authorizationType="NONE")
        gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    for kind, response in document[GATEWAY_RESPONSES].items():
        gateway.put_gateway_response(restApiId=api, responseType=kind, **response)
    for stage in gateway.get_stages(restApiId=api)["item"]:
        gateway.create_deployment(restApiId=api, stageName=stage["stageName"])


def _function_uri(template: str, resources: Mapping[str, str]) -> str:
    """The address of a function, as API Gateway writes it: its alias' ARN, or its own where it has no alias."""

    def arn(named: re.Match[str]) -> str:
        physical = resources[named[1]]
        return physical if physical.startswith("arn:") else f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical}"

    plain = template.replace("${AWS::Partition}", "aws").replace("${AWS::Region}", REGION)
    return re.sub(r"\$\{(\w+)(?:\.Arn)?\}", arn, plain)


def _translate_role(emulator: Emulator, role: str) -> None:
    statements = [
        statement | {"Action": action} | AS_MINISTACK_ASKS[action]
        for statement in _statements(emulator, role)
        for action in actions(statement)
        if action in AS_MINISTACK_ASKS
    ]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        emulator.client("iam").put_role_policy(RoleName=role, PolicyName="AsMinistackAsks", PolicyDocument=document)


def _statements(emulator: Emulator, role: str) -> Iterator[dict[str, Any]]:
    iam = emulator.client("iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield from iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]


def actions(statement: Mapping[str, Any]) -> list[str]:
    """A policy's statement names one action or several."""
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
