"""The responses of a route as the contract lists them: success and every refusal. Serving does not need this module.

A door declares the refusals of its own flow. All others are derived here from the rule of its route, so that the
contract cannot promise or leave out a refusal that depends on who calls.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared import errors
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import Refusal
from shared.http import route_rules
from shared.http.preflight import SAFE_METHODS
from shared.http.refusals import ErrorResponse, OAuthErrorResponse, oauth_error, status_of
from shared.http.route_rules import Rule
from shared.http.routing import Route
from shared.http.smsapi import errors as smsapi_errors

type Reasons = tuple[type[Refusal], ...]

SUCCESS = {HTTPStatus.OK: "Success.", HTTPStatus.NO_CONTENT: "Done. The answer has no body."}
"""Descriptions of a successful answer for doors that do not describe their own."""

BODY: Reasons = (errors.InvalidJson, errors.InvalidRequest, errors.BodyTooLarge, errors.UnsupportedMediaType)
FORM: Reasons = (errors.InvalidForm, errors.ParameterInQuery, errors.BodyTooLarge, errors.NotAForm)
"""Refusals of a body that cannot be read: of JSON, and of an OAuth client's form."""

PERSON: Reasons = (
    errors.NotSignedIn,
    errors.AccountSuspended,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
)
TOKEN: Reasons = (
    errors.TokenRefused,
    errors.AccountSuspended,
    errors.InsufficientScope,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
    errors.TooManyRequests,
)
PASSWORD: Reasons = (errors.WrongPassword, errors.TooManyPasswords)
CLIENT: Reasons = (
    errors.ClientRefused,
    errors.AccountSuspended,
    errors.TwoProofs,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
    errors.TooManyRequests,
)
"""Refusals of each kind of credentials: a session, a token, an API password, an OAuth client's secret."""


def described(route: Route) -> dict[str, Any]:
    """Return the parameters of `APIGatewayRestResolver.route` that describe *route* in the contract."""
    return {"responses": _success(route) | _refusals(route, route_rules.RULES[route.name])}


def reasons(route: Route) -> set[type[Refusal]]:
    """Return every refusal of *route*: of its flow, of its rule, of the request itself, and of the database."""
    rule = route_rules.RULES[route.name]
    return {*route.refuses, *_of_rule(rule), *_of_request(route, rule), *_of_state(route, rule)}


def _of_rule(rule: Rule) -> set[type[Refusal]]:
    """Return the refusals of a caller whom *rule* does not let in."""
    return {reason for applies, some in _conditions(rule) if applies for reason in some}


def _conditions(rule: Rule) -> Iterator[tuple[object, Reasons]]:
    yield rule.session, PERSON
    yield rule.session or rule.scope, (errors.FailedProof,)
    yield rule.session and not rule.scope, (errors.SessionsOnly,)
    yield rule.session and not rule.overdue, (errors.PasswordChangeNeeded,)
    yield rule.session and not rule.enrols, (errors.SecondFactorRequired,)
    yield rule.step_up, (errors.StepUpNeeded,)
    yield rule.owner, (errors.OwnerOnly,)
    yield rule.scope, TOKEN
    yield rule.scope in LEGACY_SCOPES, PASSWORD
    yield rule.client, CLIENT


def _of_request(route: Route, rule: Rule) -> set[type[Refusal]]:
    """Return the refusals of the request itself. SMSAPI clients send a body with any method, so it is always read."""
    changes = route.method not in SAFE_METHODS
    body = FORM if rule.client else BODY
    return {*(body if changes or rule.smsapi else ()), *((errors.CrossSite,) if changes else ())}


def _of_state(route: Route, rule: Rule) -> Reasons:
    """Return Unavailable if the route needs DynamoDB: to identify the caller, or to change something.

    Another route that needs it declares Unavailable itself.
    """
    if rule.is_public and route.method in SAFE_METHODS:
        return ()
    return (errors.Unavailable,)


def _success(route: Route) -> dict[int, Any]:
    content = {"content": {"application/json": {"model": route.response_model}}} if route.response_model else {}
    about = route.success or SUCCESS.get(HTTPStatus(route.status), "Created.")
    later = {"content": {"application/json": {"model": route.later}}}
    accepted = {202: {"description": str(route.later.__doc__), **later}} if route.later else {}
    return {route.status: {"description": about, **content}, **accepted}


def _refusals(route: Route, rule: Rule) -> dict[int, Any]:
    """Return the refusals by status. A `*.do` has none: it answers 200 even to refuse, see `LegacyErrorResponse`."""
    if smsapi_errors.is_legacy(route.path):
        return {}
    every = sorted(reasons(route), key=lambda reason: (reason.code, reason.__name__))
    if rule.client:
        return _responses([(*oauth_error(reason), reason) for reason in every], OAuthErrorResponse)
    if rule.smsapi:
        tagged = [(*smsapi_errors.status_and_tag(reason, status_of(reason)), reason) for reason in every]
        return _responses(tagged, smsapi_errors.RestErrorResponse)
    return _responses([(status_of(reason), reason.code, reason) for reason in every], ErrorResponse)


def _responses(refusals: list[tuple[HTTPStatus, str, type[Refusal]]], body: type[BaseModel]) -> dict[int, Any]:
    texts: dict[int, list[str]] = {}
    for status, code, reason in refusals:
        texts.setdefault(int(status), []).append(f"`{code}`: {reason.__doc__}")
    return {
        status: {"description": "\n\n".join(texts[status]), "content": {"application/json": {"model": body}}}
        for status in sorted(texts)
    }
