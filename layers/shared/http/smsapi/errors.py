"""Refusals as SMSAPI's clients read them: a number with status 200 on `*.do`, a status and a tag elsewhere.

Statuses, tags and numbers are those that the clients check, see docs/migrate-from-smsapi.md.
"""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from itertools import accumulate
from typing import Any

from pydantic import BaseModel

from shared import errors, policy
from shared.errors import InvalidRequest, NoRecipients, Refusal
from shared.http.bodies import JSON, TEXT, Event, header
from shared.http.smsapi.parameters import is_json
from shared.http.validation import FieldError

STATUS: dict[type[Refusal], HTTPStatus] = {
    errors.InvalidRequest: HTTPStatus.BAD_REQUEST,
    errors.NotMobile: HTTPStatus.BAD_REQUEST,
    errors.WeakPassword: HTTPStatus.BAD_REQUEST,
}
"""Statuses of REST answers that differ from those on our own routes."""

TAGS: dict[type[Refusal], str] = {
    errors.InvalidRequest: "invalid_request_data",
    errors.InvalidJson: "invalid_request_data",
    errors.NotMobile: "invalid_request_data",
    errors.WeakPassword: "invalid_domain_logic",
}
"""Tags of REST answers that differ from our codes. The clients' own tests name them."""

NUMBERS: dict[type[Refusal], int] = {
    Refusal: 8,
    errors.FailedProof: 101,
    errors.AddressNotAllowed: 105,
    errors.NotThroughProxy: 105,
    errors.InsufficientScope: 401,
    errors.ExceedsRights: 401,
    errors.OwnerOnly: 1000,
    errors.NotAvailable: 110,
    errors.AccountSuspended: 110,
    errors.SendingOff: 110,
    errors.ContentEmpty: 11,
    errors.PartsExceeded: 12,
    errors.NoRecipients: 13,
    errors.SenderNotAllowed: 14,
    errors.ParamsUneven: 17,
    errors.RecipientsExceeded: 18,
    errors.IdxUneven: 20,
    errors.AbroadRefused: 32,
    errors.GroupUnknown: 40,
    errors.GroupEmpty: 41,
    errors.TooFarAhead: 50,
    errors.NumberRepeated: 52,
    errors.IdxUsed: 53,
    errors.ExpiryRefused: 56,
    errors.OutsideHours: 74,
    errors.GroupNotAlone: 93,
    errors.LimitReached: 96,
    errors.NoPoints: 103,
    errors.TemplateUnknown: 104,
    errors.CountryRefused: 112,
    errors.NotifyUrlRefused: 70,
    errors.TooMany: 203,
    errors.Outrun: 201,
    errors.Unavailable: 201,
    errors.MessageUnknown: 301,
    errors.UnknownAction: 1001,
    errors.SubuserQuotaReached: 1010,
    errors.NothingToChange: 1021,
    errors.UnknownSubuser: 1032,
    errors.LoginTaken: 1115,
    errors.WeakPassword: 1120,
    errors.UnknownSenderAction: 2001,
    errors.SenderQuotaReached: 2010,
    errors.SenderUnknown: 2031,
    errors.SenderInactive: 2061,
    errors.SenderInvalid: 2112,
    errors.SenderExists: 2115,
}
"""The numbers of `*.do`. A refusal without its own has that of its nearest ancestor."""

WORDS: dict[type[Refusal], str] = {
    errors.FailedProof: "Authorization failed",
    errors.ClientSecretShown: errors.ClientSecretShown.message,
    errors.SessionShown: errors.SessionShown.message,
}
"""Messages of `*.do` that SMSAPI fixes, in place of our own. It knows no such secrets, so it has no words for them."""

FIELDS = {
    "to": 13,
    "message": 11,
    "from": 14,
    "date": 54,
    "expiration_date": 56,
    "idx": 27,
    "max_parts": 12,
    "time_restriction": 28,
    "udh": 30,
    "notify_url": 70,
    "status": 400,
    "add_user": 1110,
    "pass": 1120,
    "pass_api": 1190,
    "limit": 1130,
    "month_limit": 1140,
    "senders": 1150,
    "phonebook": 1160,
    "active": 1170,
    "info": 1180,
    "add": 2112,
}
"""The number for an invalid parameter of `*.do`, by its name."""

FAULTS = {
    ("add_user", "missing"): 1111,
    ("add_user", "string_too_short"): 1112,
    ("add_user", "string_too_long"): 1113,
    ("add_user", "string_pattern_mismatch"): 1114,
    ("add_user", "reads_as_host"): 1114,
    ("add_user", "reads_as_number"): 1114,
    ("add_user", "reserved"): 1114,
    ("pass", "string_pattern_mismatch"): 1123,
    ("pass_api", "string_pattern_mismatch"): 1193,
    ("limit", "not_points"): 1131,
    ("month_limit", "not_points"): 1141,
    ("info", "string_too_long"): 1183,
}
"""More exact numbers, by the parameter's name and what is wrong with it. They come before FIELDS."""


AS_A_WHOLE = (errors.InvalidForm, errors.ParameterInQuery)
"""Refusals of how the parameters are sent. Their number is not that of the parameter's value."""

ASKS_FOR_JSON = re.compile("(?:^|&)format=json(?:&|$)")


class RestErrorItem(BaseModel):
    """What is wrong with one parameter. Its value is never repeated."""

    message: str
    error: str
    path: str | None = None
    value: str | None = None


class RestErrorResponse(BaseModel):
    """Why the request was refused. `error` is a stable tag; `message` is for people."""

    message: str
    error: str
    developer_description: str | None = None
    errors: list[RestErrorItem] | None = None


class InvalidNumber(BaseModel):
    """A recipient to whom no message can be sent."""

    number: str
    submitted_number: str
    message: str


class LegacyErrorResponse(BaseModel):
    """Why a `*.do` refused the request, with status 200. `error` is one of SMSAPI's numbers."""

    error: int
    message: str
    invalid_numbers: list[InvalidNumber] | None = None
    request_id: str | None = None


def invalid_numbers(numbers: Iterable[str]) -> list[InvalidNumber]:
    """Return what an answer tells of numbers that get no message: their beginnings, if they are longer than any number,
    and not all of them, if they take more than policy.INVALID_NUMBERS_BYTES.
    """
    told = [one[: policy.MAX_PHONE_CHARACTERS] for one in numbers]
    sizes = accumulate(len(json.dumps(one)) for one in told)
    few = [one for one, size in zip(told, sizes, strict=True) if size <= policy.INVALID_NUMBERS_BYTES]
    return [InvalidNumber(number=one, submitted_number=one, message="Invalid phone number") for one in few]


def is_legacy(path: str) -> bool:
    """Whether *path* is one of SMSAPI's older ones, which answer 200 even to refuse."""
    return path.endswith(".do")


def status_and_tag(refusal: type[Refusal], status: HTTPStatus) -> tuple[HTTPStatus, str]:
    """Return the status and the tag of a REST answer. *status* is the one on our own routes."""
    return _nearest(STATUS, refusal) or status, _nearest(TAGS, refusal) or refusal.code


def answer_to(
    event: Event, refusal: Refusal, field_errors: list[FieldError], status: HTTPStatus
) -> tuple[HTTPStatus, str, str]:
    """Return status, content type and body of the answer to *refusal*. *status* is the one on our own routes."""
    if is_legacy(event["path"]):
        return _legacy_answer(event, refusal, field_errors)
    status, tag = status_and_tag(type(refusal), status)
    items = [RestErrorItem(message=one.message, error=tag, path=_with_brackets(one.path)) for one in field_errors]
    body = RestErrorResponse(
        message=items[0].message if items else refusal.message,
        error=tag,
        errors=items if items or status == HTTPStatus.BAD_REQUEST else None,  # the C# client does not check for null
    )
    return status, JSON, body.model_dump_json()


def wants_json(event: Event) -> bool:
    """Whether `format=json` is among the parameters, or seems to be in a body that could not be read."""
    if is_json((event.get("queryStringParameters") or {}).get("format")):
        return True
    if "parameters" in event:
        return is_json(event["parameters"].get("format"))
    return bool(event.get("body")) and _seems_to_want_json(event)


def _seems_to_want_json(event: Event) -> bool:
    """Whether the sender of an unreadable body reads JSON: it says so, or the body was to be JSON itself."""
    declared, body = header(event, "content-type").lower(), str(event["body"])[: policy.MAX_BODY_BYTES].lower()
    if "multipart" in declared:
        return "format" in body and "\njson" in body
    return "json" in declared or ASKS_FOR_JSON.search(body) is not None


MISTAKE = 999
"""The number of `*.do` for a mistake of ours."""


def answer_to_mistake(event: Event, message: str, request_id: str) -> tuple[HTTPStatus, str, str]:
    """Return status, content type and body of the answer of a `*.do` to a request that met a mistake of ours."""
    if not wants_json(event):
        return HTTPStatus.OK, TEXT, f"ERROR:{MISTAKE}"
    body = LegacyErrorResponse(error=MISTAKE, message=message, request_id=request_id)
    return HTTPStatus.OK, JSON, body.model_dump_json(exclude_none=True)


def _legacy_answer(event: Event, refusal: Refusal, field_errors: list[FieldError]) -> tuple[HTTPStatus, str, str]:
    number = _number(refusal, field_errors)
    if not wants_json(event):
        return HTTPStatus.OK, TEXT, f"ERROR:{number}"
    message = _nearest(WORDS, type(refusal)) or refusal.message
    if field_errors:
        field = _with_brackets(field_errors[0].path)
        # Where the number does not say which parameter is meant, the message does.
        message = ": ".join([*([field] if field and number == NUMBERS[Refusal] else []), field_errors[0].message])
    body = LegacyErrorResponse(error=number, message=message)
    if isinstance(refusal, NoRecipients):
        body.invalid_numbers = invalid_numbers(refusal.numbers)
    return HTTPStatus.OK, JSON, body.model_dump_json(exclude_none=True)


def _number(refusal: Refusal, field_errors: list[FieldError]) -> int:
    if isinstance(refusal, InvalidRequest) and field_errors and not isinstance(refusal, AS_A_WHOLE):
        _, _, field = field_errors[0].path.partition(".")
        return FAULTS.get((field, field_errors[0].error)) or FIELDS.get(field.partition(".")[0], NUMBERS[Refusal])
    return _nearest(NUMBERS, type(refusal)) or NUMBERS[Refusal]


def _nearest(table: dict[type[Refusal], Any], refusal: type[Refusal]) -> Any:
    """Return the entry of the nearest ancestor in *table*, or None."""
    return next((table[kind] for kind in refusal.__mro__ if kind in table), None)


def _with_brackets(path: str) -> str | None:
    """Return *path* in SMSAPI's style: `credentials[password]` for `body.credentials.password`."""
    _, *names = path.split(".")
    return names[0] + "".join(f"[{name}]" for name in names[1:]) if names else None
