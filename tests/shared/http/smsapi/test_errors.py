"""Answers to SMSAPI clients: the shapes that each of them can read (rules of their contract in test names)."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from shared import errors
from shared.errors import Refusal
from shared.http.smsapi import errors as smsapi_errors
from shared.http.validation import FieldError

REFUSALS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)),
    key=lambda kind: kind.__name__,
)
MISS = FieldError(path="body.credentials.password", error="too_short", message="This is too short.")


def _event(path: str, **parameters: object) -> dict[str, Any]:
    return {"path": path, "body": json.dumps(parameters), "parameters": parameters}


def _no(event: dict[str, Any], refusal: Refusal, *misses: FieldError) -> tuple[int, str, Any]:
    status, content_type, body = smsapi_errors.answer_to(event, refusal, list(misses), HTTPStatus.FORBIDDEN)
    return int(status), content_type, json.loads(body) if "json" in content_type else body


@pytest.mark.parametrize(
    ("refusal", "number"),
    [
        (errors.FailedProof(), 101),
        (errors.TokenRefused(), 101),
        (errors.WrongPassword(), 101),
        (errors.AddressNotAllowed(), 105),
        (errors.InsufficientScope("sms"), 401),
        (errors.OwnerOnly(), 1000),
        (errors.NotAvailable(), 110),
        (errors.NoPoints(), 103),
        (errors.LimitReached(), 96),
        (errors.CountryRefused(), 112),
        (errors.AbroadRefused(), 32),
        (errors.NumberRepeated(), 52),
        (errors.TooManyForgeries(), 203),
        (errors.Unavailable(), 201),
        (errors.InvalidJson(), 8),
    ],
)
def test_a_do_answers_200_with_a_number(refusal: Refusal, number: int):
    status, content_type, body = _no(_event("/sms.do", format="json"), refusal)
    assert (status, content_type) == (200, "application/json; charset=utf-8")
    assert body == {"error": number, "message": "Authorization failed" if number == 101 else refusal.message}


def test_without_format_json_it_is_text():
    assert _no(_event("/sms.do"), errors.AddressNotAllowed()) == (200, "text/plain; charset=utf-8", "ERROR:105")


def test_a_parameter_that_is_not_as_it_must_be_has_a_number_of_its_own():
    miss = FieldError(path="body.date", error="bad", message="This is no date.")
    _, _, body = _no(_event("/sms.do", format="json"), errors.InvalidRequest(), miss)
    assert body == {"error": 54, "message": "This is no date."}
    elsewhere = FieldError(path="body.flash", error="bool_type", message="This must be true or false.")
    assert _no(_event("/sms.do", format="json"), errors.InvalidRequest(), elsewhere)[2]["error"] == 8


CODES = {
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
"""As SMSAPI's documentation lists them."""


@pytest.mark.parametrize("parameter", sorted(CODES.keys() | smsapi_errors.FIELDS.keys()))
def test_a_parameter_that_is_wrong_has_the_code_that_clients_know(parameter: str):
    miss = FieldError(path=f"body.{parameter}", error="bad", message="This is wrong.")
    _, _, body = _no(_event("/user.do", format="json"), errors.InvalidRequest(), miss)
    assert body["error"] == CODES[parameter]


def test_numbers_that_are_none_are_told_as_they_came():
    _, _, body = _no(_event("/sms.do", format="json"), errors.NoRecipients(("123",)))
    item = {"number": "123", "submitted_number": "123", "message": "Invalid phone number"}
    assert body == {"error": 13, "message": "No correct phone numbers", "invalid_numbers": [item]}


def test_a_rest_answer_has_a_tag_and_what_is_wrong_in_the_style_of_forms():
    status, _, body = _no(_event("/subusers"), errors.InvalidRequest(), MISS)
    item = {"message": MISS.message, "error": "invalid_request_data", "path": "credentials[password]", "value": None}
    assert status == 400
    assert body == {
        "message": MISS.message,
        "error": "invalid_request_data",
        "developer_description": None,
        "errors": [item],
    }


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_can_be_read_by_every_client(kind: type[Refusal]):
    """PHP wants an integer from a `*.do` and text elsewhere, Java no empty body, C# an array with each 400."""
    assert isinstance(smsapi_errors._nearest(smsapi_errors.NUMBERS, kind), int)
    status, tag = smsapi_errors.status_and_tag(kind, HTTPStatus.BAD_REQUEST)
    assert tag
    assert tag == tag.lower()
    assert status >= HTTPStatus.BAD_REQUEST


def test_a_400_has_an_array_of_errors_even_where_no_field_is_to_blame():
    status, _, body = _no(_event("/contacts"), errors.InvalidForm())
    assert (status, body["errors"]) == (400, [])


@pytest.mark.parametrize(
    ("body", "content_type", "json_due"),
    [
        ("{", "application/json", True),
        ("to=%ff&format=json", "application/x-www-form-urlencoded", True),
        ("to=%ff&format=JSON&a=1", "", True),
        ("to=%ff", "application/x-www-form-urlencoded", False),
        ("to=%ff&format=jsonp", "", False),
        ('--x\r\nContent-Disposition: form-data; name="format"\r\n\r\njson', "multipart/form-data; boundary=x", True),
        ("--x", "multipart/form-data; boundary=x", False),
        ("<sms/>", "text/xml", False),
    ],
)
def test_an_unreadable_body_gets_text_unless_it_seems_to_ask_for_json(body: str, content_type: str, json_due: bool):
    event = {"path": "/sms.do", "body": body, "headers": {"Content-Type": content_type}}
    told = _no(event, errors.InvalidForm())[2]
    assert told == {"error": 8, "message": errors.InvalidForm.message} if json_due else told == "ERROR:8"
