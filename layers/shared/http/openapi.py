"""What the contract says of a route: how it may refuse, and what a yes is. No function needs it to serve.

A door declares the refusals of its own flow. All others are derived here from the rule of its route, so that the
contract cannot promise, or leave out, a refusal of who may ask.
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
from shared.http.refusals import OAuthError, RefusalBody, oauth_error, status_of
from shared.http.route_rules import Rule
from shared.http.routing import Route
from shared.http.smsapi import errors as smsapi_errors

type Reasons = tuple[type[Refusal], ...]

SAYS = {HTTPStatus.OK: "Granted.", HTTPStatus.NO_CONTENT: "Done."}
"""What a yes is called where the door has no words for it."""

BODY: Reasons = (errors.InvalidJson, errors.InvalidRequest, errors.BodyTooLarge, errors.UnsupportedMediaType)
FORM: Reasons = (errors.InvalidForm, errors.ParameterInQuery, errors.BodyTooLarge, errors.NotAForm)
"""What a body that cannot be read is refused for: JSON, or the form of an OAuth client."""

PERSON: Reasons = (errors.NotSignedIn, errors.AddressNotAllowed, errors.TooManyForgeries)
TOKEN: Reasons = (
    errors.TokenRefused,
    errors.InsufficientScope,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
    errors.TooManyRequests,
)
PASSWORD: Reasons = (errors.WrongPassword, errors.TooManyPasswords)
CLIENT: Reasons = (
    errors.ClientRefused,
    errors.TwoProofs,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
    errors.TooManyRequests,
)
"""What somebody who shows a session, a token, an API password or a client's secret may be refused for."""


def described(route: Route) -> dict[str, Any]:
    """Return what `APIGatewayRestResolver.route` is told of *route* for the contract."""
    return {"responses": _yes(route) | _refusals(route, route_rules.RULES[route.name])}


def reasons(route: Route) -> set[type[Refusal]]:
    """Return every refusal of *route*: its own, those of its rule, and those of what it rests on."""
    rule = route_rules.RULES[route.name]
    return {*route.refuses, *who_may_ask(rule), *_of_request(route, rule), *_of_state(route, rule)}


def who_may_ask(rule: Rule) -> set[type[Refusal]]:
    """Return the refusals of somebody who may not ask for a route with that *rule*."""
    return {reason for asked, some in _conditions(rule) if asked for reason in some}


def _conditions(rule: Rule) -> Iterator[tuple[object, Reasons]]:
    yield rule.session, PERSON
    yield rule.session or rule.scope, (errors.FailedProof,)
    yield rule.session and not rule.scope, (errors.SessionsOnly,)
    yield rule.session and not rule.overdue, (errors.PasswordChangeNeeded,)
    yield rule.step_up, (errors.StepUpNeeded,)
    yield rule.owner, (errors.OwnerOnly,)
    yield rule.scope, TOKEN
    yield rule.scope in LEGACY_SCOPES, PASSWORD
    yield rule.client, CLIENT


def _of_request(route: Route, rule: Rule) -> set[type[Refusal]]:
    """What the request itself may be refused for. A body is read of any method where SMSAPI clients come."""
    changes = route.method not in SAFE_METHODS
    body = FORM if rule.client else BODY
    return {*(body if changes or rule.wire else ()), *((errors.CrossSite,) if changes else ())}


def _of_state(route: Route, rule: Rule) -> Reasons:
    """Whatever finds out who asks, or changes something, needs DynamoDB. The rest says so among its own refusals."""
    if errors.NotAvailable in route.refuses or (rule.is_public and route.method in SAFE_METHODS):
        return ()
    return (errors.Unavailable,)


def _yes(route: Route) -> dict[int, Any]:
    content = {"content": {"application/json": {"model": route.answer}}} if route.answer else {}
    return {route.status: {"description": route.yes or SAYS.get(HTTPStatus(route.status), "Created."), **content}}


def _refusals(route: Route, rule: Rule) -> dict[int, Any]:
    """A `*.do` answers 200 whatever it says, see `smsapi.errors.LegacyError`."""
    if smsapi_errors.is_legacy(route.path):
        return {}
    every = sorted(reasons(route), key=lambda reason: (reason.code, reason.__name__))
    if rule.client:
        return _responses([(*oauth_error(reason), reason) for reason in every], OAuthError)
    if rule.wire:
        told = [(*smsapi_errors.status_and_tag(reason, status_of(reason)), reason) for reason in every]
        return _responses(told, smsapi_errors.RestError)
    return _responses([(status_of(reason), reason.code, reason) for reason in every], RefusalBody)


def _responses(told: list[tuple[HTTPStatus, str, type[Refusal]]], body: type[BaseModel]) -> dict[int, Any]:
    texts: dict[int, list[str]] = {}
    for status, code, reason in told:
        texts.setdefault(int(status), []).append(f"`{code}`: {reason.__doc__}")
    return {
        status: {"description": "\n\n".join(texts[status]), "content": {"application/json": {"model": body}}}
        for status in sorted(texts)
    }
