"""What the contract says of a route: who may ask, how it may refuse, and what a yes is."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from shared import errors
from shared.errors import (
    Refusal,
)
from shared.http.refusals import OAuthError, RefusalBody, oauth_error, status_of
from shared.http.smsapi import errors as smsapi_errors

BODY_REFUSALS = (
    errors.InvalidJson,
    errors.InvalidRequest,
    errors.BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.CrossSite,
)
"""What any route that takes a body may refuse for."""

CLIENT_REFUSALS = (
    errors.InvalidForm,
    errors.ParameterInQuery,
    errors.TwoProofs,
    errors.BodyTooLarge,
    errors.NotAForm,
    errors.CrossSite,
    errors.ClientRefused,
    errors.AddressNotAllowed,
    errors.TooManyForgeries,
    errors.TooManyRequests,
)
"""What any route for OAuth clients may refuse for."""

SEEN = (errors.NotSignedIn, errors.SessionsOnly, errors.AddressNotAllowed, errors.TooManyForgeries)

CALLER = (*SEEN, errors.PasswordChangeNeeded)
"""What any route for signed-in people may refuse for; the first, where it is open to an overdue password."""

WIRE_REFUSALS = (
    errors.InvalidJson,
    errors.InvalidRequest,
    errors.BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.CrossSite,
    errors.NotSignedIn,
    errors.SessionsOnly,
    errors.InsufficientScope,
    errors.AddressNotAllowed,
    errors.PasswordChangeNeeded,
    errors.StepUpNeeded,
    errors.OwnerOnly,
    errors.TooManyForgeries,
    errors.TooManyRequests,
    errors.Outrun,
    errors.Unavailable,
)
"""What any route for SMSAPI clients may refuse for."""

SESSION: list[dict[str, list[str]]] = [{"session": []}, {"browser": []}]
"""What a route for signed-in people takes: a session's token, or a browser's cookie."""

CLIENT: list[dict[str, list[str]]] = [{"client": []}]
"""What a route for OAuth clients takes: id and secret, by Basic or in the form (RFC 6749 2.3.1)."""


def either(scope: str) -> list[dict[str, list[str]]]:
    """What a route takes that programs may ask for as well: an API token with *scope*."""
    return [*SESSION, *programs(scope)]


def programs(scope: str) -> list[dict[str, list[str]]]:
    """What a route takes that is for programs alone."""
    return [{"token": [scope]}]


GRANTED: dict[int, Any] = {200: {"description": "Granted."}}

DONE: dict[int, Any] = {204: {"description": "Done."}}
"""What OpenAPI says of a yes: with the model that the route returns, or with nothing to tell."""


def granted(body: type[BaseModel]) -> dict[int, Any]:
    """The same where the answer is written by hand."""
    return {200: {"description": "Granted.", "content": {"application/json": {"model": body}}}}


def refusals(*reasons: type[Refusal]) -> dict[int, Any]:
    """The OpenAPI responses of a route that may refuse for *reasons*. Any route may be unavailable."""
    every: tuple[type[Refusal], ...] = (*reasons, errors.Unavailable)
    return _responses([(status_of(reason), reason.code, reason) for reason in every], RefusalBody)


def oauth_refusals(*reasons: type[Refusal]) -> dict[int, Any]:
    """The same of a route for OAuth clients."""
    every: tuple[type[Refusal], ...] = (*reasons, *CLIENT_REFUSALS, errors.Unavailable)
    return _responses([(*oauth_error(reason), reason) for reason in every], OAuthError)


def wire_refusals(path: str, *reasons: type[Refusal]) -> dict[int, Any]:
    """The same of a route for SMSAPI clients. A `*.do` answers 200 whatever it says, see `wire.LegacyError`."""
    if smsapi_errors.is_legacy(path):
        return {}
    every: tuple[type[Refusal], ...] = (*reasons, *WIRE_REFUSALS)
    told = [(*smsapi_errors.status_and_tag(reason, status_of(reason)), reason) for reason in every]
    return _responses(told, smsapi_errors.RestError)


def _responses(told: list[tuple[HTTPStatus, str, type[Refusal]]], body: type[BaseModel]) -> dict[int, Any]:
    texts: dict[int, list[str]] = {}
    for status, code, reason in told:
        texts.setdefault(int(status), []).append(f"`{code}`: {reason.__doc__}")
    return {
        status: {"description": "\n\n".join(texts[status]), "content": {"application/json": {"model": body}}}
        for status in sorted(texts)
    }
