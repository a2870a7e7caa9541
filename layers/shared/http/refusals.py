"""How a refusal is answered: its status, its headers and its body, in the words of whoever asked."""

from http import HTTPStatus
from math import ceil

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

from shared import errors, policy
from shared.errors import (
    FailedProof,
    FieldRefused,
    InsufficientScope,
    MalformedList,
    MethodNotAllowed,
    NotAnObject,
    NotMobile,
    NotSignedIn,
    Refusal,
    StepUpNeeded,
    WeakGivenPassword,
    WeakPassword,
)
from shared.http import preflight, validation
from shared.http.bodies import JSON, Event
from shared.http.route_rules import is_wire
from shared.http.smsapi import errors as smsapi_errors
from shared.http.validation import Miss
from shared.observability import logger, metrics

STATUS: dict[type[Refusal], HTTPStatus] = {
    Refusal: HTTPStatus.BAD_REQUEST,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotMobile: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NothingThere: HTTPStatus.NOT_FOUND,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CodeExpired: HTTPStatus.REQUEST_TIMEOUT,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.CrossSite: HTTPStatus.FORBIDDEN,
    errors.OwnerOnly: HTTPStatus.FORBIDDEN,
    errors.SessionsOnly: HTTPStatus.FORBIDDEN,
    errors.InsufficientScope: HTTPStatus.FORBIDDEN,
    errors.ExceedsRights: HTTPStatus.FORBIDDEN,
    errors.AddressNotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotAllowedHere: HTTPStatus.FORBIDDEN,
    errors.PasswordChangeNeeded: HTTPStatus.FORBIDDEN,
    errors.FailedProof: HTTPStatus.UNAUTHORIZED,
    errors.ChallengeClosed: HTTPStatus.GONE,
    errors.LinkClosed: HTTPStatus.GONE,
    errors.EnrolmentClosed: HTTPStatus.GONE,
    errors.FactorNeeded: HTTPStatus.CONFLICT,
    errors.ListNeeded: HTTPStatus.CONFLICT,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TokenQuotaReached: HTTPStatus.CONFLICT,
    errors.SubuserQuotaReached: HTTPStatus.CONFLICT,
    errors.UnknownSubuser: HTTPStatus.NOT_FOUND,
    errors.SenderUnknown: HTTPStatus.NOT_FOUND,
    errors.MessageUnknown: HTTPStatus.NOT_FOUND,
    errors.GroupUnknown: HTTPStatus.NOT_FOUND,
    errors.SenderExists: HTTPStatus.CONFLICT,
    errors.SenderQuotaReached: HTTPStatus.CONFLICT,
    errors.ContactUnknown: HTTPStatus.NOT_FOUND,
    errors.ContactExists: HTTPStatus.CONFLICT,
    errors.ContactQuotaReached: HTTPStatus.CONFLICT,
    errors.NoSuchGroup: HTTPStatus.NOT_FOUND,
    errors.PermissionUnknown: HTTPStatus.NOT_FOUND,
    errors.GroupExists: HTTPStatus.CONFLICT,
    errors.GroupNotYours: HTTPStatus.FORBIDDEN,
    errors.GroupQuotaReached: HTTPStatus.CONFLICT,
    errors.LoginTaken: HTTPStatus.CONFLICT,
    errors.NotAvailable: HTTPStatus.FORBIDDEN,
    errors.SenderNotAllowed: HTTPStatus.FORBIDDEN,
    errors.CountryRefused: HTTPStatus.FORBIDDEN,
    errors.OutsideHours: HTTPStatus.FORBIDDEN,
    errors.NoPoints: HTTPStatus.PAYMENT_REQUIRED,
    errors.CodesLocked: HTTPStatus.FORBIDDEN,
    errors.Outrun: HTTPStatus.CONFLICT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

BASIC = 'Basic realm="furtka"'
"""How a client may show who it is."""

OAUTH: dict[type[Refusal], tuple[HTTPStatus, str]] = {
    errors.InvalidRequest: (HTTPStatus.BAD_REQUEST, "invalid_request"),
    errors.BodyTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request"),
    errors.UnsupportedMediaType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "invalid_request"),
    errors.MethodNotAllowed: (HTTPStatus.METHOD_NOT_ALLOWED, "invalid_request"),
    errors.CrossSite: (HTTPStatus.FORBIDDEN, "invalid_request"),
    errors.FailedProof: (HTTPStatus.UNAUTHORIZED, "invalid_client"),
    errors.AddressNotAllowed: (HTTPStatus.BAD_REQUEST, "unauthorized_client"),
    errors.Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable"),
}
"""What an OAuth client is told in place of our own status and code, where RFC 6749 5.2 has words of its own."""


class RefusalBody(BaseModel):
    """Why the answer is no, and what to do. `error` is stable, `message` is for people."""

    error: str
    message: str
    errors: list[Miss] | None = None


class OAuthError(BaseModel):
    """Why the answer is no, as OAuth clients read it (RFC 6749 5.2)."""

    error: str
    error_description: str


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    """The nearest ancestor in STATUS decides, so a subclass hides behind its parent."""
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def oauth_error(refusal: type[Refusal]) -> tuple[HTTPStatus, str]:
    """Status and code for an OAuth client."""
    nearest = next((OAUTH[kind] for kind in refusal.__mro__ if kind in OAUTH), None)
    return nearest or (status_of(refusal), refusal.code)


def answer_no(event: Event, refusal: Refusal, misses: list[Miss] | None = None) -> Response[str]:
    """The answer to a refusal: logged as itself, seen as the ancestor whose code it has."""
    logger.info("refused", reason=type(refusal).__name__)
    metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=1)
    misses = _misses_of(refusal) if misses is None else misses
    if preflight.is_for_clients(event):
        return _oauth_no(refusal, misses or [])
    if is_wire(event["path"]):
        return _wire_no(event, refusal, misses or [])
    body = RefusalBody(error=refusal.code, message=refusal.message, errors=misses)
    return Response(
        status_code=status_of(type(refusal)),
        content_type=JSON,
        headers=_headers_of(refusal),
        body=body.model_dump_json(exclude_none=True),
    )


def _misses_of(refusal: Refusal) -> list[Miss] | None:
    """What is wrong with the fields, where the refusal itself knows."""
    match refusal:
        case WeakGivenPassword():
            path = f"body.credentials.{refusal.field}"
            whole = Miss(path=path, error=refusal.code, message=refusal.message)
            return [whole, *(Miss(path=path, error=code, message=WEAKNESSES[code]) for code in refusal.misses)]
        case WeakPassword():
            return [Miss(path="body.password", error=code, message=WEAKNESSES[code]) for code in refusal.misses]
        case NotAnObject():
            return [validation.miss("", "dict_type")]
        case MalformedList():
            return [validation.miss(path, code) for path, code in refusal.misses.items()]
        case NotMobile() | FieldRefused():
            return [Miss(path=f"body.{refusal.field}", error=refusal.code, message=refusal.message)]
    return None


def _wire_no(event: Event, refusal: Refusal, misses: list[Miss]) -> Response[str]:
    """The same for an SMSAPI client."""
    status, content_type, body = smsapi_errors.no(event, refusal, misses, status_of(type(refusal)))
    return Response(status_code=status, content_type=content_type, headers=_headers_of(refusal), body=body)


def _oauth_no(refusal: Refusal, misses: list[Miss]) -> Response[str]:
    """The same for an OAuth client. Names of parameters are told, and never their values."""
    status, code = oauth_error(type(refusal))
    told = " ".join(f"{miss.path.rpartition('.')[2]}: {miss.message}" for miss in misses) or refusal.message
    body = OAuthError(error=code, error_description=told).model_dump_json()
    headers = _headers_of(refusal) | ({"WWW-Authenticate": BASIC} if status == HTTPStatus.UNAUTHORIZED else {})
    return Response(status_code=status, content_type=JSON, headers=headers, body=body)


WEAKNESSES = {
    "too_short": "Use more characters: at least 8, or 15 where your account asks for length alone.",
    "no_capital": "Use at least one capital letter.",
    "no_digit": "Use at least one digit.",
    "contains_known_word": "Leave out your login, your e-mail address and words that everyone tries first.",
    "too_common": "Many people use this password. Choose one that nobody would think of.",
    "used_before": "You had this password before. Choose a new one.",
    "breached": "This password is known from a leak elsewhere. Choose another, and change it there too.",
}


def _headers_of(refusal: Refusal) -> dict[str, str | list[str]]:
    headers: dict[str, str | list[str]] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(ceil(refusal.retry_after.total_seconds()))
    if isinstance(refusal, FailedProof):
        headers["WWW-Authenticate"] = f'Bearer realm="furtka"{_known_as(refusal)}'
    if isinstance(refusal, InsufficientScope):
        headers["WWW-Authenticate"] = f'Bearer realm="furtka", error="{refusal.code}", scope="{refusal.scope}"'
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = ", ".join(refusal.methods)
    return headers


def _known_as(refusal: FailedProof) -> str:
    """The error's name in RFC 6750 and RFC 9470, where it has one there."""
    match refusal:
        case NotSignedIn():
            return ', error="invalid_token"'
        case StepUpNeeded():
            return f', error="{refusal.code}", max_age={int(policy.CONFIRMED_FOR.total_seconds())}'
    return ""
