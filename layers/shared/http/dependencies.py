"""What a route may ask to be told: when and whence a request came, and who sent it, as the table of access wants it."""

from datetime import UTC, datetime
from typing import Annotated, cast

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.request import Request

from shared import policy
from shared.auth import api_clients, authorization_header, sessions
from shared.domain import identifiers
from shared.domain.origins import Origin
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import FailedProof, InsufficientScope, SessionsOnly, TokenRefused
from shared.http import cookies, preflight
from shared.http.bodies import Event, header
from shared.http.route_rules import ACTIONS, Rule, rule_of
from shared.http.smsapi.parameters import Parameters


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


def _shown(request: Request) -> str:
    """The Authorization header."""
    return header(_event(request), "authorization")


def _rule(request: Request) -> Rule:
    event = _event(request)
    named = _parameters(request) if event["path"] in ACTIONS else ()
    return rule_of(event["httpMethod"], event["path"], named)


def _parameters(request: Request) -> Parameters:
    """Those of an SMSAPI client, whatever their encoding was; none on our own routes, whose bodies have models."""
    given: Parameters = _event(request).get("parameters", {})
    return given


def _person(request: Request) -> sessions.Person:
    """Whoever is signed in, if the route is for him."""
    person, rule = _signed_in(request), _rule(request)
    if rule.owner:
        person.must_be_owner()
    if rule.scope:
        person.must_have(rule.scope)
    if not rule.overdue:
        person.must_be_free()
    if rule.step_up:
        person.must_be_fresh(now=_received_at(request))
    return person


def _signed_in(request: Request) -> sessions.Person:
    """The holder of the session in the Authorization header, or else in the cookie.

    A login with a password is for programs: who shows one is refused unread, whatever his cookies.
    """
    event, shown = _event(request), _shown(request)
    origin, now = _came_from(request), _received_at(request)
    if authorization_header.is_basic(shown):
        raise FailedProof
    if token := authorization_header.bearer(shown):
        if identifiers.is_for_programs(token):
            raise SessionsOnly
        return sessions.by_session(token, origin=origin, now=now)
    token = preflight.cookie(event, cookies.SESSION)
    if not token:
        raise FailedProof
    if event["httpMethod"] not in preflight.SAFE_METHODS:
        preflight.must_be_same_origin(event)
    return sessions.by_session(token, origin=origin, now=now)


def _principal(request: Request) -> sessions.Person | api_clients.ApiClient:
    """Whoever is signed in, or a program that has the scope that the table names."""
    rule, shown = _rule(request), _shown(request)
    token, origin, now = authorization_header.bearer(shown), _came_from(request), _received_at(request)
    if rule.scope and authorization_header.is_basic(shown):
        client = _by_password(shown, rule.scope, origin=origin, now=now)
    elif rule.scope and identifiers.is_for_programs(token):
        client = api_clients.by_token(token, origin=origin, now=now)
    else:
        return _person(request)
    if rule.owner:
        client.must_be_owner()
    client.must_have(rule.scope)
    return client


def _api_client(request: Request) -> api_clients.ApiClient:
    """A program that has the scope that the table names. A session is none, whoever has signed in."""
    shown = _shown(request)
    token = authorization_header.bearer(shown)
    if not authorization_header.is_basic(shown) and not identifiers.is_for_programs(token):
        raise TokenRefused if token else FailedProof
    return cast(api_clients.ApiClient, _principal(request))


def _by_password(shown: str, scope: str, *, origin: Origin, now: datetime) -> api_clients.ApiClient:
    """What no password ever gives is refused unread."""
    if scope not in LEGACY_SCOPES:
        raise InsufficientScope(scope)
    return api_clients.by_basic(shown, origin=origin, now=now)


Now = Annotated[datetime, Depends(_received_at)]
From = Annotated[Origin, Depends(_came_from)]
Raw = Annotated[Event, Depends(_event)]
Person = Annotated[sessions.Person, Depends(_person)]
Given = Annotated[Parameters, Depends(_parameters)]
ApiClient = Annotated[api_clients.ApiClient, Depends(_api_client)]
Principal = Annotated[sessions.Person | api_clients.ApiClient, Depends(_principal)]
"""Each is as the table says: with fresh proofs, the owner alone, or with a scope. See `http.route_rules`."""
