"""How a function becomes an HTTP API: what a request tells, who sent it, and how a refusal is answered."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.request import Request
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from shared import cookies, errors, gatekeeper, policy, requests
from shared.admission import Admission
from shared.domain import identifiers, recovery
from shared.domain.challenges import Challenge, clean, masked
from shared.domain.logins import canonical
from shared.domain.origins import Origin
from shared.domain.sessions import Session
from shared.errors import FailedProof, MethodNotAllowed, NotMobile, NotSignedIn, Refusal, StepUpNeeded, WeakPassword
from shared.observability import logger, metrics
from shared.requests import Miss

type Event = dict[str, Any]
type Answer = dict[str, Any]

Instant = Annotated[datetime, PlainSerializer(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}", return_type=str)]
"""UTC to the second, without a fraction: what every client can read."""

STATUS: dict[type[Refusal], HTTPStatus] = {
    Refusal: HTTPStatus.BAD_REQUEST,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotMobile: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NothingThere: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.CrossSite: HTTPStatus.FORBIDDEN,
    errors.OwnerOnly: HTTPStatus.FORBIDDEN,
    errors.NotAllowedHere: HTTPStatus.FORBIDDEN,
    errors.PasswordChangeNeeded: HTTPStatus.FORBIDDEN,
    errors.FailedProof: HTTPStatus.UNAUTHORIZED,
    errors.ChallengeClosed: HTTPStatus.GONE,
    errors.LinkClosed: HTTPStatus.GONE,
    errors.EnrolmentClosed: HTTPStatus.GONE,
    errors.FactorNeeded: HTTPStatus.CONFLICT,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
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

JSON = "application/json; charset=utf-8"

BODY_REFUSALS = (
    errors.InvalidJson,
    errors.InvalidRequest,
    errors.BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.CrossSite,
)
"""What any route that takes a body may refuse for."""


CALLER = (errors.NotSignedIn, errors.PasswordChangeNeeded)
"""What any route for signed-in people may refuse for."""


SESSION: list[dict[str, list[str]]] = [{"session": []}, {"browser": []}]
"""What a route for signed-in people takes: the token of a program, or a browser's cookie."""


GRANTED: dict[int, Any] = {200: {"description": "Granted."}}
DONE: dict[int, Any] = {204: {"description": "Done."}}
"""What OpenAPI says of a yes: with the model that the route returns, or with nothing to tell."""


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


def refusals(*reasons: type[Refusal]) -> dict[int, Any]:
    """The OpenAPI responses of a route that may refuse for *reasons*. Any route may be unavailable."""
    texts: dict[int, list[str]] = {}
    every: tuple[type[Refusal], ...] = (*reasons, errors.Unavailable)
    for reason in every:
        texts.setdefault(int(status_of(reason)), []).append(f"`{reason.code}`: {reason.__doc__}")
    return {
        status: {
            "description": "\n\n".join(texts[status]),
            "content": {"application/json": {"model": RefusalBody}},
        }
        for status in sorted(texts)
    }


def new_api() -> APIGatewayRestResolver:
    """A resolver that checks what comes in against each route's signature and answers refusals."""
    app = APIGatewayRestResolver(enable_validation=True)
    app.exception_handler(Refusal)(answer_no)
    app.exception_handler(RequestValidationError)(_answer_misses)
    return app


def serve(app: APIGatewayRestResolver) -> Callable[[Event, LambdaContext], Answer]:
    """The Lambda entry point of *app*: its log lines tied to the request, its answers safe to receive.

    What is no `Refusal` leaves as it is, so that the alarm rings and no caller learns why.
    """

    @logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
    @metrics.log_metrics
    def lambda_handler(event: Event, context: LambdaContext) -> Answer:
        return _safe(_resolve(app, event, context))

    return lambda_handler


def answer_no(refusal: Refusal, misses: list[Miss] | None = None) -> Response[str]:
    """The answer to a refusal: logged as itself, seen as the ancestor whose code it has."""
    if isinstance(refusal, WeakPassword):
        misses = [Miss(path="body.password", error=code, message=WEAKNESSES[code]) for code in refusal.misses]
    if isinstance(refusal, NotMobile):
        misses = [Miss(path="body.phone", error=refusal.code, message=refusal.message)]
    logger.info("refused", reason=type(refusal).__name__)
    metrics.add_metric(name="Refused", unit=MetricUnit.Count, value=1)
    body = RefusalBody(error=refusal.code, message=refusal.message, errors=misses)
    return Response(
        status_code=status_of(type(refusal)),
        content_type=JSON,
        headers=_headers_of(refusal),
        body=body.model_dump_json(exclude_none=True),
    )


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


def _answer_misses(failure: RequestValidationError) -> Response[str]:
    return answer_no(errors.InvalidRequest(), requests.misses(failure))


def _resolve(app: APIGatewayRestResolver, event: Event, context: LambdaContext) -> Answer:
    identity = event["requestContext"]["identity"]
    logger.append_keys(method=event["httpMethod"], path=event["path"], address=identity["sourceIp"])
    try:
        requests.must_be_readable(event, _methods_at(app, event["path"]))
    except Refusal as refusal:
        return _plain(answer_no(refusal))
    metrics.add_metric(name="Served", unit=MetricUnit.Count, value=1)
    return app.resolve(requests.plain(event), context)


def _methods_at(app: APIGatewayRestResolver, path: str) -> set[str]:
    """Powertools answers 404 where only the method is wrong, and lists its routes nowhere in public."""
    routes = [*app._static_routes, *app._dynamic_routes]
    return {route.method for route in routes if route.rule.match(path)}


def _plain(response: Response[str]) -> Answer:
    """The answer as API Gateway wants it."""
    headers = {name: value if isinstance(value, list) else [value] for name, value in response.headers.items()}
    return {
        "statusCode": int(response.status_code),
        "body": response.body,
        "isBase64Encoded": False,
        "multiValueHeaders": headers,
    }


def _safe(answer: Answer) -> Answer:
    answer["multiValueHeaders"] |= {name: [value] for name, value in SAFE_HEADERS.items()}
    return answer


def _received_at(request: Request) -> datetime:
    """The one instant of this request: when API Gateway received it."""
    millis: int = request.resolved_event["requestContext"]["requestTimeEpoch"]
    return datetime.fromtimestamp(millis / 1000, UTC)


def _came_from(request: Request) -> Origin:
    """The peer's address as the gateway saw it; no header is believed (ASVS V4.1.3)."""
    context = request.resolved_event["requestContext"]
    user_agent = (context["identity"].get("userAgent") or "").encode(errors="replace").decode()
    return Origin(
        address=context["identity"]["sourceIp"],
        user_agent=user_agent[: policy.MAX_USER_AGENT_CHARACTERS],
        request_id=context["requestId"],
    )


def _event(request: Request) -> Event:
    return request.resolved_event.raw_event


def _anyone(request: Request) -> gatekeeper.Caller:
    """The holder of the session in the Authorization header, or else in the cookie."""
    event = request.resolved_event.raw_event
    if token := requests.bearer(event):
        return gatekeeper.who_is_calling(token, now=_received_at(request))
    token = requests.cookie(event, cookies.SESSION)
    if not token:
        raise FailedProof
    if event["httpMethod"] not in requests.SAFE_METHODS:
        requests.must_be_same_origin(event)
    return gatekeeper.who_is_calling(token, now=_received_at(request))


def _caller(request: Request) -> gatekeeper.Caller:
    caller = _anyone(request)
    caller.must_be_free()
    return caller


def _sure_caller(request: Request) -> gatekeeper.Caller:
    caller = _caller(request)
    caller.must_be_fresh(now=_received_at(request))
    return caller


Now = Annotated[datetime, Depends(_received_at)]
From = Annotated[Origin, Depends(_came_from)]
Raw = Annotated[Event, Depends(_event)]
Caller = Annotated[gatekeeper.Caller, Depends(_caller)]
AnyCaller = Annotated[gatekeeper.Caller, Depends(_anyone)]
"""Also one whose password is overdue, who may do nothing but change it."""
SureCaller = Annotated[gatekeeper.Caller, Depends(_sure_caller)]
"""One who has given his password and second factor just now (step-up, ASVS V7.5.1)."""
