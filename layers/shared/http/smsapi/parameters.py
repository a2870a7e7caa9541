"""Read what SMSAPI's clients send as one set of parameters, although each client has its own encoding and spelling.

They send forms with brackets, JSON, multipart or no body, and parameters in the query and in the body, with any method
(docs/migrate-from-smsapi.md).
"""

import re
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared import policy
from shared.errors import InvalidForm, ParameterInQuery, UnsupportedMediaType, WrongEncoding
from shared.http import bodies, texts
from shared.http.bodies import Event, header
from shared.http.smsapi import encodings

type Parameters = dict[str, Any]

NAME = r"([^\[\]]+)((?:\[[^\[\]]*\])*)"
"""The form of a name: `points[per_month]`, `idx[0]`, `idx[]`."""

SECRETS = {"code", "credentials", "pass", "pass_api", "password"}
"""Parameters that are refused in the query. A token there (`access_token`) is ignored, as if there were none."""

FLAGS = {"1": True, "true": True, "0": False, "false": False}


class Lenient(BaseModel):
    """The base of request models of SMSAPI routes: unknown fields, such as `format`, are ignored."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


NARROWS_NOTHING = ("_", "access_token", "encoding", "format", "with")
"""Parameters that programs add to any request. No list is shorter for them."""


class Filters(Lenient):
    """The base of request models of lists. An unknown parameter is refused: it might be meant to narrow the list.

    A program that looks something up and acts on the first of what it gets would act on something else.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_others(cls, given: Any) -> Any:
        """Leave out what narrows nothing."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if name not in NARROWS_NOTHING}


def _flag(value: object) -> object:
    """Return the boolean in any client's spelling. Raises PydanticCustomError for any other value."""
    flag = FLAGS.get(str(value).casefold()) if isinstance(value, str | int) else None
    if flag is None:
        raise PydanticCustomError("bool_type", "neither true nor false")
    return flag


def text(value: object) -> object:
    """Return a number as text, and any other value as it is.

    Some clients send as a JSON number what others send as a string.
    """
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """Return a list, which clients send as one value, as an array, or as text with commas."""
    if isinstance(value, str):
        return [one.strip() for one in value.split(",") if one.strip()]
    return value if isinstance(value, list) else [value]


Flag = Annotated[bool, BeforeValidator(_flag)]
AS_TEXT = BeforeValidator(text)
"""Reads a number as text. In an Annotated type it stands after the constraints, since it runs before them then."""

Text = Annotated[str, AS_TEXT]

AS_LIST = BeforeValidator(_listed)
"""Reads a list in any form. It stands after the constraints as well, so that Pydantic knows that a list is too long."""

Listed = Annotated[list[Text], AS_LIST]


def is_json(given: object) -> bool:
    """Whether a `format`, which is read without regard to case, asks for JSON."""
    return isinstance(given, str) and given.casefold() == "json"


class Legacy(Lenient):
    """The base of request models of `*.do`. Any `format` but `json`, in any case, means plain text."""

    format: Annotated[Text, Field(json_schema_extra={"enum": ["", "json"]})] = ""

    @property
    def wants_json(self) -> bool:
        return is_json(self.format)


def given(event: Event) -> Parameters:
    """Return the parameters of the query and of the body, which wins over the query. Nulls are left out.

    Raises BodyTooLarge, UnsupportedMediaType, InvalidJson, NotAnObject, InvalidForm, ParameterInQuery or, on `*.do`,
    EncodingUnknown.
    """
    query = _query(event)
    body = _body(event, query.get("encoding")) if event.get("body") else {}
    parameters: Parameters = _without_nulls(query | body)
    if _is_legacy(event):
        encodings.named(parameters.get("encoding"))
    return parameters


def _is_legacy(event: Event) -> bool:
    """Whether the request is for a `*.do`. Elsewhere `encoding` may be the name of a contact's own field."""
    return str(event.get("path", "")).endswith(".do")


def _query(event: Event) -> Parameters:
    """Return the parameters of the query. Raises ParameterInQuery for a secret: logs hold URLs (ASVS V14.2.1)."""
    query: dict[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    if secret := next((name for name in query if name.partition("[")[0] in SECRETS), None):
        raise ParameterInQuery(secret.partition("[")[0])
    pairs = [(name, value) for name, values in query.items() for value in values]
    for name, value in pairs:
        encodings.must_be_whole(value, name)
    return _nested(pairs)


def _body(event: Event, encoding: object) -> Parameters:
    """Return the parameters of the body. *encoding* is what the query says of it."""
    media_type, options = parse_options_header(header(event, "content-type"))
    match media_type.lower():
        case "application/json":
            return bodies.json_object(event)
        case "application/x-www-form-urlencoded" | "":
            return _nested(_form(event, encoding))
        case "multipart/form-data":
            return _nested(_parts(event, options.get("boundary", "")))
    raise UnsupportedMediaType


def _form(event: Event, encoding: object) -> list[tuple[str, str]]:
    """Return the names and values of a form, whose percent-encoded bytes are decoded as its `encoding` says on `*.do`.

    Raises BodyTooLarge, InvalidForm, WrongEncoding or EncodingUnknown.
    """
    try:
        body = bodies.raw(event).decode()
        encodings.must_be_whole(body)
        charset = encodings.declared(body, encoding) if _is_legacy(event) else encodings.UTF_8
        pairs = parse_qsl(
            body,
            keep_blank_values=True,
            encoding=charset,
            errors="surrogateescape",  # so that the parameter can be named
            max_num_fields=_most_fields(event),
        )
        for name, value in pairs:
            encodings.must_be_of(charset, value, name)
    except UnicodeDecodeError as failure:
        raise WrongEncoding from failure
    except ValueError as failure:
        raise InvalidForm from failure
    return pairs


def _parts(event: Event, boundary: str) -> list[tuple[str, str]]:
    """Return the names and values of a multipart body, in which a file counts as a value.

    Raises BodyTooLarge or InvalidForm.
    """
    try:
        body = bodies.raw(event)
        if body.strip() == f"--{boundary}\r\n\r\n--{boundary}--".encode():
            return []  # as .NET writes a form without fields
        encodings.must_be_whole(body.decode())
        parser = MultipartParser(BytesIO(body), boundary, part_limit=_most_fields(event))
        return [(part.name, part.value) for part in parser]
    except (MultipartError, ValueError, LookupError) as failure:
        raise InvalidForm from failure


def _most_fields(event: Event) -> int:
    """Return how many fields a form may have. Where messages are ordered, some programs send one for each number."""
    return policy.MAX_PARAMETERS + (policy.RECIPIENTS_OF_ORDER if bodies.is_order(event) else 0)


def _nested(pairs: list[tuple[str, str]]) -> Parameters:
    """Return *pairs* as objects and arrays, made of names in brackets and of names that occur twice.

    Raises InvalidForm, or a refusal of `texts.must_be_carried`.
    """
    parameters: Parameters = {}
    for name, value in pairs:
        texts.must_be_carried(name, ("body", "?"))
        texts.must_be_carried(value, ("body", name.partition("[")[0]))
        match = re.fullmatch(NAME, name)
        keys = [match[1], *re.findall(r"\[(.*?)\]", match[2])] if match else [name]
        _put(parameters, keys, value)
    return {name: _ordered(value) for name, value in parameters.items()}


def _put(into: Parameters, keys: list[str], value: str) -> None:
    """Store *value* under *keys*. Raises InvalidForm if a name is both a value and an object, or nested too deeply."""
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
    if isinstance(present, list):
        present.append(value)
    elif present is None:
        into[first] = [value] if rest else value
    else:
        into[first] = [present, value]
    return None


def _ordered(value: Any) -> Any:
    """Return an object whose names are all numbers as an array, at every depth."""
    if not isinstance(value, dict):
        return value
    inner = {name: _ordered(one) for name, one in value.items()}
    return [inner[index] for index in sorted(inner, key=int)] if all(map(is_index, inner)) else inner


def is_index(name: str) -> bool:
    """Whether *name* is the place of a value in an array."""
    return re.fullmatch("[0-9]{1,4}", name) is not None


def _without_nulls(value: Any, depth: int = 0) -> Any:
    """Return *value* without nulls: Go sends null for what PHP and Python leave out.

    Raises InvalidForm if arrays and objects are nested too deeply.
    """
    if depth > policy.MAX_PARAMETER_DEPTH:
        raise InvalidForm
    if isinstance(value, dict):
        return {name: _without_nulls(one, depth + 1) for name, one in value.items() if one is not None}
    return [_without_nulls(one, depth + 1) for one in value] if isinstance(value, list) else value
