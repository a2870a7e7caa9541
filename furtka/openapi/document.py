"""The whole document: what all doors declare, put together and made readable."""

import json
import re
from importlib import import_module
from typing import Any

from pydantic.json_schema import models_json_schema

from furtka.openapi import answers, operations, parameters, pretend_settings, schemas, security
from furtka.openapi.answers import REF
from shared import policy
from shared.http.route_rules import is_smsapi

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
    "carriers.handler",
)

NOTHING = {"schema": {"title": "Return", "type": "null"}}
"""How Powertools writes of an answer without a body."""

ABOUT = f"""Who gets into the customer panel, and which programs get in through the API.

**Refusals** have the shape of `ErrorResponse`: `error` is stable, `message` says what to do. OAuth clients get an
`OAuthErrorResponse` (RFC 6749 5.2), SMSAPI clients a `RestErrorResponse`. A path that ends in `.do` answers 200 with a
`LegacyErrorResponse`, or with `ERROR:` and its number unless `format=json` is among the parameters. A method that a
path does not take is refused with 405 and an `Allow` header. What SMSAPI has and this service has not (MMS, voice, HLR,
short links, push, blacklist, templates, callbacks, opt-outs, custom fields, the bin of contacts) is refused on every
path and method of its family with 403 `not_available`, and with 110 where the path ends in `.do`.

A service behind a proxy may refuse a request that went past it with 403 `not_through_proxy`, or 105 on `.do`.

**Bodies** are JSON of at most {policy.MAX_BODY_BYTES // 1024} KiB, or {policy.MAX_ORDER_BYTES // 1024:,} KiB for
`POST /sms.do`. Where SMSAPI clients come, a form (`application/x-www-form-urlencoded` or
`multipart/form-data`) and the query string are read as well.

**Instants** are UTC to the second, as `2026-01-31T12:00:00Z`.

**Every answer** has `Cache-Control: no-store`, `Strict-Transport-Security` and `X-Content-Type-Options: nosniff`."""

INFO = {
    "title": "Furtka",
    "version": "1",
    "summary": "The account security of an SMS platform",
    "description": ABOUT,
    "contact": {"name": "The platform's support"},
    "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
}

SERVERS = [
    {
        "url": "https://{host}",
        "description": "Production or staging: the domain that the stack was deployed with.",
        "variables": {"host": {"default": "api.furtka.example", "description": "The domain of the API."}},
        "x-internal": False,
    },
    {"url": "http://127.0.0.1:3000", "description": "Local: what `make run` starts.", "x-internal": True},
]


def contract() -> dict[str, Any]:
    """Return OpenAPI 3.1 of all doors together."""
    pretend_settings()
    paths, models = _declared_by_doors()
    _name(paths, models)
    models = _described(paths, models | _models_of_refusals())
    for path, of_path in paths.items():
        for method, operation in of_path.items():
            _complete(path, method, operation, models)
    whole = {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": SERVERS,
        "tags": operations.tags(),
        "paths": paths,
        "components": {
            "schemas": _in_use([paths, answers.SHARED], models),
            "responses": answers.SHARED,
            "headers": answers.HEADERS,
            "securitySchemes": security.SCHEMES,
        },
    }
    return dict(schemas.sized(whole))


def written() -> str:
    return json.dumps(contract(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _declared_by_doors() -> tuple[dict[str, Any], dict[str, Any]]:
    """The paths and the models of all of them."""
    paths: dict[str, Any] = {}
    models: dict[str, Any] = {}
    for door in DOORS:
        declared = _declared(door)
        for path, of_path in declared["paths"].items():
            paths.setdefault(path, {}).update(of_path)
        models |= declared["components"]["schemas"]
    return paths, models


def _declared(door: str) -> dict[str, Any]:
    """What Powertools makes of the routes of one door, with the docstring of each."""
    routes = import_module(door).routes
    app, openapi = import_module("shared.http.app"), import_module("shared.http.openapi")  # they read settings
    described = app.resolver(routes, openapi.described).get_openapi_json_schema(title="Furtka", version="1")
    schema: dict[str, Any] = json.loads(described)
    for route in routes:
        schema["paths"][route.path][route.method.lower()]["description"] = route.function.__doc__
    return schema


def _models_of_refusals() -> dict[str, Any]:
    """Return the models of refusals by `*.do` routes and by API Gateway, which no handler declares."""
    wire, api = import_module("shared.http.smsapi.errors"), import_module("shared.http.refusals")  # they read settings
    _, schema = models_json_schema(
        [(wire.LegacyErrorResponse, "serialization"), (api.ErrorResponse, "serialization")], ref_template=REF
    )
    return dict(schema["$defs"])


def _name(paths: dict[str, Any], models: dict[str, Any]) -> None:
    """Give each operation its id and family, and each form that Powertools made up the operation's name."""
    for path, of_path in paths.items():
        for method, operation in of_path.items():
            route = f"{method.upper()} {path}"
            operation["operationId"], operation["tags"] = operations.IDS[route], [operations.TAGS[route]]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                made_up = media["schema"].get("$ref", "").rpartition("/")[2]
                if made_up.startswith("Body_"):
                    name = f"{operation['operationId'][0].upper()}{operation['operationId'][1:]}Form"
                    models[name] = models.pop(made_up) | {"title": name}
                    media["schema"] = {"$ref": REF.format(model=name)}


def _described(paths: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    sent = schemas.reached(schemas.named_in(list(schemas.what_comes_in(paths))), models)
    return {name: schemas.described(name, model, comes_in=name in sent) for name, model in models.items()}


def _complete(path: str, method: str, operation: dict[str, Any], models: dict[str, Any]) -> None:
    for answer in operation["responses"].values():
        if NOTHING in answer.get("content", {}).values():
            del answer["content"]
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]  # Powertools adds it even where nothing is validated
    if is_smsapi(path):
        parameters.without_body(method, operation, models)
    parameters.complete(operation)
    answers.complete(path, operation)
    operation["security"] = security.ways(method.upper(), path)
    operation["summary"], operation["description"] = _told(
        operation["description"], security.sentence(method.upper(), path)
    )


def _told(docstring: str, who: str) -> tuple[str, str]:
    """The first sentence of a docstring, and all of it."""
    whole = re.sub(r"\n +", "\n", docstring.strip())
    first = re.split(r"(?<=[.?!:]) ", whole.partition("\n")[0])[0]
    return first.rstrip(".:"), f"{whole}\n\n{who}"


def _in_use(parts: Any, models: dict[str, Any]) -> dict[str, Any]:
    """The models that *parts* refer to, and those that these use."""
    used = schemas.reached(schemas.named_in(parts), models)
    return {name: model for name, model in models.items() if name in used}
