"""What is wrong with the fields of a request: the path of each, a stable code and an explanation, never its value."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from shared import policy
from shared.domain.scopes import SCOPES
from shared.errors import LocalPartNotAscii, NotAnEmail, WrongEncoding

PLAIN_NAME = "[a-z_]{1,32}|param[1-4]"
"""The form of our field names. A password has a capital or a digit and a code has digits, so neither passes for one."""

UNEXPLAINED = "This value is not allowed here."

EXPLANATIONS = {
    "missing": "This field is required.",
    "repeated": "This is given twice.",
    "in_query": "Send this in the body, not in the query string.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be a string.",
    "string_too_short": "This is too short.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This does not have the required form.",
    "string_unicode": "This is not valid Unicode.",
    "not_text": "This has control characters, or characters that stand for bytes which are no text. Send UTF-8.",
    "number_too_long": "This number is too long or too large.",
    "not_a_choice": "This must be one of the numbers that the API's description lists.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This number is too large.",
    "greater_than_equal": "This number is too small.",
    "less_than_equal": "This number is too large.",
    "not_an_instant": "This must be a time with its zone, such as 2026-01-31T12:00:00Z. In a query, write + as %2B.",
    "not_a_moment": "This must be seconds since 1970, or a time in ISO 8601, such as 2026-01-31T12:00:00+01:00. "
    "Without a zone it is UTC.",
    "not_a_cursor": "This is not a cursor from an earlier answer.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be an array.",
    "too_short": "At least one item is required.",
    "too_long": "There are too many items.",
    "not_one_line": "This must be one line of text without control characters.",
    "unknown_scope": f"There is no such scope. The scopes are {', '.join(sorted(SCOPES))}.",
    "not_a_day_or_instant": "This must be a day, such as 2026-01-31, or a time with its zone, such as "
    "2026-01-31T12:00:00Z.",
    "not_a_day": "This must be a day, such as 2026-01-31.",
    "not_a_field": "The name of a field of your own begins with a letter, contains letters, digits, spaces and dashes, "
    f"and has at most {policy.CONTACT_FIELD_CHARACTERS} characters.",
    "too_many_fields": f"A contact has at most {policy.CONTACT_FIELDS} fields of your own.",
    "comma": "This may have no comma in it: a message names groups with commas between them.",
    "no_filter": "Nothing can be filtered by this field.",
    "not_a_phone": "This is not a valid phone number. Write it with its country code, as in +48600100200.",
    "reads_as_host": "This contains what reads like the name of a host or its address.",
    "reads_as_number": f"This has more than {policy.LOGIN_DIGITS_IN_A_ROW} digits in a row, like a telephone number.",
    "reserved": "Nobody may have this login: the activity log means something else by it.",
    "wrong_encoding": WrongEncoding.message,
    NotAnEmail.code: NotAnEmail.message,
    LocalPartNotAscii.code: LocalPartNotAscii.message,
    "not_mobile": "The value is not valid mobile number.",
    "not_in_the_future": "This must be in the future.",
    "not_an_address": "This is not an IP address. Write 192.0.2.1, 2001:db8::1, 192.0.2.0/24, or 192.0.2.0-255.",
    "not_a_prefix": "The number after the / is not a prefix length of this kind of address.",
    "not_a_range": "This is not a range of last octets, such as 192.0.2.0-255.",
    "zone_id": "An address with a zone id is valid on one machine only. Leave the zone id out.",
    "host_bits_set": "This is not a network: the bits after its prefix must be zero.",
    "everybody": "This would allow every address, or half of them. Leave the list empty or switch it off instead.",
    "duplicate": "The list already contains these addresses.",
    "one_filter": "At least one of the filters is required.",
    "one_proof": "Send either password or code.",
    "not_points": "This must be a number of points: 0 or more, with at most four decimal places.",
    "not_expected": "This field was not expected.",
    "blank": "This value should not be blank.",
    "unknown_zone": "There is no such time zone. Write one such as Europe/Warsaw.",
    "unknown_day": "There is no such day of the week. The days are mon, tue, wed, thu, fri, sat, sun.",
    "not_a_time": "This must be a time of day, such as 08:00.",
    "empty": "A list without entries would refuse everybody. Switch it off instead.",
}
"""An explanation of each code that Pydantic or a door gives to a field.

Pydantic's own messages may quote what was sent, so none of them is answered. SMSAPI fixes the words of `not_mobile`,
`not_expected` and `blank`.
"""


class FieldError(BaseModel):
    """What is wrong with one field of a request. Its value is never repeated."""

    path: str
    error: str
    message: str


def field_errors(failure: RequestValidationError) -> list[FieldError]:
    """Return what is wrong with each field, of the first policy.FIELD_ERRORS_TOLD."""
    return [
        FieldError(
            path=_path(error["loc"]) if error["type"] != "not_a_field" else f"body.{own_name(error['loc'][-1])}",
            error=error["type"],
            message=_explanation(error),
        )
        for error in islice(failure.errors(), policy.FIELD_ERRORS_TOLD)
    ]


def is_of_answer(failure: RequestValidationError) -> bool:
    """Whether Powertools refused our own answer, because it does not fit its model."""
    return any(error["loc"][:1] == ("response",) for error in failure.errors())


def field_error(path: str, error: str) -> FieldError:
    """Return that the field at *path* of the body has *error*, one of EXPLANATIONS."""
    return FieldError(path=f"body.{path}".rstrip("."), error=error, message=EXPLANATIONS[error])


def error_at(place: Iterable[str | int], error: str) -> FieldError:
    """Return that the field at *place* of the request, whose names callers chose, has *error*, one of EXPLANATIONS."""
    return FieldError(path=_path(place), error=error, message=EXPLANATIONS[error])


def _explanation(error: dict[str, Any]) -> str:
    """Return an explanation in our own words. The allowed values of an enum are ours, so they are listed."""
    if error["type"] in ("enum", "literal_error"):
        return f"This must be {error['ctx']['expected']}."
    code = f"string_{error['type']}" if _is_length_of_text(error) else error["type"]
    return EXPLANATIONS.get(code, UNEXPLAINED)


def _is_length_of_text(error: dict[str, Any]) -> bool:
    """Return whether a text is too long or too short, and no list.

    Pydantic calls a text a value where a validator of ours ran before the check, as for logins.
    """
    return error["type"] in ("too_long", "too_short") and error["ctx"]["field_type"] == "Value"


def _path(loc: Iterable[str | int]) -> str:
    """Return where the field is, such as `body.login`, with `?` for a name that does not look like one of ours."""
    return ".".join(_plain_name(name) for name in loc)


def own_name(name: str | int) -> str:
    """Return the name that a customer gave to a field of their own, so that they can tell which one is meant.

    It has `?` for each sign that no name may have, and for each letter and digit if it has a capital or a digit: then
    it may be a secret that was typed in the wrong place, and only its shape is shown.
    """
    hidden = r"[^ _-]" if re.search("[A-Z]|[0-9]", str(name)) else r"[^\w -]"
    return re.sub(hidden, "?", str(name))[: policy.CONTACT_FIELD_CHARACTERS]


def _plain_name(name: str | int) -> str:
    """Return a name that is safe to repeat: an index, or a PLAIN_NAME. Callers choose the names of unknown fields."""
    return str(name) if isinstance(name, int) or re.fullmatch(PLAIN_NAME, name) else "?"
