"""How a function becomes an HTTP API: what a request tells, who sent it, and how a refusal is answered."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from shared import cookies, errors, policy, requests, wire
from shared.admission import Admission
from shared.bodies import Event
from shared.domain import identifiers, recovery
from shared.domain.access import is_wire
from shared.domain.challenges import Challenge, clean, masked
from shared.domain.logins import canonical
from shared.domain.sessions import Session
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
from shared.observability import logger, metrics
from shared.requests import Miss
from shared.wire import JSON

type Answer = dict[str, Any]

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""UTC to the second, without a fraction: what every client can read."""

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
    errors.TooManyTokens: HTTPStatus.CONFLICT,
    errors.TooManySubusers: HTTPStatus.CONFLICT,
    errors.UnknownSubuser: HTTPStatus.NOT_FOUND,
    errors.SenderUnknown: HTTPStatus.NOT_FOUND,
    errors.MessageUnknown: HTTPStatus.NOT_FOUND,
    errors.GroupUnknown: HTTPStatus.NOT_FOUND,
    errors.SenderExists: HTTPStatus.CONFLICT,
    errors.TooManySenders: HTTPStatus.CONFLICT,
    errors.ContactUnknown: HTTPStatus.NOT_FOUND,
    errors.ContactExists: HTTPStatus.CONFLICT,
    errors.TooManyContacts: HTTPStatus.CONFLICT,
    errors.NoSuchGroup: HTTPStatus.NOT_FOUND,
    errors.PermissionUnknown: HTTPStatus.NOT_FOUND,
    errors.GroupExists: HTTPStatus.CONFLICT,
    errors.GroupNotYours: HTTPStatus.FORBIDDEN,
    errors.TooManyGroups: HTTPStatus.CONFLICT,
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

SAFE_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""On every answer: ASVS V3.4.1, V3.4.4, V14.3.2. template.yaml says the same for the gateway's own answers."""

BASIC = 'Basic realm="furtka"'
"""How a client may show who it is."""

NO_CACHE = {"Pragma": "no-cache"}
"""For OAuth clients besides (RFC 6749 5.1)."""

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

LoginName = Annotated[
    str,
    Field(max_length=policy.MAX_LOGIN_CHARACTERS),
    AfterValidator(canonical),
    Field(min_length=1, max_length=policy.MAX_LOGIN_CHARACTERS),
]
Password = Annotated[str, Field(min_length=1, max_length=policy.PASSWORD_MAX_CHARACTERS)]


def _as_meant(typed: str) -> str:
    """The code without what comes with copying. Letters are read as they look only where a code has letters."""
    code = clean(typed)
    return recovery.clean(code) if len(code) == policy.RECOVERY_CODE_CHARACTERS else code


ChallengeId = Annotated[str, Field(min_length=1, max_length=64)]
Code = Annotated[
    str,
    Field(max_length=32, examples=["123456"]),
    AfterValidator(clean),
    Field(pattern=f"^[0-9]{{{policy.CODE_DIGITS}}}$"),
]
AnyCode = Annotated[
    str,
    Field(max_length=64, examples=["123456", "0123-4567-89AB-CDEF-GHJK-MNPQ"]),
    AfterValidator(_as_meant),
    Field(pattern=f"^([0-9]{{{policy.CODE_DIGITS}}}|{recovery.PATTERN})$"),
]
"""Of a message, an app or a recovery sheet. Blanks, dashes and full-width digits are forgiven."""

FACTORS = ("sms", "totp", "recovery_code")
Factor = Literal["sms", "totp", "recovery_code"]
"""What proves a user beside his password: a code by SMS, one of an authenticator app, or one kept for emergencies."""

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


class Strict(BaseModel):
    """What comes in. A field that is not declared is refused (ASVS V15.3.3)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SessionView(BaseModel):
    """A session as its holder sees it."""

    user_id: str
    created_at: Instant
    idle_seconds: int
    idle_until: Instant
    ends_at: Instant
    factors: list[str]


class OpenedSession(SessionView):
    """A session whose token is told this once."""

    token: str


class SignedIn(BaseModel):
    """A program's session was opened. `device_token` is there for a new device and makes it known next time."""

    session: OpenedSession
    device_token: str | None


class SignedInByCookie(BaseModel):
    """A browser's session was opened; its secrets are in cookies that no script can read."""

    session: SessionView


class ChallengeView(BaseModel):
    """Answer with POST /verify-code. `channel` is what is asked for; any of `factors` will do.

    `sms_delayed` is true while the carrier has trouble: take another factor if there is one.
    """

    id: str
    channel: Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]
    factors: list[Annotated[str, Field(json_schema_extra={"enum": list(FACTORS)})]]
    phone: str | None
    expires_at: Instant
    resend_at: Instant | None
    sms_delayed: bool


class Challenged(BaseModel):
    """The password was right; the second factor comes next."""

    challenge: ChallengeView


class RefusalBody(BaseModel):
    """Why the answer is no, and what to do. `error` is stable, `message` is for people."""

    error: str
    message: str
    errors: list[Miss] | None = None


class OAuthError(BaseModel):
    """Why the answer is no, as OAuth clients read it (RFC 6749 5.2)."""

    error: str
    error_description: str


def entered(outcome: Challenge | Admission, *, sms_delayed: bool = False) -> Response[Any]:
    """What a right password leads to: a challenge, or a session."""
    if isinstance(outcome, Admission):
        opened, given = signed_in(outcome)
        return Response(200, JSON, opened, cookies=given)
    return Response(200, JSON, Challenged(challenge=challenge_view(outcome, sms_delayed=sms_delayed)))


def challenge_view(challenge: Challenge, *, sms_delayed: bool = False) -> ChallengeView:
    return ChallengeView(
        id=challenge.challenge_id,
        channel=challenge.channel,
        factors=challenge.factors.split(),
        phone=masked(challenge.phone) if challenge.phone else None,
        expires_at=challenge.expires_at,
        resend_at=challenge.resend_at if challenge.phone else None,
        sms_delayed=sms_delayed and challenge.phone is not None,
    )


def signed_in(admitted: Admission) -> tuple[SignedIn | SignedInByCookie, list[Cookie]]:
    """The one answer that carries a session's secret: in the body for a program, in a cookie for a browser."""
    session = admitted.session
    logger.info("signed_in", user_id=session.user_id, session_id=session.session_id, factors=session.factors)
    view = session_view(session)
    token = identifiers.write(admitted.token)
    device = identifiers.write(admitted.device) if admitted.device else None
    if session.transport == "cookie":
        return SignedInByCookie(session=view), [cookies.session(token), *([cookies.device(device)] if device else [])]
    return SignedIn(session=OpenedSession(token=token, **vars(view)), device_token=device), []


def session_view(session: Session) -> SessionView:
    return SessionView(
        user_id=session.user_id,
        created_at=session.created_at,
        idle_seconds=int(session.idle.total_seconds()),
        idle_until=session.idle_until,
        ends_at=session.ends_at,
        factors=session.factors.split(),
    )


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    """The nearest ancestor in STATUS decides, so a subclass hides behind its parent."""
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def oauth_error(refusal: type[Refusal]) -> tuple[HTTPStatus, str]:
    """Status and code for an OAuth client."""
    nearest = next((OAUTH[kind] for kind in refusal.__mro__ if kind in OAUTH), None)
    return nearest or (status_of(refusal), refusal.code)


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
    if wire.is_legacy(path):
        return {}
    every: tuple[type[Refusal], ...] = (*reasons, *WIRE_REFUSALS)
    told = [(*wire.status_and_tag(reason, status_of(reason)), reason) for reason in every]
    return _responses(told, wire.RestError)


def _responses(told: list[tuple[HTTPStatus, str, type[Refusal]]], body: type[BaseModel]) -> dict[int, Any]:
    texts: dict[int, list[str]] = {}
    for status, code, reason in told:
        texts.setdefault(int(status), []).append(f"`{code}`: {reason.__doc__}")
    return {
        status: {"description": "\n\n".join(texts[status]), "content": {"application/json": {"model": body}}}
        for status in sorted(texts)
    }


def new_api() -> APIGatewayRestResolver:
    """A resolver that checks what comes in against each route's signature and answers refusals."""
    app = APIGatewayRestResolver(enable_validation=True)

    @app.exception_handler(Refusal)  # type: ignore[untyped-decorator] # Powertools has no types here
    def refuse(refusal: Refusal) -> Response[str]:
        return answer_no(app.current_event.raw_event, refusal)

    @app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator] # as above
    def refuse_invalid(failure: RequestValidationError) -> Response[str]:
        misses = requests.misses(failure)
        return answer_no(app.current_event.raw_event, errors.InvalidRequest(), misses)

    return app


def serve(app: APIGatewayRestResolver) -> Callable[[Event, LambdaContext], Answer]:
    """The Lambda entry point of *app*: its log lines tied to the request, its answers safe to receive.

    What is no `Refusal` leaves as it is, so that the alarm rings and no caller learns why.
    """

    @logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
    @metrics.log_metrics
    def lambda_handler(event: Event, context: LambdaContext) -> Answer:
        event = event | {"path": event["path"].rstrip("/") or "/"}  # some clients add one (PHP)
        return _safe(event, _resolve(app, event, context))

    return lambda_handler


def answer_no(event: Event, refusal: Refusal, misses: list[Miss] | None = None) -> Response[str]:
    """The answer to a refusal: logged as itself, seen as the ancestor whose code it has."""
    logger.info("refused", reason=type(refusal).__name__)
    metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=1)
    misses = _misses_of(refusal) if misses is None else misses
    if requests.is_for_clients(event):
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
            return [requests.miss("", "dict_type")]
        case MalformedList():
            return [requests.miss(path, code) for path, code in refusal.misses.items()]
        case NotMobile() | FieldRefused():
            return [Miss(path=f"body.{refusal.field}", error=refusal.code, message=refusal.message)]
    return None


def _wire_no(event: Event, refusal: Refusal, misses: list[Miss]) -> Response[str]:
    """The same for an SMSAPI client."""
    status, content_type, body = wire.no(event, refusal, misses, status_of(type(refusal)))
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


def _resolve(app: APIGatewayRestResolver, event: Event, context: LambdaContext) -> Answer:
    identity = event["requestContext"]["identity"]
    logger.append_keys(method=event["httpMethod"], path=event["path"], address=identity["sourceIp"])
    try:
        readable = requests.readable(event, _methods_at(app, event["path"]))
    except Refusal as refusal:
        return _plain(answer_no(event, refusal))
    metrics.add_metric(name="Served", unit=MetricUnit.Count, value=1)
    return app.resolve(readable, context)


def _methods_at(app: APIGatewayRestResolver, path: str) -> set[str]:
    """Powertools answers 404 where only the method is wrong, and lists its routes nowhere in public.

    A path of its own comes before one with a name in it, as in API Gateway.
    """
    own = {route.method for route in app._static_routes if route.rule.match(path)}
    return own or {route.method for route in app._dynamic_routes if route.rule.match(path)}


def _plain(response: Response[str]) -> Answer:
    """The answer as API Gateway wants it."""
    headers = {name: value if isinstance(value, list) else [value] for name, value in response.headers.items()}
    return {
        "statusCode": int(response.status_code),
        "body": response.body,
        "isBase64Encoded": False,
        "multiValueHeaders": headers,
    }


def _safe(event: Event, answer: Answer) -> Answer:
    """API Gateway calls JSON what has no type, and one client reads even an empty body as what it is called (JS)."""
    headers = SAFE_HEADERS | (NO_CACHE if requests.is_for_clients(event) else {})
    empty = {} if answer["body"] else {"Content-Type": wire.TEXT}
    answer["multiValueHeaders"] |= {name: [value] for name, value in (headers | empty).items()}
    return answer
