"""What template.yaml declares, for tests that build it or hold the code against it."""

from functools import cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).parents[2]


@cache
def template() -> dict[str, Any]:
    return dict(yaml_parse((ROOT / "template.yaml").read_text()))


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of *kind*, by logical name."""
    declared = template()["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in declared if resource["Type"] == kind}


def table_name(logical: str) -> str:
    """What the tests call the table that the template calls *logical*."""
    return f"test-{logical.removesuffix('Table').lower()}"


def create_tables(client: Any) -> None:
    """Every table of the template, with its keys; the rest of its properties is for AWS."""
    for logical, properties in resources("AWS::DynamoDB::Table").items():
        client.create_table(
            TableName=table_name(logical),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            **{part: properties[part] for part in ("GlobalSecondaryIndexes",) if part in properties},
        )
