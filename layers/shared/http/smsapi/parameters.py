"""What the SMSAPI clients send, as one set of parameters: each has encodings and spellings of its own.

Forms with brackets, JSON, multipart and nothing at all, parameters in the query as well as in the body, whatever the
method (docs/migrate-from-smsapi.md).
"""

import re
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared import policy
from shared.errors import InvalidForm, ParameterInQuery, UnsupportedMediaType
from shared.http import bodies
from shared.http.bodies import Event, header

type Parameters = dict[str, Any]

NAME = r"([^\[\]]+)((?:\[[^\[\]]*\])*)"
"""`points[per_month]`, `idx[0]`, `idx[]`."""

SECRETS = {"code", "credentials", "pass", "pass_api", "password"}
"""What is taken from a body alone. A token in an address is passed over, as if there were none."""

FLAGS = {"1": True, "true": True, "0": False, "false": False}


class Lenient(BaseModel):
    """What comes in. Clients send fields that mean nothing to us, such as `format`, and those are passed over."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


def _flag(value: object) -> object:
    """Raises as Pydantic does for what is neither yes nor no in any client's spelling."""
    told = FLAGS.get(str(value).casefold()) if isinstance(value, str | int) else None
    if told is None:
        raise PydanticCustomError("bool_type", "neither yes nor no")
    return told


def _text(value: object) -> object:
    """Numbers are text to some clients, and text is numbers to others."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """One, several, or several with commas between."""
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    return value if isinstance(value, list) else [value]


Flag = Annotated[bool, BeforeValidator(_flag)]
AS_TEXT = BeforeValidator(_text)
"""Stands behind what a text must be like, so that what is wrong with it is told as of a text."""

Text = Annotated[str, AS_TEXT]
Listed = Annotated[list[Text], BeforeValidator(_listed)]


class Legacy(Lenient):
    """The same where a path ends in `.do`: whoever wants JSON says so, and any other word is passed over."""

    format: Annotated[Text, Field(json_schema_extra={"enum": ["", "json"]})] = ""


def given(event: Event) -> Parameters:
    """Those of the query and of the body together; the body's win. What is null was not given.

    Raises BodyTooLarge, UnsupportedMediaType, InvalidJson, NotAnObject, InvalidForm, ParameterInQuery.
    """
    body = _body(event) if event.get("body") else {}
    parameters: Parameters = _without_nulls(_query(event) | body)
    return parameters


def _query(event: Event) -> Parameters:
    """Raises ParameterInQuery for what is secret: addresses are written into logs (ASVS V14.2.1)."""
    many: dict[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    if any(name.partition("[")[0] in SECRETS for name in many):
        raise ParameterInQuery
    return _nested([(name, value) for name, values in many.items() for value in values])


def _body(event: Event) -> Parameters:
    media_type, options = parse_options_header(header(event, "content-type"))
    match media_type.lower():
        case "application/json":
            return bodies.json_object(event)
        case "application/x-www-form-urlencoded" | "":
            return _nested(_form(event))
        case "multipart/form-data":
            return _nested(_parts(event, options.get("boundary", "")))
    raise UnsupportedMediaType


def _form(event: Event) -> list[tuple[str, str]]:
    """Raises BodyTooLarge, InvalidForm."""
    try:
        body = bodies.raw(event).decode()
        return parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=policy.MAX_PARAMETERS)
    except ValueError as failure:
        raise InvalidForm from failure


def _parts(event: Event, boundary: str) -> list[tuple[str, str]]:
    """Raises BodyTooLarge, InvalidForm. A part with a file's name is a parameter like any other."""
    try:
        parser = MultipartParser(BytesIO(bodies.raw(event)), boundary, part_limit=policy.MAX_PARAMETERS)
        return [(part.name, part.value) for part in parser]
    except (MultipartError, ValueError, LookupError) as failure:
        raise InvalidForm from failure


def _nested(pairs: list[tuple[str, str]]) -> Parameters:
    """Brackets make objects and arrays, and so does a name that is given twice."""
    parameters: Parameters = {}
    for name, value in pairs:
        match = re.fullmatch(NAME, name)
        keys = [match[1], *re.findall(r"\[(.*?)\]", match[2])] if match else [name]
        _put(parameters, keys, value)
    return {name: _ordered(value) for name, value in parameters.items()}


def _put(into: Parameters, keys: list[str], value: str) -> None:
    """Raises InvalidForm where a name is a value and an object at once, or too deep."""
    first, *rest = keys
    if len(keys) > policy.MAX_PARAMETER_DEPTH:
        raise InvalidForm
    if rest and rest != [""]:
        inner = into.setdefault(first, {})
        if not isinstance(inner, dict):
            raise InvalidForm
        return _put(inner, rest, value)
    present = into.get(first)
    if isinstance(present, dict):
        raise InvalidForm
    if present is None:
        into[first] = [value] if rest else value
    else:
        into[first] = [*(present if isinstance(present, list) else [present]), value]
    return None


def _ordered(value: Any) -> Any:
    """What has only numbers for names is an array."""
    if not isinstance(value, dict):
        return value
    inner = {name: _ordered(one) for name, one in value.items()}
    return [inner[place] for place in sorted(inner, key=int)] if all(map(_is_place, inner)) else inner


def _is_place(name: str) -> bool:
    return re.fullmatch("[0-9]{1,4}", name) is not None


def _without_nulls(value: Any, depth: int = 0) -> Any:
    """Some clients leave out what was not said, others send null for it (PHP and Python, Go).

    Raises InvalidForm where arrays and objects lie deeper in each other than anybody's do.
    """
    if depth > policy.MAX_PARAMETER_DEPTH:
        raise InvalidForm
    if isinstance(value, dict):
        return {name: _without_nulls(one, depth + 1) for name, one in value.items() if one is not None}
    return [_without_nulls(one, depth + 1) for one in value] if isinstance(value, list) else value
