"""Create the tables, queues, keys and secrets that the template declares, and note their physical names."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from furtka.complaint import Complaint
from furtka.local.cloud import ACCOUNT, REGION, Cloud
from furtka.local.template import Properties, Template

type Names = dict[str, Any]  # what Ref and Fn::GetAtt give for a resource
type Creator = Callable[[Cloud, str, Properties], Names]


def create(template: Template, cloud: Cloud, *, prefix: str) -> None:
    """Create every resource. Raises Complaint if one can't be created."""
    # In the order of CREATORS: a resource may refer to those of earlier types.
    for kind, creator in CREATORS.items():
        for name, properties in _dead_letter_queues_first(template.resources(kind)):
            wanted = template.value(properties)
            try:
                template.symbols[name] = creator(cloud, f"{prefix}-{name}", wanted)
            except (ClientError, ParamValidationError, KeyError) as error:
                raise Complaint(f"{name} ({kind}) can't be created here: {error}") from error


def _dead_letter_queues_first(resources: dict[str, Properties]) -> list[tuple[str, Properties]]:
    """Return the resources with dead-letter queues before the queues that refer to them."""
    return sorted(resources.items(), key=lambda resource: "RedrivePolicy" in resource[1])


def _key(cloud: Cloud, _: str, properties: Properties) -> Names:
    wanted = {k: properties[k] for k in ("Description", "KeySpec", "KeyUsage") if k in properties}
    key = cloud.client("kms").create_key(**wanted)["KeyMetadata"]
    return {"Ref": key["KeyId"], "Arn": key["Arn"]}


def _key_alias(cloud: Cloud, _: str, properties: Properties) -> Names:
    cloud.client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return {"Ref": properties["AliasName"]}


def _secret(cloud: Cloud, name: str, properties: Properties) -> Names:
    client = cloud.client("secretsmanager")
    text = properties.get("SecretString") or _generated(client, properties.get("GenerateSecretString", {}))
    secret = client.create_secret(Name=properties.get("Name", name), SecretString=text)
    return {"Ref": secret["ARN"], "Id": secret["ARN"]}


def _generated(client: Any, wanted: Properties) -> str:
    """Return a random string, alone or as one more key of a JSON template."""
    where = ("SecretStringTemplate", "GenerateStringKey")
    shape = {key: value for key, value in wanted.items() if key not in where}
    random: str = client.get_random_password(**shape)["RandomPassword"]
    template, key = (wanted.get(name) for name in where)
    return random if template is None else json.dumps({**json.loads(template), key: random})


def _topic(cloud: Cloud, name: str, properties: Properties) -> Names:
    arn = cloud.client("sns").create_topic(Name=properties.get("TopicName", name))["TopicArn"]
    return {"Ref": arn, "TopicArn": arn, "TopicName": properties.get("TopicName", name)}


def _queue(cloud: Cloud, name: str, properties: Properties) -> Names:
    physical = properties.pop("QueueName", name)
    attributes = {key: _attribute(value) for key, value in properties.items() if key != "Tags"}
    url = cloud.client("sqs").create_queue(QueueName=physical, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical}"
    return {"Ref": url, "QueueUrl": url, "Arn": arn, "QueueName": physical}


def _attribute(value: Any) -> str:
    """Return the value as a string: SQS accepts nothing else, CloudFormation also numbers, booleans and objects."""
    return value if isinstance(value, str) else json.dumps(value)


def _bus(cloud: Cloud, name: str, properties: Properties) -> Names:
    physical = properties.get("Name", name)
    return {
        "Ref": physical,
        "Name": physical,
        "Arn": cloud.client("events").create_event_bus(Name=physical)["EventBusArn"],
    }


def _table(cloud: Cloud, name: str, properties: Properties) -> Names:
    """Create the table with keys, indexes and TTL, but without encryption and backups, which mean nothing here."""
    client = cloud.client("dynamodb")
    shape = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    stream = (
        {"StreamEnabled": True, **properties["StreamSpecification"]} if "StreamSpecification" in properties else None
    )
    physical = properties.get("TableName", name)
    wanted = {key: properties[key] for key in shape if key in properties}
    _drop(client, physical)
    if stream:
        wanted["StreamSpecification"] = stream
    table = client.create_table(TableName=physical, BillingMode="PAY_PER_REQUEST", **wanted)["TableDescription"]
    if lifetime := properties.get("TimeToLiveSpecification"):
        client.update_time_to_live(TableName=physical, TimeToLiveSpecification=lifetime)
    return {"Ref": physical, "Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn", "")}


def _drop(client: Any, table: str) -> None:
    """Delete the table if it exists: a DynamoDB Local may hold one of an earlier stack, whose keys are gone."""
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_table(TableName=table)


CREATORS: dict[str, Creator] = {
    "AWS::KMS::Key": _key,
    "AWS::KMS::Alias": _key_alias,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::Events::EventBus": _bus,
    "AWS::DynamoDB::Table": _table,
}
