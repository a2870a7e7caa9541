"""The models of the contract, made readable: a word and an example for each property, and bounds on what comes in."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from furtka.openapi.answers import REF
from furtka.openapi.examples import EXAMPLES
from furtka.openapi.properties import PROPERTIES
from shared import policy

type Schema = dict[str, Any]

WIDE = 2**31
"""What has no bound below this is told as an int64."""

INSTANT = {"maxLength": 64}

BOUNDS: dict[str, Schema] = {
    "since": INSTANT,
    "until": INSTANT,
    "cursor": {"maxLength": 64},
    "expiration_date": INSTANT,
    "SmsCommand.date": INSTANT,
    "SmsCommand.to": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.idx": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.param1": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.param2": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.param3": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.param4": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    "SmsCommand.status": {"maxItems": policy.MESSAGES_ASKED_AT_ONCE},
    "SmsCommand.sch_del": {"maxItems": policy.MESSAGES_ASKED_AT_ONCE},
    "SmsCommand.max_parts": {"maximum": 255},
    "days": {"maxItems": 7},
}
"""How much of a thing is taken where a flow or the gateway decides it, and not the type in the door."""


def described(name: str, model: Schema, *, comes_in: bool) -> Schema:
    """Return the model with a description and an example at each property."""
    properties = {
        key: _property(f"{name}.{key}", key, value, comes_in=comes_in)
        for key, value in model.get("properties", {}).items()
    }
    return model | ({"properties": properties} if properties else {})


def _property(whole: str, name: str, schema: Schema, *, comes_in: bool) -> Schema:
    told = {key: value for key, value in schema.items() if key != "title"}
    about = PROPERTIES.get(whole) or PROPERTIES.get(name)
    if about and "description" not in told:
        told["description"] = about
    if "examples" not in told and "$ref" not in json.dumps(told):
        example = EXAMPLES.get(whole, EXAMPLES.get(name))
        if example is not None:
            told["examples"] = [[example] if _is_list(told) and not isinstance(example, list) else example]
    if comes_in:
        _bound(told, BOUNDS.get(whole, BOUNDS.get(name, {})))
    return told


def _is_list(schema: Schema) -> bool:
    return any(part.get("type") == "array" for part in (schema, *schema.get("anyOf", ())))


def _bound(schema: Schema, bounds: Schema) -> None:
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") != "null" and "anyOf" not in part:
            part |= {key: value for key, value in bounds.items() if key not in part}


def sized(part: Any) -> Any:
    """Say of every integer in *part* whether it fits 32 bits: generated clients choose their type by that."""
    if isinstance(part, list):
        return [sized(one) for one in part]
    if not isinstance(part, dict):
        return part
    inner = {key: sized(value) for key, value in part.items()}
    return {"format": _width(inner), **inner} if inner.get("type") == "integer" else inner


def _width(schema: Schema) -> str:
    return "int32" if schema.get("maximum", WIDE) < WIDE or "enum" in schema else "int64"


def named_in(part: Any) -> set[str]:
    """Return the names of the models that *part* refers to."""
    return set(re.findall(REF.format(model='([^"]+)'), json.dumps(part)))


def reached(start: Iterable[str], models: dict[str, Schema]) -> set[str]:
    """Return the models named in *start*, and those that these use."""
    used = set(start)
    while more := {name for one in used for name in named_in(models[one])} - used:
        used |= more
    return used


def what_comes_in(paths: dict[str, Any]) -> Iterator[Any]:
    for operations in paths.values():
        for operation in operations.values():
            yield operation.get("requestBody")
            yield operation.get("parameters")
