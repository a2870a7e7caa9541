"""The contract, docs/openapi.json, made of what the handlers declare: `python -m furtka.openapi [--check] FILE`."""

import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBase, HTTPBearer
from pydantic.json_schema import models_json_schema

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("functions", "layers")]

from furtka import generated
from shared.http.route_rules import is_wire

SESSION_COOKIE = "__Host-furtka-session"

DOORS = (
    "login.handler",
    "verify_code.handler",
    "passwords.handler",
    "factors.handler",
    "account.handler",
    "tokens.handler",
    "oauth.handler",
    "sms_authenticator.handler",
    "subusers.handler",
    "messages.handler",
    "contacts.handler",
)

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""What a body may be besides JSON, where SMSAPI clients come."""

JSON, TEXT = "application/json", "text/plain"
REF = "#/components/schemas/{model}"
BODILESS = ("get", "delete", "head")
"""Their parameters are told as the query's, though a body is read as well."""

ALWAYS = "Done, or a refusal: as JSON where `format=json` is among the parameters, else as `ERROR:` and its number."
LINES = "^(ERROR:[0-9]+|OK:.*)"
"""How a `*.do` answers: its status says nothing."""

NOTHING = {"schema": {"title": "Return", "type": "null"}}
"""How Powertools writes of an answer without a body."""

ABOUT = """Who gets into the customer panel, and which machines get in through the API.

A refusal has the shape of `RefusalBody`: `error` is stable, `message` says what to do. Where OAuth clients come it has
that of `OAuthError` (RFC 6749 5.2); where SMSAPI clients come that of `RestError`, and a path that ends in `.do`
answers 200 with a `LegacyError`, or with `ERROR:` and its number unless `format=json` is among the parameters."""


def contract() -> dict[str, Any]:
    """OpenAPI 3.1 of all doors together."""
    merged: dict[str, Any] = {}
    for door in DOORS:
        _merge(merged, _declared(door))
    return merged


def _written() -> str:
    return json.dumps(contract(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _declared(door: str) -> dict[str, Any]:
    pretend_settings()
    app = import_module(door).app
    schema = app.get_openapi_json_schema(
        title="Furtka",
        version="1",
        description=ABOUT,
        security_schemes={
            "session": HTTPBearer(description="The token of a session"),
            "client": HTTPBase(scheme="basic", description="Id and secret of an OAuth client; or both in the form"),
            "token": HTTPBearer(description="An API token, or an access token of a client"),
            "browser": APIKey.model_validate({"name": SESSION_COOKIE, "in": "cookie", "description": "A browser's"}),
        },
    )
    routes = [*app._static_routes, *app._dynamic_routes]
    return _told(json.loads(schema), {(one.method, _openapi_path(one.path)): one.func.__doc__ for one in routes})


def _openapi_path(path: str) -> str:
    """Powertools writes `<name>` where OpenAPI has `{name}`."""
    return path.replace("<", "{").replace(">", "}")


def _told(schema: dict[str, Any], docstrings: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Names that a generated client can live with, docstrings as summaries, and no models that no route uses."""
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = re.sub("[^a-z]+", "_", f"{method}{path}")
            operation["summary"] = docstrings[method.upper(), path]
            for answer in operation["responses"].values():
                if NOTHING in answer.get("content", {}).values():
                    del answer["content"]
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]  # Powertools adds it even where nothing is validated
            if is_wire(path):
                _in_every_encoding(method, operation, schema["components"]["schemas"])
            if path.endswith(".do"):
                _answer_always(operation)
    schema["components"]["schemas"] |= _legacy_models()
    schema["components"]["schemas"] = _in_use(schema)
    return dict(schema)


def _in_every_encoding(method: str, operation: dict[str, Any], models: dict[str, Any]) -> None:
    """Where SMSAPI clients come a body may be JSON or a form of either kind, and without one there is the query."""
    body = operation.get("requestBody")
    if body and method in BODILESS:
        del operation["requestBody"]
        operation["parameters"] = [*operation.get("parameters", []), *_as_query(_model_of(body, models))]
    elif body:
        body["required"] = "required" in _model_of(body, models)
        body["content"] |= dict.fromkeys(FORMS, body["content"][JSON])


def _model_of(body: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = body["content"][JSON]["schema"]
    return dict(models[schema["$ref"].rpartition("/")[2]])


def _as_query(model: dict[str, Any]) -> list[dict[str, Any]]:
    required = model.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(schema)}
        for name, schema in model["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """There is no null in a query: what is not said is left out."""
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and (name, value) != ("default", None)}
    if not choices:
        return rest
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}


def _answer_always(operation: dict[str, Any]) -> None:
    """A `*.do` says yes and no under one status, in JSON or in text."""
    answer = operation["responses"]["200"]
    answer["description"] = ALWAYS
    yes = answer.get("content", {}).get(JSON)
    no = {"$ref": REF.format(model="LegacyError")}
    either = {"anyOf": [yes["schema"], no]} if yes else no
    answer["content"] = {JSON: {"schema": either}, TEXT: {"schema": {"type": "string", "pattern": LINES}}}


def _legacy_models() -> dict[str, Any]:
    """What a `*.do` says no with, of which no door speaks."""
    wire = import_module("shared.http.smsapi.errors")  # it reads settings
    _, schema = models_json_schema([(wire.LegacyError, "serialization")], ref_template=REF)
    return dict(schema["$defs"])


def _in_use(schema: dict[str, Any]) -> dict[str, Any]:
    """The models that a route uses, and those that these use."""
    models, used = schema["components"]["schemas"], _named_in(schema["paths"])
    while more := {name for one in used for name in _named_in(models[one])} - used:
        used |= more
    return {name: model for name, model in models.items() if name in used}


def _named_in(part: dict[str, Any]) -> set[str]:
    return set(re.findall(REF.format(model='([^"]+)'), json.dumps(part)))


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _merge(into.setdefault(name, {}), value)
        else:
            into[name] = value


def pretend_settings() -> None:
    """The contract does not depend on the stage, but the handlers read their settings when they are imported."""
    settings = Path(__file__).parents[1] / "layers" / "shared" / "settings.py"
    for name in re.findall(r'os\.environ\["([A-Z_]+)"\]', settings.read_text()):
        os.environ.setdefault(name, "not-in-use")


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, _written, command="openapi"))
