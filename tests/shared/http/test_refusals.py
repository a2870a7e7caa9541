"""The answer to a refusal: how much a stranger learns of it, and in the form that each client reads."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from shared import errors, policy
from shared.errors import Refusal
from shared.http import refusals
from shared.http.refusals import refusal_response, status_of
from shared.http.validation import EXPLANATIONS, FieldError
from shared.observability import logger, metrics

OURS, CLIENTS, LEGACY, REST = "/login", "/oauth/token", "/sms.do", "/subusers"
SECOND = timedelta(seconds=1)
MISS = FieldError(path="body.login", error="missing", message="This field is required.")
REFUSALS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]


@pytest.fixture(autouse=True)
def _counts() -> Iterator[None]:
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def respond(refusal: Refusal, *misses: FieldError, path: str = OURS) -> Response[str]:
    context = {"identity": {"userAgent": None}}
    event = {"httpMethod": "POST", "path": path, "headers": {}, "body": "{}", "parameters": {"format": "json"}}
    event["requestContext"] = context
    return refusal_response(event, refusal, list(misses) or None)


def body(refusal: Refusal, *misses: FieldError, path: str = OURS) -> Any:
    return json.loads(respond(refusal, *misses, path=path).body or "")


def headers(refusal: Refusal, path: str = OURS) -> dict[str, Any]:
    """Return the headers beside the content type."""
    told = dict(respond(refusal, path=path).headers)
    del told["Content-Type"]
    return told


# --- Statuses ---------------------------------------------------------------------------------------------


class Childless(Refusal):
    """A refusal that no table knows."""


class Grandchild(errors.UnknownLogin):
    """A refusal below one that looks like its parent."""


STATUSES: dict[int, list[type[Refusal]]] = {
    400: [Childless, errors.InvalidJson, errors.SenderInvalid],
    401: [errors.FailedProof, errors.WrongPassword, Grandchild, errors.StepUpNeeded],
    402: [errors.NoPoints],
    403: [
        errors.CrossSite,
        errors.OwnerOnly,
        errors.SessionsOnly,
        errors.InsufficientScope,
        errors.ExceedsRights,
        errors.SomebodyElsesSecret,
        errors.NotAllowedHere,
        errors.AddressNotAllowed,
        errors.PasswordChangeNeeded,
        errors.CodesLocked,
        errors.GroupNotYours,
        errors.NotAvailable,
        errors.SenderNotAllowed,
        errors.CountryRefused,
        errors.OutsideHours,
    ],
    404: [
        errors.NotFound,
        errors.UnknownSubuser,
        errors.SenderUnknown,
        errors.MessageUnknown,
        errors.GroupUnknown,
        errors.ContactUnknown,
        errors.NotAMember,
        errors.NoSuchGroup,
        errors.PermissionUnknown,
    ],
    405: [errors.MethodNotAllowed],
    408: [errors.CodeExpired],
    409: [
        errors.Outrun,
        errors.FactorNeeded,
        errors.ListNeeded,
        errors.TokenQuotaReached,
        errors.SubuserQuotaReached,
        errors.SenderExists,
        errors.SenderQuotaReached,
        errors.ContactExists,
        errors.ContactInTooManyGroups,
        errors.DeletionsPending,
        errors.ContactQuotaReached,
        errors.GroupExists,
        errors.GroupQuotaReached,
        errors.LoginTaken,
    ],
    410: [errors.ChallengeClosed, errors.ChallengeSpent, errors.LinkClosed, errors.EnrolmentClosed],
    413: [errors.BodyTooLarge],
    415: [errors.UnsupportedMediaType, errors.NotAForm],
    422: [
        errors.InvalidRequest,
        errors.InvalidForm,
        errors.WeakPassword,
        errors.WeakGivenPassword,
        errors.NotMobile,
        errors.InvalidPhoneNumber,
        errors.KeyReused,
    ],
    429: [errors.TooMany, errors.TooManyPasswords],
    503: [errors.Unavailable],
}


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for status, kinds in STATUSES.items() for kind in kinds])
def test_a_refusal_has_the_status_of_its_nearest_ancestor_that_has_one(kind: type[Refusal], status: int):
    assert status_of(kind) == status


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_no_refusal_passes_for_success_or_for_a_mistake_of_ours(kind: type[Refusal]):
    for status in (status_of(kind), refusals.oauth_error(kind)[0]):
        assert HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR or kind is errors.Unavailable


# --- What a stranger learns -------------------------------------------------------------------------------


def _all_of(response: Response[str]) -> tuple[Any, ...]:
    return response.status_code, response.content_type, response.body, dict(response.headers)


@pytest.mark.parametrize("path", [OURS, CLIENTS, LEGACY, REST])
@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (errors.UnknownLogin, errors.WrongPassword),
        (errors.LoginDisabled, errors.WrongPassword),
        (errors.LegacyApiOff, errors.WrongPassword),
        (errors.GivenPasswordOver, errors.WrongPassword),
        (errors.UnknownChallenge, errors.WrongCode),
    ],
)
def test_a_stranger_sees_the_parent_and_the_log_names_the_class(
    kind: type[Refusal], parent: type[Refusal], path: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, logger=logger.name)
    assert _all_of(respond(kind(), path=path)) == _all_of(respond(parent(), path=path))
    said = [(record.getMessage(), vars(record)["reason"]) for record in caplog.records]
    assert said == [("refused", kind.__name__), ("refused", parent.__name__)]


def test_each_refusal_is_counted():
    for _ in range(2):
        respond(errors.NotFound())
    assert metrics.metric_set["Refused"]["Value"] == [1.0, 1.0]


def test_a_code_and_a_message_are_all_that_a_refusal_without_fields_tells():
    response = respond(errors.OwnerOnly())
    assert (response.status_code, response.content_type) == (403, "application/json; charset=utf-8")
    told = {"error": "owner_only", "message": "Only the owner of the account can do this."}
    assert (json.loads(response.body or ""), headers(errors.OwnerOnly())) == (told, {})


# --- Fields -----------------------------------------------------------------------------------------------


def test_fields_that_were_found_wrong_are_told_in_place_of_those_that_the_refusal_knows():
    assert body(errors.InvalidRequest(), MISS)["errors"] == [MISS.model_dump()]
    assert body(errors.WeakPassword(["no_digit"]), MISS)["errors"] == [MISS.model_dump()]
    none = refusal_response({"path": OURS, "requestContext": {"identity": {}}}, errors.WeakPassword(["no_digit"]), [])
    assert json.loads(none.body or "")["errors"] == []


class Wrong(errors.FieldRefused):
    """A field with a reason of its own."""

    fields = ("body.date",)
    message = "This is no date."


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (errors.NotAnObject(), [("body", "dict_type", EXPLANATIONS["dict_type"])]),
        (
            errors.MalformedList({"entries.3.source": "zone_id", "entries": "empty"}),
            [
                ("body.entries.3.source", "zone_id", EXPLANATIONS["zone_id"]),
                ("body.entries", "empty", EXPLANATIONS["empty"]),
            ],
        ),
        (errors.NotMobile(), [("body.phone", "not_mobile", errors.NotMobile.message)]),
        (errors.InvalidPhoneNumber(), [("body.phone_number", "not_mobile", "The value is not valid mobile number.")]),
        (Wrong(), [("body.date", "invalid_request", "This is no date.")]),
        (
            errors.WeakPassword(["no_digit", "no_capital"]),
            [
                ("body.password", "no_digit", "Use at least one digit."),
                ("body.password", "no_capital", "Use at least one capital letter."),
            ],
        ),
        (
            errors.WeakGivenPassword(["no_digit"], "api_password"),
            [
                ("body.credentials.api_password", "weak_password", errors.WeakGivenPassword.message),
                ("body.credentials.api_password", "no_digit", "Use at least one digit."),
            ],
        ),
    ],
)
def test_a_refusal_that_knows_what_is_wrong_with_the_fields_tells_it(
    refusal: Refusal, told: list[tuple[str, str, str]]
):
    assert [(one["path"], one["error"], one["message"]) for one in body(refusal)["errors"]] == told


def test_every_weakness_is_told_with_what_to_do_about_it():
    broken = ["too_short", "no_capital", "no_digit", "contains_known_word", "too_common", "used_before", "breached"]
    told = body(errors.WeakPassword(broken))["errors"]
    assert [(one["error"], one["message"]) for one in told] == [*refusals.WEAKNESSES.items()]
    assert f"at least {policy.PASSWORD_MIN_CHARACTERS} " in refusals.WEAKNESSES["too_short"]
    assert f"at least {policy.PASSWORD_MIN_CHARACTERS_NIST} " in refusals.WEAKNESSES["too_short"]


# --- Headers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        (timedelta(0), "0"),
        (timedelta(microseconds=1), "1"),
        (SECOND, "1"),
        (SECOND + timedelta(microseconds=1), "2"),
        (timedelta(days=1), "86400"),
    ],
)
def test_a_time_to_wait_is_told_in_whole_seconds_and_never_too_few(wait: timedelta, told: str):
    for path in (OURS, CLIENTS, LEGACY, REST):
        assert headers(errors.TooManyPasswords(retry_after=wait), path)["Retry-After"] == told


def test_no_time_to_wait_is_made_up():
    assert headers(errors.TooManyPasswords()) == {}


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (errors.FailedProof(), ""),
        (errors.WrongPassword(), ""),
        (errors.WrongCode(), ""),
        (errors.NotSignedIn(), ', error="invalid_token"'),
        (errors.TokenRefused(), ', error="invalid_token"'),
        (errors.StepUpNeeded(), ', error="insufficient_user_authentication", max_age=600'),
        (errors.InsufficientScope("sms"), ', error="insufficient_scope", scope="sms"'),
    ],
)
def test_who_lacks_a_proof_or_a_scope_is_told_which_as_rfc_6750_has_it(refusal: Refusal, told: str):
    for path in (OURS, REST):
        assert headers(refusal, path) == {"WWW-Authenticate": f'Bearer realm="furtka"{told}'}


def test_a_program_is_told_in_what_letters_a_password_is_read_where_one_is_taken():
    asked = ['Bearer realm="furtka"', 'Basic realm="furtka", charset="UTF-8"']
    assert headers(errors.FailedProof(), LEGACY) == {"WWW-Authenticate": asked}
    assert headers(errors.InsufficientScope("sms"), LEGACY)["WWW-Authenticate"].startswith("Bearer ")


def test_a_wrong_method_is_told_the_right_ones_in_allow():
    assert headers(errors.MethodNotAllowed(["GET", "POST"])) == {"Allow": "GET, POST"}


# --- OAuth clients ----------------------------------------------------------------------------------------


class Odd(Refusal):
    """A refusal for which RFC 6749 has no code."""

    code = "odd"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.InvalidForm, 400, "invalid_request"),
        (errors.ParameterInQuery, 400, "invalid_request"),
        (errors.BodyTooLarge, 413, "invalid_request"),
        (errors.NotAForm, 415, "invalid_request"),
        (errors.MethodNotAllowed, 405, "invalid_request"),
        (errors.CrossSite, 403, "invalid_request"),
        (errors.TokenRefused, 401, "invalid_client"),
        (errors.AddressNotAllowed, 400, "unauthorized_client"),
        (errors.Unavailable, 503, "temporarily_unavailable"),
        (errors.TooManyForgeries, 429, "too_many_attempts"),
        (Odd, 400, "odd"),
    ],
)
def test_an_oauth_client_gets_the_codes_of_its_rfc_where_there_are_any(kind: type[Refusal], status: int, code: str):
    assert refusals.oauth_error(kind) == (status, code)


def test_an_oauth_client_without_proof_is_asked_for_its_id_and_secret():
    response = respond(errors.NotSignedIn(), path=CLIENTS)
    assert (response.status_code, response.content_type) == (401, "application/json; charset=utf-8")
    assert headers(errors.NotSignedIn(), CLIENTS) == {"WWW-Authenticate": 'Basic realm="furtka", charset="UTF-8"'}
    assert json.loads(response.body or "") == {
        "error": "invalid_client",
        "error_description": errors.NotSignedIn.message,
    }


def test_an_oauth_client_is_asked_for_no_proof_after_another_refusal():
    assert headers(errors.Unavailable(), CLIENTS) == {"Retry-After": "1"}
    assert headers(errors.MethodNotAllowed(["POST"]), CLIENTS) == {"Allow": "POST"}


def test_an_oauth_client_is_told_each_parameter_by_its_name():
    other = FieldError(path="scope", error="unknown_scope", message="There is no such scope.")
    told = body(errors.InvalidRequest(), MISS, other, path=CLIENTS)["error_description"]
    assert told == "login: This field is required. scope: There is no such scope."


# --- SMSAPI's clients -------------------------------------------------------------------------------------


def test_a_client_of_smsapi_gets_its_own_form_with_the_fields_and_the_headers():
    response = respond(errors.WeakGivenPassword(["no_digit"]), path=REST)
    told = json.loads(response.body or "")
    assert (response.status_code, response.content_type) == (400, "application/json; charset=utf-8")
    assert told["error"] == "invalid_domain_logic"
    assert {one["path"] for one in told["errors"]} == {"credentials[password]"}
    assert [one["message"] for one in told["errors"]] == [errors.WeakGivenPassword.message, "Use at least one digit."]


def test_a_refusal_without_fields_has_the_status_of_our_own_routes_for_rest_and_200_for_a_do():
    for path, told in ((REST, (403, "owner_only")), (LEGACY, (200, 1000))):
        refused = errors.OwnerOnly()
        assert (respond(refused, path=path).status_code, body(refused, path=path)["error"]) == told
