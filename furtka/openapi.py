"""The contract, docs/openapi.json, made of what the handlers declare: `python -m furtka.openapi [--check] FILE`."""

import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBase, HTTPBearer

from furtka import generated

SESSION_COOKIE = "__Host-furtka-session"

DOORS = (
    "login.handler",
    "verify_code.handler",
    "passwords.handler",
    "factors.handler",
    "account.handler",
    "tokens.handler",
)

NOTHING = {"schema": {"title": "Return", "type": "null"}}
"""How Powertools writes of an answer without a body."""

ABOUT = """Who gets into the customer panel, and which machines get in through the API.

A refusal has the shape of `RefusalBody`: `error` is stable, `message` says what to do. Where OAuth clients come it has
that of `OAuthError` (RFC 6749 5.2)."""


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
    for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        del schema["components"]["schemas"][unused]
    return dict(schema)


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
    sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("functions", "layers")]
    sys.exit(generated.main(__doc__, _written, command="openapi"))
