"""template.yaml after AWS's transform, by the code that CloudFormation runs: what a deployment would make."""

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.support.template import template

REQUIRED = {"PanelOrigin": "https://panel.example.com", "MailFrom": "furtka@example.com"}
REGION = "eu-central-1"


@cache
def transformed(*, code: str = "code", layer: str = "layer", **parameters: str) -> dict[str, Any]:
    """Return the template that CloudFormation gets where `sam package` put packages and layer under these names."""
    document = copy.deepcopy(template())
    document["Globals"]["Function"]["CodeUri"] = f"s3://bucket/{code}"
    document["Resources"]["SharedLayer"]["Properties"]["ContentUri"] = f"s3://bucket/{layer}"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    made: dict[str, Any] = translator.translate(document, {**REQUIRED, **parameters})
    return made


def of_type(made: dict[str, Any], *kinds: str) -> dict[str, dict[str, Any]]:
    """Return the resources of these types, by logical name."""
    return {name: one for name, one in made["Resources"].items() if one["Type"] in kinds}


def referred(value: Any) -> Iterator[str]:
    """Yield each logical name that *value* refers to."""
    if isinstance(value, list):
        for one in value:
            yield from referred(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(key, inner)
            yield from referred(inner)


def _named(key: str, inner: Any) -> Iterator[str]:
    if key == "Ref":
        yield inner
    elif key == "Fn::GetAtt":
        yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
    elif key == "Fn::Sub":
        yield from re.findall(r"\$\{([A-Za-z0-9]+)", inner if isinstance(inner, str) else inner[0])
    elif key == "DependsOn":
        yield from [inner] if isinstance(inner, str) else inner
