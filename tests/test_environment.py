"""What a function's environment holds: Lambda takes 4 KB of it, also where prices are many and names are long."""

import json
import re
from typing import Any

import phonenumbers
import pytest

from furtka.deploy import LONGEST_NAME
from tests.support.template import resources, template

STACK = "s" * LONGEST_NAME
"""As long as the name of a stack may be: it is in the name of each table, and each table in the environment."""

PSEUDO = {
    "AWS::StackName": STACK,
    "AWS::NoValue": "",
    "AWS::Region": "ap-southeast-1",
    "AWS::URLSuffix": "amazonaws.com",
}
REGION, ACCOUNT = "ap-southeast-1", "123456789012"
MOST = 4096  # bytes: a fixed limit of Lambda, of the variables as a JSON object

LONG: dict[str, str] = {
    "PanelOrigin": "https://panel.of-a-company-with-a-long-name.example.com",
    "MailFrom": "A Company With A Long Name <no-reply@of-a-company-with-a-long-name.example.com>",
    "SupportAddress": "support@of-a-company-with-a-long-name.example.com",
    "BreachedPasswordsUrl": "https://api.pwnedpasswords.com/range",
    "Prices": " ".join(f"{country}=0.1234" for country in sorted(phonenumbers.SUPPORTED_REGIONS)),
    "DomainName": "panel.of-a-company-with-a-long-name.example.com",
}


def _named(logical: str) -> str:
    """Return what Ref gives for a resource of a stack with a long name."""
    kind = template()["Resources"][logical]["Type"]
    name = f"{STACK}-{logical}-1ABCDEFGHIJKL"
    return {
        "AWS::SQS::Queue": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name[:80]}",
        "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{logical}-1ABCDEFGHIJK-abc",
        "AWS::KMS::Key": "01234567-89ab-cdef-0123-456789abcdef",
    }.get(kind, name)


def _written(value: Any) -> str:
    """Return the longest text that a value of the template can become."""
    if not isinstance(value, dict):
        return str(value)
    ((function, given),) = value.items()
    if function == "Fn::If":
        return max(map(_written, given[1:]), key=len)
    if function == "Fn::Sub":
        return re.sub(r"\$\{([^}]*)\}", lambda found: _referred(found[1]), given)
    return _referred(given if function == "Ref" else given[0])


def _referred(name: str) -> str:
    if name in template()["Parameters"]:
        return LONG.get(name) or str(template()["Parameters"][name].get("Default", ""))
    return PSEUDO[name] if name in PSEUDO else _named(name.partition(".")[0])


@pytest.mark.parametrize("function", resources("AWS::Serverless::Function"))
def test_an_environment_fits_whatever_the_prices_and_the_names(function: str):
    own = resources("AWS::Serverless::Function")[function].get("Environment", {}).get("Variables", {})
    variables = template()["Globals"]["Function"]["Environment"]["Variables"] | own
    held = json.dumps({name: _written(value) for name, value in variables.items()}, separators=(",", ":"))
    assert len(held.encode()) <= MOST


def test_prices_of_all_countries_are_a_parameter_that_cloudformation_takes():
    assert len(phonenumbers.SUPPORTED_REGIONS) > 240
    assert len(LONG["Prices"].encode()) <= 4096
