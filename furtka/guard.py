"""The stack policy: CloudFormation refuses what would replace or remove the tables, keys and secrets that are kept.

Without it a changed key schema makes a new, empty table and goes on with that.
"""

import json
from typing import Any

from furtka import parameters


def policy() -> dict[str, Any]:
    """Return the policy for a stack of our template (CloudFormation's "Prevent updates to stack resources")."""
    anything = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    losing = {"Effect": "Deny", "Principal": "*", "Action": ["Update:Replace", "Update:Delete"]}
    return {"Statement": [anything, losing | {"Resource": [f"LogicalResourceId/{name}" for name in kept()]}]}


def kept() -> list[str]:
    """Return the names of what the template keeps when its stack is deleted."""
    resources = parameters.template()["Resources"].items()
    return sorted(name for name, one in resources if one.get("DeletionPolicy", "Delete") != "Delete")


def is_whole(text: str) -> bool:
    """Whether a stack's policy guards everything that ours does."""
    guarded = {name for one in json.loads(text or '{"Statement": []}')["Statement"] for name in _denied(one)}
    return {f"LogicalResourceId/{name}" for name in kept()} <= guarded


def _denied(statement: dict[str, Any]) -> list[str]:
    resource = statement["Resource"]
    return (resource if isinstance(resource, list) else [resource]) if statement["Effect"] == "Deny" else []
