"""Parameters that a route can declare: the time and origin of the request, and who calls, as `route_rules` demands."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, cast, get_type_hints

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.request import Request

from shared import policy
from shared.auth import api_clients, authorization_header, sessions
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import FailedProof, InsufficientScope, NotSignedIn, SessionsOnly, TokenRefused, TooManyForgeries
from shared.http import cookies, preflight
from shared.http.bodies import Event, header
from shared.http.route_rules import ACTIONS, Rule, rule_of
from shared.http.smsapi.parameters import Parameters


def _received_at(request: Request) -> datetime:
    """Return when API Gateway received the request: the only time that anything sees during it."""
    millis: int = request.resolved_event["requestContext"]["requestTimeEpoch"]
    return datetime.fromtimestamp(millis / 1000, UTC)


def _came_from(request: Request) -> Origin:
    """Return where the request came from. The address is the gateway's; no forwarding header counts (ASVS V4.1.3)."""
    context = request.resolved_event["requestContext"]
    user_agent = (context["identity"].get("userAgent") or "").encode(errors="replace").decode()
    return Origin(
        address=context["identity"]["sourceIp"],
        user_agent=user_agent[: policy.MAX_USER_AGENT_CHARACTERS],
        request_id=context["requestId"],
    )


def _event(request: Request) -> Event:
    return request.resolved_event.raw_event


def _authorization(request: Request) -> str:
    """Return the Authorization header, or an empty string."""
    return header(_event(request), "authorization")


def _devices_shown(request: Request) -> list[Token]:
    """Return the device tokens in the browser's cookie; none of them is checked yet."""
    return cookies.devices_in(preflight.cookie(_event(request), cookies.DEVICE))


def _rule(request: Request) -> Rule:
    event = _event(request)
    names = _parameters(request) if event["path"] in ACTIONS else ()
    return rule_of(event["httpMethod"], event["path"], names)


def _parameters(request: Request) -> Parameters:
    """Return the parameters of an SMSAPI client; an empty dict on our own routes, whose bodies have models."""
    parameters: Parameters = _event(request).get("parameters", {})
    return parameters


def _person(request: Request) -> sessions.Person:
    """Return the person who is signed in.

    Raises a refusal if nobody is, or if the rule of the route does not let them in.
    """
    person, rule = _signed_in(request), _rule(request)
    if rule.owner:
        person.must_be_owner()
    if rule.scope:
        person.must_have(rule.scope)
    if not rule.overdue:
        person.must_be_free()
    if not rule.enrols:
        person.must_have_factor(now=_received_at(request))
    if rule.step_up:
        person.must_be_fresh(now=_received_at(request))
    return person


def _signed_in(request: Request) -> sessions.Person:
    """Return the person whose session is in the Authorization header, or else in the cookie.

    HTTP Basic is for programs, so it is refused unread even beside a valid cookie.
    """
    event, authorization = _event(request), _authorization(request)
    origin, now = _came_from(request), _received_at(request)
    if authorization_header.is_basic(authorization):
        raise FailedProof
    if token := authorization_header.bearer(authorization):
        if identifiers.is_for_programs(token):
            raise SessionsOnly
        return sessions.by_session(token, origin=origin, now=now)
    token = preflight.cookie(event, cookies.SESSION)
    if not token:
        raise FailedProof
    if event["httpMethod"] not in preflight.SAFE_METHODS:
        preflight.must_be_same_origin(event)
    return sessions.by_session(token, origin=origin, now=now)


def _leaver(request: Request) -> sessions.Person | None:
    """Return the person who signs out; None if nobody is signed in with what was shown, so that they are out already.

    Raises a refusal for a program's credentials, for a foreign page, or if the address is not allowed.
    """
    try:
        return _person(request)
    except (NotSignedIn, TooManyForgeries):
        return None
    except FailedProof:
        if _authorization(request):
            raise
        return None


def _person_or_over(request: Request) -> sessions.Person | sessions.SessionOver:
    """Return the person who is signed in, or the session that was shown if it is over. Raises as `_person` does."""
    try:
        return _person(request)
    except sessions.SessionOver as over:
        return over


def _principal(request: Request) -> sessions.Person | api_clients.ApiClient:
    """Return the person who is signed in, or the program whose credentials have the scope of the route.

    Raises a refusal if there is neither, or if the rule of the route does not let them in.
    """
    rule, authorization = _rule(request), _authorization(request)
    token, origin, now = authorization_header.bearer(authorization), _came_from(request), _received_at(request)
    if rule.scope and authorization_header.is_basic(authorization):
        client = _by_password(authorization, rule.scope, origin=origin, now=now)
    elif rule.scope and identifiers.is_for_programs(token):
        client = api_clients.by_token(token, origin=origin, now=now)
    elif rule.scope and token and not identifiers.is_for_people(token):
        raise TokenRefused  # a program's mistake, told in a program's words
    else:
        return _person(request)
    if rule.owner:
        client.must_be_owner()
    client.must_have(rule.scope)
    return client


def _api_client(request: Request) -> api_clients.ApiClient:
    """Return the program whose credentials have the scope of the route.

    Raises TokenRefused for a session, or FailedProof if there are no credentials.
    """
    authorization = _authorization(request)
    token = authorization_header.bearer(authorization)
    if not authorization_header.is_basic(authorization) and not identifiers.is_for_programs(token):
        raise TokenRefused if token else FailedProof
    return cast(api_clients.ApiClient, _principal(request))


def _by_password(authorization: str, scope: str, *, origin: Origin, now: datetime) -> api_clients.ApiClient:
    """Return the program with this API password. Raises InsufficientScope, unread, if no password has the scope."""
    if scope not in LEGACY_SCOPES:
        raise InsufficientScope(scope)
    return api_clients.by_basic(authorization, origin=origin, now=now)


Now = Annotated[datetime, Depends(_received_at)]
From = Annotated[Origin, Depends(_came_from)]
Raw = Annotated[Event, Depends(_event)]
DevicesShown = Annotated[list[Token], Depends(_devices_shown)]
Person = Annotated[sessions.Person, Depends(_person)]
PersonOrOver = Annotated[sessions.Person | sessions.SessionOver, Depends(_person_or_over)]
Leaver = Annotated[sessions.Person | None, Depends(_leaver)]
SentParameters = Annotated[Parameters, Depends(_parameters)]
ApiClient = Annotated[api_clients.ApiClient, Depends(_api_client)]
Principal = Annotated[sessions.Person | api_clients.ApiClient, Depends(_principal)]
"""Who calls, already checked against the rule of the route in `http.route_rules`."""


def asks_who_calls(function: Callable[..., Any]) -> bool:
    """Return whether the function of a route declares one of these, whoever it is that it lets in."""
    declared = get_type_hints(function, include_extras=True).values()
    return any(kind in (Person, PersonOrOver, Leaver, ApiClient, Principal) for kind in declared)
