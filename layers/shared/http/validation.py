"""What is wrong with a field, told by its path and a code; the value itself is never repeated."""

import re
from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from shared.domain.scopes import SCOPES

PLAIN_NAME = "[a-z_]{1,32}"
"""What a field is called here. A password has a capital and a digit, a code digits, so neither passes for a name."""

EXPLANATIONS = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This must be a string.",
    "string_too_short": "This is too short.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This is not of the form that it must have.",
    "string_unicode": "This is not valid Unicode.",
    "not_a_choice": "This is not one of the numbers to choose from.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This must be a smaller number.",
    "greater_than_equal": "This is too small.",
    "less_than_equal": "This is too large.",
    "not_an_instant": "This must be an instant with its zone, as 2026-01-31T12:00:00Z. Write + as %2B.",
    "not_a_cursor": "This is no cursor that was given out here.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be an array.",
    "too_short": "There must be one at least.",
    "too_long": "These are too many.",
    "not_one_line": "This must be one line of text without characters that cannot be seen.",
    "unknown_scope": f"This is no scope. There are {', '.join(sorted(SCOPES))}.",
    "not_a_day_or_instant": "This must be a day, as 2026-01-31, or an instant with its zone, as 2026-01-31T12:00:00Z.",
    "not_a_day": "This must be a day, as 2026-01-31.",
    "not_a_field": "Fields of your own have letters, digits, blanks and dashes in their names, and there are few.",
    "not_mobile": "The value is not valid mobile number.",
    "not_in_the_future": "This must lie in the future.",
    "not_an_address": "This is no address. Write 192.0.2.1, 2001:db8::1, 192.0.2.0/24, or 192.0.2.0-255.",
    "not_a_prefix": "The number behind the / is none that such an address can have.",
    "not_a_range": "This is no range of last octets, as 192.0.2.0-255.",
    "zone_id": "An address with a zone means something on one machine alone.",
    "host_bits_set": "Behind its prefix a network has only zeros.",
    "everybody": "This would be everybody. Leave the list out, or switch it off, instead.",
    "duplicate": "These addresses are in the list already.",
    "not_points": "This must be a number of points, 0 or more, with four decimals at most.",
    "not_expected": "This field was not expected.",
    "blank": "This value should not be blank.",
    "unknown_zone": "There are no clocks of this name. Write one as Europe/Warsaw.",
    "unknown_day": "This is no day of the week. There are mon, tue, wed, thu, fri, sat, sun.",
    "not_a_time": "This must be a time of the day, as 08:00.",
    "empty": "A list without entries would refuse everybody. Switch it off instead.",
}
"""Pydantic's own texts may hold what was sent, so none of them leaves."""


class Miss(BaseModel):
    """One thing that is wrong with a request. The value itself is never repeated."""

    path: str
    error: str
    message: str


def misses(failure: RequestValidationError) -> list[Miss]:
    """What is wrong with each field, by its path."""
    return [
        Miss(
            path=_path(error["loc"]),
            error=error["type"],
            message=_explanation(error),
        )
        for error in failure.errors()
    ]


def miss(path: str, error: str) -> Miss:
    """What is wrong with the field at *path* of the body, by a code that there is an explanation for."""
    return Miss(path=f"body.{path}".rstrip("."), error=error, message=EXPLANATIONS[error])


def _explanation(error: dict[str, Any]) -> str:
    """Where there is a choice it is told: those words are ours."""
    if error["type"] in ("enum", "literal_error"):
        return f"This must be {error['ctx']['expected']}."
    return EXPLANATIONS.get(error["type"], "This is not a value that is allowed here.")


def _path(loc: Iterable[str | int]) -> str:
    """Where the field is, as `body.login`. Names are the caller's words, so only plain ones are repeated."""
    return ".".join(_plain_name(name) for name in loc)


def _plain_name(name: str | int) -> str:
    """A number is a place in an array, and ours."""
    return str(name) if isinstance(name, int) or re.fullmatch(PLAIN_NAME, name) else "?"
