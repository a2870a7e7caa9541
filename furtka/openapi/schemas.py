"""The models of the contract, made readable: a word and an example for each property, and bounds on what comes in."""

import copy
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from furtka.openapi.answers import REF
from furtka.openapi.examples import EXAMPLES
from furtka.openapi.properties import PROPERTIES
from shared import policy
from shared.domain.contacts import FILTERED
from shared.domain.identifiers import RECORD_CHARACTERS
from shared.domain.messages import IN_PARTS
from shared.domain.scopes import SCOPES
from shared.domain.sending_hours import DAYS

type Schema = dict[str, Any]

WIDE = 2**31
"""What has no bound below this is told as an int64."""

INSTANT: Schema = {"maxLength": 64}
BODY: Schema = {"maxLength": policy.MAX_BODY_BYTES}
VALUE: Schema = {"maxLength": policy.CONTACT_VALUE_CHARACTERS}
VALUES: Schema = {"items": VALUE}
SENDER: Schema = {"maxLength": policy.SENDER_CHARACTERS}
LOGIN: Schema = {"maxLength": policy.MAX_LOGIN_CHARACTERS}
MD5: Schema = {"maxLength": 32}
CLOCK: Schema = {"maxLength": len("00:00")}
NONE: Schema = {"maxLength": 0}
FLAG: Schema = {"maxLength": policy.CONTACT_VALUE_CHARACTERS}
NUMBERS: Schema = {"maxItems": policy.RECIPIENTS_OF_ORDER, "items": {"maxLength": policy.MAX_PHONE_CHARACTERS}}
EACH: Schema = {"maxItems": policy.RECIPIENTS_AT_ONCE, "items": {"maxLength": policy.MESSAGE_PARTS * IN_PARTS}}
MESSAGES: Schema = {"maxItems": policy.MESSAGES_ASKED_AT_ONCE, "items": {"maxLength": len(EXAMPLES["SmsItem.id"])}}

BOUNDS: dict[str, Schema] = {
    "since": INSTANT,
    "until": INSTANT,
    "cursor": INSTANT,
    "date": INSTANT,
    "expiration_date": INSTANT,
    "offset": {"maximum": policy.CONTACTS_PER_ACCOUNT},
    "permissions": {"maxItems": len(SCOPES)},
    "days": {"maxItems": len(DAYS)},
    "begin": CLOCK,
    "end": CLOCK,
    "zone": {"maxLength": 64},
    **dict.fromkeys(("client_id", "client_secret", "IssueAccessTokenForm.scope"), BODY),
    **dict.fromkeys((f"{name}TokenForm.token" for name in ("Introspect", "Revoke")), BODY),
    "CreateSenderNameRequest.sender": SENDER,
    "SendMfaCodeRequest.content": BODY,
    "ContactRequest.birthday_date": VALUE,
    "ContactRequest.email": LOGIN,
    "ContactRequest.group_id": {"items": {"maxLength": RECORD_CHARACTERS}},
    "ChangedCredentials.username": LOGIN,
    **dict.fromkeys((f"ListGroupsRequest.{name}" for name in ("name", "id", "group_id")), VALUES),
    "ListSubusersRequest.q": LOGIN,
    **dict.fromkeys((f"ContactFilterRequest.{name}" for name in (*FILTERED, "group_id")), VALUES),
    **dict.fromkeys((f"ListContactsRequest.{name}" for name in (*FILTERED, "group_id")), VALUES),
    **dict.fromkeys((f"SenderDoRequest.{name}" for name in ("add", "delete", "default", "status")), SENDER),
    "SmsDoRequest.to": NUMBERS,
    "SmsDoRequest.idx": {"maxItems": policy.RECIPIENTS_AT_ONCE},
    **dict.fromkeys((f"SmsDoRequest.param{place}" for place in "1234"), EACH),
    "SmsDoRequest.group": {"maxItems": policy.GROUPS_AT_ONCE, "items": {"maxLength": policy.GROUP_NAME_CHARACTERS}},
    "SmsDoRequest.message": BODY,
    "SmsDoRequest.from": SENDER,
    "SmsDoRequest.status": MESSAGES,
    "SmsDoRequest.sch_del": MESSAGES,
    "SmsDoRequest.max_parts": {"maximum": 255},
    **dict.fromkeys((f"SmsDoRequest.{name}" for name in ("datacoding", "template", "udh")), NONE),
    "SmsDoRequest.fallback": {"maxItems": 0},
    "UserDoRequest.add_user": {"maxLength": policy.SUBUSER_NAME_MAX_CHARACTERS},
    "UserDoRequest.credits": FLAG,
    "UserDoRequest.list": FLAG,
    "UserDoRequest.pass": MD5,
    "UserDoRequest.pass_api": MD5,
}
"""How much of a thing is taken where a flow or the gateway decides it, and not the type in the door."""


PARTIAL = frozenset(
    {"ContactRequest", "UpdateGroupRequest", "PermissionRequest", "UpdateSubuserRequest", "UpdateTokenRequest"}
)
"""The models of changes: what is left out stays, so that no property has a default."""


def described(name: str, model: Schema, *, comes_in: bool) -> Schema:
    """Return the model with a description and an example at each property."""
    properties = {
        key: _property(f"{name}.{key}", key, value, comes_in=comes_in)
        for key, value in model.get("properties", {}).items()
    }
    if name in PARTIAL:
        properties = {key: _without_default(value) for key, value in properties.items()}
    return model | ({"properties": properties} if properties else {})


def _without_default(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "default"}


def _property(whole: str, name: str, schema: Schema, *, comes_in: bool) -> Schema:
    told = {key: value for key, value in schema.items() if key != "title"}
    about = PROPERTIES.get(whole) or PROPERTIES.get(name)
    if about and "description" not in told:
        told["description"] = about
    example = EXAMPLES.get(whole, EXAMPLES.get(name, ...))
    if example is not ... and "examples" not in told and "$ref" not in json.dumps(told):
        told["examples"] = [[example] if _is_list(told) and not isinstance(example, list) else example]
    if comes_in:
        told = copy.deepcopy(told)
        bound(told, BOUNDS.get(whole, BOUNDS.get(name, {})))
    return told


def _is_list(schema: Schema) -> bool:
    return any(part.get("type") == "array" for part in (schema, *schema.get("anyOf", ())))


def bound(schema: Schema, bounds: Schema) -> None:
    """Add *bounds* to *schema*, in each of its alternatives."""
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") != "null" and "anyOf" not in part:
            _tighten(part, bounds)


def _tighten(schema: Schema, bounds: Schema) -> None:
    """Add *bounds* to *schema*, except those that its type already sets."""
    for key, bound in bounds.items():
        if isinstance(bound, dict):
            _tighten(schema[key], bound)
        elif key not in schema:
            schema[key] = bound


def sized(part: Any) -> Any:
    """Say of every integer in *part* whether it fits 32 bits: generated clients choose their type by that."""
    if isinstance(part, list):
        return [sized(one) for one in part]
    if not isinstance(part, dict):
        return part
    inner = {key: sized(value) for key, value in part.items()}
    return _integer(inner) if inner.get("type") == "integer" else inner


def _integer(schema: Schema) -> Schema:
    """Its width, and bounds that are integers too: Powertools makes floats of them."""
    bounds: Schema = {key: int(schema[key]) for key in ("minimum", "maximum") if key in schema}
    return {"format": _width(schema), **schema, **bounds}


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
