"""The contents of template.yaml, for tests that build it or compare the code with it."""

import re
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse

ROOT = Path(__file__).parents[2]


@cache
def template() -> dict[str, Any]:
    return dict(yaml_parse((ROOT / "template.yaml").read_text()))


def transformed(parameters: dict[str, str]) -> dict[str, Any]:
    """Return the template as SAM's transform, which AWS runs, hands it to CloudFormation."""
    from samcli.lib.translate.sam_template_validator import SamTemplateValidator  # noqa: PLC0415  # takes seconds

    given = {"AWS::Region": "eu-central-1", "AWS::Partition": "aws", **parameters}
    validator = SamTemplateValidator(deepcopy(template()), None, region="eu-central-1", parameter_overrides=given)
    return dict(yaml_parse(validator.get_translated_template_if_valid()))


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of *kind*, by logical name."""
    declared = template()["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in declared if resource["Type"] == kind}


def rules() -> set[str]:
    """Return the logical names that SAM gives the rules of the functions' schedules."""
    functions = resources("AWS::Serverless::Function")
    events = [(name, *one) for name, about in functions.items() for one in about.get("Events", {}).items()]
    return {f"{name}{event}" for name, event, about in events if about["Type"] == "Schedule"}


def statements(function: str) -> list[dict[str, Any]]:
    """Return what the role of *function* is granted, also under conditions of the stack."""
    policies = resources("AWS::Serverless::Function")[function].get("Policies", [])
    held = [one["Fn::If"][1] if "Fn::If" in one else one for one in policies]
    return [statement for policy in held for statement in policy["Statement"]]


@cache
def gates() -> dict[str, str]:
    """Return the name of the function behind each path of the API, as the template writes it."""
    return {
        event["Properties"]["Path"]: name
        for name, function in resources("AWS::Serverless::Function").items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    }


@lru_cache(maxsize=4096)
def resource_of(path: str) -> str:
    """Return the path of the template that API Gateway chooses for *path*: of those that match, the most exact."""
    path = path.rstrip("/") or "/"
    return max((gate for gate in gates() if _pattern(gate).fullmatch(path)), key=_exactness)


@cache
def _pattern(gate: str) -> re.Pattern[str]:
    return re.compile("/".join(_part(part) for part in gate.split("/")), re.DOTALL)


def _part(part: str) -> str:
    if part.startswith("{"):
        return ".+" if part.endswith("+}") else "[^/]+"
    return re.escape(part)


def _exactness(gate: str) -> list[int]:
    return [2 if "{" not in part else 1 if "+" not in part else 0 for part in gate.split("/")]


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
