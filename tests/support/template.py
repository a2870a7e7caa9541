"""The contents of template.yaml, for tests that build it or compare the code with it."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).parents[2]


@cache
def template() -> dict[str, Any]:
    return dict(yaml_parse((ROOT / "template.yaml").read_text()))


def transformed(parameters: dict[str, str]) -> dict[str, Any]:
    """Return the template as SAM's transform, which AWS runs, hands it to CloudFormation."""
    given = {"AWS::Region": "eu-central-1", "AWS::Partition": "aws", **parameters}
    validator = SamTemplateValidator(deepcopy(template()), None, region="eu-central-1", parameter_overrides=given)
    return dict(yaml_parse(validator.get_translated_template_if_valid()))


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of *kind*, by logical name."""
    declared = template()["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in declared if resource["Type"] == kind}


def table_name(logical: str) -> str:
    """Return the tests' name of the table with that logical name in the template."""
    return f"test-{logical.removesuffix('Table').lower()}"


def create_tables(client: Any) -> None:
    """Create every table of the template with its keys. Its other properties matter to AWS only."""
    for logical, properties in resources("AWS::DynamoDB::Table").items():
        client.create_table(
            TableName=table_name(logical),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            **{part: properties[part] for part in ("GlobalSecondaryIndexes",) if part in properties},
        )
