"""Two stacks in one account: no name is fixed, so that neither is in the other's way, nor rings its alarms."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from furtka import parameters
from tests.support.template import template, transformed

GIVEN = {
    **parameters.defaults(),
    "MailFrom": "furtka@example.com",
    "DomainName": "panel.example.com",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "AlarmEmail": "oncall@example.com",
    **parameters.of_stage("prod"),
}
RESOURCES: dict[str, dict[str, Any]] = {
    # SAM names a deployment anew each time (AlwaysDeploy), and workers of one run have to agree on the tests' names.
    "ApiDeployment" if resource["Type"] == "AWS::ApiGateway::Deployment" else logical: resource
    for logical, resource in transformed(GIVEN)["Resources"].items()
}

OURS = re.compile(r'AWS::StackName|"Ref": "|"Fn::GetAtt"|\$\{[A-Z]')
"""What is another in another stack: its name, its resources, and parameters that are an address of its own."""

PARENTS = {
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::IAM::Policy": "Roles",
    "AWS::ApiGateway::Stage": "RestApiId",
}
"""Types whose names count only below another resource, by the property that names it."""


def names(kind: str, properties: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The properties by which AWS tells a resource of its type from others, if the template sets them."""
    if kind in PARENTS:
        yield PARENTS[kind], properties[PARENTS[kind]]
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema
    made_by_aws = set(schema.get("readOnlyProperties", []))
    keys = {key for key in schema["primaryIdentifier"] if key not in made_by_aws}
    keys |= {key for each in schema.get("additionalIdentifiers", []) for key in each if key not in made_by_aws}
    keys |= {f"/properties/{name}" for name in properties if name == "Name" or name == f"{kind.rpartition(':')[2]}Name"}
    for key in sorted(keys):
        name = key.removeprefix("/properties/")
        if name in properties and name != "Scope":  # of a web ACL: region or CloudFront
            yield name, properties[name]


@pytest.mark.parametrize("logical", sorted(RESOURCES))
def test_no_physical_name_is_fixed(logical: str):
    kind, properties = RESOURCES[logical]["Type"], RESOURCES[logical].get("Properties", {})
    found = dict(names(kind, properties))
    assert not found or any(OURS.search(json.dumps(value)) for value in found.values()), found


def test_the_test_would_notice_a_fixed_name():
    for kind, fixed in {
        "AWS::DynamoDB::Table": {"TableName": "logins"},
        "AWS::CloudWatch::Alarm": {"AlarmName": "late"},
        "AWS::CloudWatch::Dashboard": {"DashboardName": "furtka"},
        "AWS::SNS::Topic": {"TopicName": "alarms"},
        "AWS::SQS::Queue": {"QueueName": "codes"},
        "AWS::Lambda::Function": {"FunctionName": "login"},
        "AWS::IAM::Role": {"RoleName": "login"},
        "AWS::Logs::LogGroup": {"LogGroupName": "/furtka"},
        "AWS::SecretsManager::Secret": {"Name": "keys"},
        "AWS::Backup::BackupVault": {"BackupVaultName": "vault"},
        "AWS::SSM::Parameter": {"Name": "/furtka/release"},
        "AWS::Events::EventBus": {"Name": "furtka"},
        "AWS::SES::ConfigurationSet": {"Name": "furtka"},
        "AWS::WAFv2::WebACL": {"Name": "furtka"},
        "AWS::KMS::Alias": {"AliasName": "alias/furtka"},
    }.items():
        (name,) = fixed
        assert dict(names(kind, fixed)) == fixed, kind
        assert not OURS.search(json.dumps(fixed[name]))


def test_what_is_exported_carries_the_stacks_name():
    exported = [output["Export"]["Name"] for output in template()["Outputs"].values() if "Export" in output]
    assert exported
    assert [name for name in exported if "${AWS::StackName}" not in json.dumps(name)] == []


def test_our_own_metrics_and_their_alarms_are_of_one_stack():
    """Each metric of ours has the stack's name as a dimension, and each alarm of one asks for its own."""
    service = template()["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert service == {"Ref": "AWS::StackName"}
    for name, alarm in RESOURCES.items():
        if alarm["Type"] == "AWS::CloudWatch::Alarm":
            text = json.dumps(alarm["Properties"])
            assert "Furtka" not in text or '{"Name": "service", "Value": {"Ref": "AWS::StackName"}}' in text, name
