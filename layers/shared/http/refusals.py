"""The response to a refusal: status, headers and body, in the form that the caller's kind of client reads."""

from http import HTTPStatus
from math import ceil

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.shared.cookies import Cookie
from pydantic import BaseModel

from shared import errors, policy
from shared.auth import surges
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import (
    AtPlace,
    ContactTooLarge,
    FailedProof,
    InsufficientScope,
    MalformedList,
    MethodNotAllowed,
    NotSignedIn,
    Refusal,
    SessionEnded,
    StepUpNeeded,
    WeakGivenPassword,
    WeakPassword,
)
from shared.http import cookies, preflight, security_refusals, validation
from shared.http.bodies import JSON, Event, header
from shared.http.route_rules import is_smsapi, path_to_log, rule_of
from shared.http.smsapi import errors as smsapi_errors
from shared.http.validation import FieldError
from shared.observability import logger, metrics

STATUS: dict[type[Refusal], HTTPStatus] = {
    Refusal: HTTPStatus.BAD_REQUEST,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotMobile: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CodeExpired: HTTPStatus.REQUEST_TIMEOUT,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.CrossSite: HTTPStatus.FORBIDDEN,
    errors.NotThroughProxy: HTTPStatus.FORBIDDEN,
    errors.OwnerOnly: HTTPStatus.FORBIDDEN,
    errors.SessionsOnly: HTTPStatus.FORBIDDEN,
    errors.InsufficientScope: HTTPStatus.FORBIDDEN,
    errors.ExceedsRights: HTTPStatus.FORBIDDEN,
    errors.AccountSuspended: HTTPStatus.FORBIDDEN,
    errors.AddressNotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotAllowedHere: HTTPStatus.FORBIDDEN,
    errors.PasswordChangeNeeded: HTTPStatus.FORBIDDEN,
    errors.PasswordHeld: HTTPStatus.FORBIDDEN,
    errors.UserSuspended: HTTPStatus.FORBIDDEN,
    errors.UnconfirmedChange: HTTPStatus.CONFLICT,
    errors.MessageLeft: HTTPStatus.CONFLICT,
    errors.HoldNeeded: HTTPStatus.CONFLICT,
    errors.StillHeld: HTTPStatus.CONFLICT,
    errors.NoRecovery: HTTPStatus.NOT_FOUND,
    errors.SecondFactorRequired: HTTPStatus.FORBIDDEN,
    errors.FailedProof: HTTPStatus.UNAUTHORIZED,
    errors.ChallengeClosed: HTTPStatus.GONE,
    errors.LinkClosed: HTTPStatus.GONE,
    errors.EnrolmentClosed: HTTPStatus.GONE,
    errors.FactorNeeded: HTTPStatus.CONFLICT,
    errors.PhoneInUse: HTTPStatus.CONFLICT,
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
    errors.NotAMember: HTTPStatus.NOT_FOUND,
    errors.ContactExists: HTTPStatus.CONFLICT,
    errors.ContactInTooManyGroups: HTTPStatus.CONFLICT,
    errors.DeletionsPending: HTTPStatus.CONFLICT,
    errors.ContactQuotaReached: HTTPStatus.CONFLICT,
    errors.NoSuchGroup: HTTPStatus.NOT_FOUND,
    errors.PermissionUnknown: HTTPStatus.NOT_FOUND,
    errors.GroupExists: HTTPStatus.CONFLICT,
    errors.GroupNotYours: HTTPStatus.FORBIDDEN,
    errors.GroupQuotaReached: HTTPStatus.CONFLICT,
    errors.LoginTaken: HTTPStatus.CONFLICT,
    errors.NotAvailable: HTTPStatus.FORBIDDEN,
    errors.SenderNotAllowed: HTTPStatus.FORBIDDEN,
    errors.SendingOff: HTTPStatus.FORBIDDEN,
    errors.CountryRefused: HTTPStatus.FORBIDDEN,
    errors.OutsideHours: HTTPStatus.FORBIDDEN,
    errors.NoPoints: HTTPStatus.PAYMENT_REQUIRED,
    errors.CodesLocked: HTTPStatus.FORBIDDEN,
    errors.Outrun: HTTPStatus.CONFLICT,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

BASIC = 'Basic realm="furtka", charset="UTF-8"'
"""WWW-Authenticate for OAuth clients, and for programs where API passwords are taken (RFC 7617 2.1)."""

OAUTH: dict[type[Refusal], tuple[HTTPStatus, str]] = {
    errors.InvalidRequest: (HTTPStatus.BAD_REQUEST, "invalid_request"),
    errors.BodyTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request"),
    errors.UnsupportedMediaType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "invalid_request"),
    errors.MethodNotAllowed: (HTTPStatus.METHOD_NOT_ALLOWED, "invalid_request"),
    errors.CrossSite: (HTTPStatus.FORBIDDEN, "invalid_request"),
    errors.NotThroughProxy: (HTTPStatus.FORBIDDEN, "invalid_request"),
    errors.FailedProof: (HTTPStatus.UNAUTHORIZED, "invalid_client"),
    errors.AccountSuspended: (HTTPStatus.BAD_REQUEST, "unauthorized_client"),
    errors.AddressNotAllowed: (HTTPStatus.BAD_REQUEST, "unauthorized_client"),
    errors.Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable"),
}
"""Status and code for OAuth clients where RFC 6749 5.2 has codes of its own."""


class ErrorResponse(BaseModel):
    """Why the request was refused. `error` is a stable code; `message` tells people what to do."""

    error: str
    message: str
    errors: list[FieldError] | None = None


class OAuthErrorResponse(BaseModel):
    """Why the request was refused, in the form that OAuth clients read (RFC 6749 5.2)."""

    error: str
    error_description: str


MISTAKE = "Something broke on our side. Try again in a moment. If it stays so, tell us the request id."


class MistakeResponse(BaseModel):
    """Something broke on our side. `request_id` is what our log knows the request by."""

    error: str = "internal_error"
    message: str
    request_id: str


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    """Return the status of the nearest ancestor in STATUS, so that a subclass looks like its parent."""
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def oauth_error(refusal: type[Refusal]) -> tuple[HTTPStatus, str]:
    """Return the status and the code for an OAuth client."""
    nearest = next((OAUTH[kind] for kind in refusal.__mro__ if kind in OAUTH), None)
    return nearest or (status_of(refusal), refusal.code)


def refusal_response(event: Event, refusal: Refusal, field_errors: list[FieldError] | None = None) -> Response[str]:
    """Return the response to *refusal*. The log names its class; the caller sees only the code of its ancestor."""
    user_agent = event["requestContext"]["identity"].get("userAgent") or ""
    logger.info("refused", **security_refusals.marks(refusal, user_agent))
    metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=1)
    surges.count(refusal)
    field_errors = _field_errors_of(refusal) if field_errors is None else field_errors
    if preflight.is_for_clients(event):
        return _oauth_response(event, refusal, field_errors or [])
    if is_smsapi(event["path"]):
        return _smsapi_response(event, refusal, field_errors or [])
    body = ErrorResponse(error=refusal.code, message=refusal.message, errors=field_errors)
    return Response(
        status_code=status_of(type(refusal)),
        content_type=JSON,
        headers=_headers_of(event, refusal),
        body=body.model_dump_json(exclude_none=True),
        cookies=_cookie_removed(event, refusal),
    )


def mistake_response(event: Event) -> Response[str]:
    """Return the response to a request that met a mistake of ours: it names the request, and no reason."""
    request_id = str((event.get("requestContext") or {}).get("requestId") or "")
    if smsapi_errors.is_legacy(event["path"]):
        status, content_type, body = smsapi_errors.answer_to_mistake(event, MISTAKE, request_id)
        return Response(status_code=status, content_type=content_type, body=body)
    body = MistakeResponse(message=MISTAKE, request_id=request_id).model_dump_json()
    return Response(status_code=HTTPStatus.INTERNAL_SERVER_ERROR, content_type=JSON, body=body)


ENDS_SESSIONS = ("POST /account/logout-everywhere", "DELETE /account/sessions/{session_id}")


def _cookie_removed(event: Event, refusal: Refusal) -> list[Cookie]:
    """Return what makes a browser forget a session that is over, if it showed one.

    The cookie of a session that is only unknown stays, unless the request was to end one: a new session may have
    replaced it a moment ago, and its cookie, which is the browser's by now, has the same name.
    """
    if not isinstance(refusal, NotSignedIn) or header(event, "authorization"):
        return []
    ends = f"{event['httpMethod']} {path_to_log(event['path'])}" in ENDS_SESSIONS
    return [cookies.no_session()] if ends or isinstance(refusal, SessionEnded) else []


def _field_errors_of(refusal: Refusal) -> list[FieldError] | None:
    """Return what is wrong with the fields if *refusal* itself knows it, otherwise None."""
    match refusal:
        case WeakGivenPassword():
            path = f"body.credentials.{refusal.field}"
            reasons = [FieldError(path=path, error=code, message=WEAKNESSES[code]) for code in refusal.misses]
            summary = FieldError(path=path, error=refusal.code, message=refusal.message)
            return [summary, *reasons] if refusal.lacks_a_class else reasons  # the first is the answer's own message
        case WeakPassword():
            return [FieldError(path="body.password", error=code, message=WEAKNESSES[code]) for code in refusal.misses]
        case AtPlace():
            return [validation.error_at(refusal.place, refusal.error)]
        case ContactTooLarge():
            path = f"body.{validation.own_name(refusal.largest)}"
            return [FieldError(path=path, error=refusal.code, message=refusal.message)]
        case MalformedList():
            return [validation.field_error(path, code) for path, code in refusal.misses.items()]
    return [FieldError(path=path, error=refusal.code, message=refusal.message) for path in refusal.fields] or None


def _smsapi_response(event: Event, refusal: Refusal, field_errors: list[FieldError]) -> Response[str]:
    """Return the response for an SMSAPI client."""
    status, content_type, body = smsapi_errors.answer_to(event, refusal, field_errors, status_of(type(refusal)))
    return Response(status_code=status, content_type=content_type, headers=_headers_of(event, refusal), body=body)


def _oauth_response(event: Event, refusal: Refusal, field_errors: list[FieldError]) -> Response[str]:
    """Return the response for an OAuth client. It names parameters and never repeats their values."""
    status, code = oauth_error(type(refusal))
    explained = " ".join(f"{error.path.rpartition('.')[2]}: {error.message}" for error in field_errors)
    body = OAuthErrorResponse(error=code, error_description=explained or refusal.message).model_dump_json()
    headers = _headers_of(event, refusal) | ({"WWW-Authenticate": BASIC} if status == HTTPStatus.UNAUTHORIZED else {})
    return Response(status_code=status, content_type=JSON, headers=headers, body=body)


WEAKNESSES = {
    "too_short": f"Use at least {policy.PASSWORD_MIN_CHARACTERS} characters, or at least "
    f"{policy.PASSWORD_MIN_CHARACTERS_NIST} if your account uses the rules of NIST and you have no second factor.",
    "no_capital": "Use at least one capital letter.",
    "no_digit": "Use at least one digit.",
    "contains_known_word": "Leave out your login, your e-mail address, your company and common words such as password.",
    "too_common": "Many people use this password. Choose one that is hard to guess.",
    "used_before": "You used this password before. Choose a new one.",
    "breached": "This password was leaked by another service. Choose another one, and change it at that service too.",
}
"""What to do about each reason why a password is refused."""


def _headers_of(event: Event, refusal: Refusal) -> dict[str, str | list[str]]:
    headers: dict[str, str | list[str]] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(ceil(refusal.retry_after.total_seconds()))
    if isinstance(refusal, FailedProof):
        bearer = f'Bearer realm="furtka"{_bearer_error(refusal)}'
        headers["WWW-Authenticate"] = [bearer, BASIC] if _takes_passwords(event, refusal) else bearer
    if isinstance(refusal, InsufficientScope):
        headers["WWW-Authenticate"] = f'Bearer realm="furtka", error="{refusal.code}", scope="{refusal.scope}"'
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = ", ".join(refusal.methods)
    return headers


def _takes_passwords(event: Event, refusal: FailedProof) -> bool:
    """Whether a program may show an API password here. A browser is not asked for one: it would open a window."""
    is_browsers = header(event, "sec-fetch-site") or header(event, "cookie")
    is_asked = not (is_browsers or isinstance(refusal, StepUpNeeded))
    return is_asked and rule_of(event["httpMethod"], event["path"]).scope in LEGACY_SCOPES


def _bearer_error(refusal: FailedProof) -> str:
    """Return the parameters of the Bearer challenge that RFC 6750 and RFC 9470 define for *refusal*, if any."""
    match refusal:
        case NotSignedIn():
            return ', error="invalid_token"'
        case StepUpNeeded():
            return f', error="{refusal.code}", max_age={int(policy.CONFIRMED_FOR.total_seconds())}'
    return ""
