"""What an operation is given beside a body of JSON: names in paths, headers, and the query of SMSAPI clients."""

from collections.abc import Collection
from typing import Any

from furtka.openapi.examples import EXAMPLES
from furtka.openapi.properties import PROPERTIES
from furtka.openapi.schemas import BOUNDS, bound
from shared import policy
from shared.domain import ip_lists
from shared.domain.identifiers import ACCESS_CHARACTERS, RECORD_CHARACTERS, USER_CHARACTERS
from shared.domain.messages import MESSAGE_PATTERN, SHIPMENT_CHARACTERS

JSON = "application/json"
BODILESS = ("get", "delete", "head")
"""Their parameters are told as the query's, though a body is read as well."""


def _id(characters: int) -> dict[str, Any]:
    return {"pattern": f"^[0-9A-Za-z]{{{characters}}}$", "maxLength": characters}


IN_PATHS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("contact_id", "device_id", "group_id", "session_id", "token_id"), _id(RECORD_CHARACTERS)),
    "user_id": _id(USER_CHARACTERS),
    "access_id": _id(ACCESS_CHARACTERS),
    "record_id": {
        "pattern": f"^([0-9A-Za-z]{{{USER_CHARACTERS}}}|[0-9A-Za-z]{{{RECORD_CHARACTERS}}}|api-password)$",
        "maxLength": RECORD_CHARACTERS,
    },
    "message_id": {"pattern": f"^{MESSAGE_PATTERN.pattern}$", "maxLength": SHIPMENT_CHARACTERS + 2},
    "name": {"enum": [ip_lists.API, ip_lists.PANEL]},
    "sender": {"pattern": "^[^/]+$", "maxLength": policy.SENDER_CHARACTERS},
    "secret": {"pattern": "^[^/]+$", "maxLength": 100},
    "username": {"pattern": "^[^/]+$", "maxLength": policy.MAX_LOGIN_CHARACTERS},
}
"""What a name in a path looks like. Anything else is nobody's, and answers 404."""

QUERY_CHARACTERS = 2048
"""A value in a query is no longer: API Gateway takes 10,240 bytes of request line and headers together."""

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text that names this request. With the same key the same request gets the same answer for "
    f"{policy.MFA_KEY_REMEMBERED_FOR.total_seconds() // 3600:.0f} hours, and no second message.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": policy.MFA_KEY_CHARACTERS,
        "pattern": "^[ -~]+$",
        "examples": ["4c1f7e0a-order-1"],
    },
}

HEADERS = {"sendMfaCode": [IDEMPOTENCY_KEY]}
"""Headers that the doors read by themselves, by operation."""

READS = {
    "getSmsStatus": ("format", "status"),
    "getUserDo": ("format", "credits", "list", "get_user", "details"),
    "getSenderDo": ("format", "list", "status"),
}
"""What a GET of these operations reads: the model of its parameters is also that of a POST, which changes things."""


def complete(operation: dict[str, Any]) -> None:
    """Add a word, an example and bounds to each parameter, and the headers that no model declares."""
    for one in operation.get("parameters", ()):
        name, schema = one["name"], _without_null(one["schema"])
        bounds = IN_PATHS[name] if one["in"] == "path" else BOUNDS.get(name, {})
        one["description"] = one.get("description") or schema.get("description") or PROPERTIES[name]
        one["schema"] = {key: value for key, value in schema.items() if key not in ("title", "description")}
        bound(one["schema"], bounds)
        if one["in"] == "query" and "maxLength" in one["schema"]:
            one["schema"]["maxLength"] = min(one["schema"]["maxLength"], QUERY_CHARACTERS)
        if "enum" not in one["schema"] and name in EXAMPLES:
            one["schema"].setdefault("examples", [EXAMPLES[name]])
    if more := HEADERS.get(operation["operationId"]):
        operation["parameters"] = [*operation.get("parameters", []), *more]


def without_body(method: str, operation: dict[str, Any], models: dict[str, Any]) -> None:
    """Tell the body of a GET or DELETE as parameters, and a body as optional where none of its properties is needed."""
    body = operation.get("requestBody")
    if not body:
        return
    model = models[body["content"][JSON]["schema"]["$ref"].rpartition("/")[2]]
    if method in BODILESS:
        del operation["requestBody"]
        operation["parameters"] = [
            *operation.get("parameters", []),
            *_as_query(model, READS.get(operation["operationId"])),
        ]
    else:
        body["required"] = "required" in model


def _as_query(model: dict[str, Any], read: Collection[str] | None) -> list[dict[str, Any]]:
    """Return the properties of *model* as parameters of the query: those in *read*, or all."""
    required = model.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
        if read is None or name in read
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without null, which a query cannot contain: an optional parameter is left out."""
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and (name, value) != ("default", None)}
    if not choices:
        return rest
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}
