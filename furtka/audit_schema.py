"""docs/audit-events.schema.json, made of the events: `python -m furtka.audit_schema [--check] FILE`."""

import json
import sys
from dataclasses import fields
from datetime import datetime
from typing import Any

import furtka.paths  # noqa: F401 - finds `shared`
from furtka import generated
from shared.domain.audit_events import (
    FIELDS,
    LONGEST_TEXT,
    OUTCOMES,
    PROOF_WORDS,
    SCHEMA_VERSION,
    WORDS,
    AuditEvent,
)

TYPES: dict[type, dict[str, Any]] = {
    str: {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    datetime: {"type": "string", "format": "date-time", "pattern": "Z$"},
    int: {"type": "integer", "minimum": 1},
}


def page() -> str:
    return json.dumps(schema(), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the `detail` of every event."""
    one = f"({'|'.join(sorted(PROOF_WORDS))})"
    narrower = {
        "event": {"enum": sorted(WORDS)},
        "outcome": {"enum": list(OUTCOMES)},
        "proof": {"pattern": f"^{one}( {one})*$"},
    }
    properties: dict[str, dict[str, Any]] = {"version": {"const": SCHEMA_VERSION}}
    for field in fields(AuditEvent):
        properties[field.name] = {**TYPES[field.type], **narrower.get(field.name, {})}  # type: ignore[index, dict-item]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Furtka audit event",
        "type": "object",
        "properties": {name: {"description": FIELDS[name], **about} for name, about in properties.items()},
        "required": list(properties),
        "additionalProperties": False,
    }


if __name__ == "__main__":
    sys.exit(generated.main(__doc__, page, command="audit-events"))
