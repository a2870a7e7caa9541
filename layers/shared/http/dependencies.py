"""Parameters that a route can declare: the time and origin of the request, and who calls, as `route_rules` demands."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, cast, get_type_hints
from urllib.parse import unquote_plus

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.request import Request

from shared.arrival import request_time
from shared.auth import api_clients, authorization_header, sessions
from shared.delivery import carrier_reports
from shared.domain import identifiers
from shared.domain.identifiers import Token
from shared.domain.origins import Origin
from shared.domain.scopes import LEGACY_SCOPES
from shared.errors import (
    CarrierRefused,
    ClientRefused,
    ClientSecretShown,
    FailedProof,
    InsufficientScope,
    NotSignedIn,
    SessionShown,
    SessionsOnly,
    TokenForged,
    TokenNeeded,
    TokenRefused,
    TooManyForgeries,
    TwoProofs,
)
from shared.http import cookies, preflight, texts
from shared.http.bodies import Event, header
from shared.http.route_rules import ACTIONS, Rule, rule_of, rules_of
from shared.http.smsapi.parameters import Parameters


def came_from(event: Event) -> Origin:
    """Return where the request came from. The address is the gateway's; no forwarding header counts (ASVS V4.1.3).

    Behind a declared CloudFront `trusted_proxy` has put the viewer's address there.
    """
    context = event["requestContext"]
    return Origin(
        address=context["identity"]["sourceIp"],
        user_agent=texts.user_agent(context["identity"].get("userAgent")),
        request_id=context["requestId"],
    )


def _event(request: Request) -> Event:
    return request.resolved_event.raw_event


def _now(request: Request) -> datetime:
    return request_time(_event(request))


def _origin(request: Request) -> Origin:
    return came_from(_event(request))


def _caller(request: Request) -> Any:
    """Return who calls. `app` found it out before it read the body."""
    return _event(request)["caller"]


def _parameters(request: Request) -> Parameters:
    """Return the parameters of an SMSAPI client; an empty dict on our own routes, whose bodies have models."""
    parameters: Parameters = _event(request).get("parameters", {})
    return parameters


def _devices_shown(request: Request) -> list[Token]:
    """Return the device tokens in the browser's cookie; none of them is checked yet."""
    return cookies.devices_in(preflight.cookie(_event(request), cookies.DEVICE))


def _authorization(event: Event) -> str:
    """Return the Authorization header, or an empty string."""
    return header(event, "authorization")


def _rule(event: Event) -> Rule:
    """Return the rule of the request; before its parameters are read, that of a request without any."""
    return rule_of(event["httpMethod"], event["path"], event.get("parameters", ()))


def _person(event: Event) -> sessions.Person:
    """Return the person who is signed in.

    Raises a refusal if nobody is, or if the rule of the route does not let them in.
    """
    person, rule, now = _signed_in(event), _rule(event), request_time(event)
    if rule.owner:
        person.must_be_owner()
    if rule.scope and rule.also not in person.scopes:
        person.must_have(rule.scope)
    if not rule.overdue:
        person.must_be_free()
    if not rule.enrols:
        person.must_have_factor(now=now)
    if rule.step_up:
        person.must_be_fresh(now=now)
    return person


def _signed_in(event: Event) -> sessions.Person:
    """Return the person whose session is in the Authorization header, or else in the cookie.

    HTTP Basic is for programs, so it is refused unread even beside a valid cookie.
    """
    authorization, origin, now = _authorization(event), came_from(event), request_time(event)
    if authorization_header.is_basic(authorization):
        raise FailedProof
    if token := authorization_header.bearer(authorization):
        if identifiers.is_for_programs(token):
            raise SessionsOnly
        return sessions.by_session(token, origin=origin, now=now)
    token = preflight.cookie(event, cookies.SESSION)
    if not token:
        raise TokenNeeded if authorization else FailedProof
    if event["httpMethod"] not in preflight.SAFE_METHODS:
        preflight.must_be_same_origin(event)
    return sessions.by_session(token, origin=origin, now=now)


def _leaver(event: Event) -> sessions.Person | None:
    """Return the person who signs out; None if nobody is signed in with what was shown, so that they are out already.

    Raises a refusal for a program's credentials, for a foreign page, or if the address is not allowed.
    """
    try:
        return _person(event)
    except (NotSignedIn, TooManyForgeries):
        return None
    except FailedProof:
        if _authorization(event):
            raise
        return None


def _person_or_over(event: Event) -> sessions.Person | sessions.SessionOver:
    """Return the person who is signed in, or the session that was shown if it is over. Raises as `_person` does."""
    try:
        return _person(event)
    except sessions.SessionOver as over:
        return over


def _principal(event: Event) -> sessions.Person | api_clients.ApiClient:
    """Return the person who is signed in, or the program whose credentials have the scope of the route.

    Raises a refusal if there is neither, or if the rule of the route does not let them in. Where the name of a
    parameter selects the rule, `must_be_let_in` judges the program once the parameters are read.
    """
    authorization, origin, now = _authorization(event), came_from(event), request_time(event)
    token = authorization_header.bearer(authorization)
    scopes = {rule.scope for rule in rules_of(event["httpMethod"], event["path"])} - {None}
    if scopes and authorization_header.is_basic(authorization):
        client = _by_password(authorization, scopes, origin=origin, now=now)
    elif scopes and identifiers.is_for_programs(token):
        client = api_clients.by_token(token, origin=origin, now=now)
    elif scopes and token and not identifiers.is_for_people(token):
        raise _no_token(token)
    elif scopes and authorization and not token:
        raise TokenNeeded
    else:
        return _person(event)
    if event["path"] not in ACTIONS:
        must_be_let_in(client, event)
    return client


def _api_client(event: Event) -> api_clients.ApiClient:
    """Return the program whose credentials have the scope of the route.

    Raises SessionShown for a session, or TokenNeeded if there are no credentials.
    """
    authorization = _authorization(event)
    token = authorization_header.bearer(authorization)
    if not authorization_header.is_basic(authorization) and not identifiers.is_for_programs(token):
        raise _no_token(token)
    return cast(api_clients.ApiClient, _principal(event))


def _no_token(shown: str) -> FailedProof:
    """Return the refusal, in a program's words, of what it showed in place of a token."""
    if identifiers.is_for_people(shown):
        return SessionShown()
    if identifiers.is_for_clients(shown):
        return ClientSecretShown()
    return TokenForged() if shown else TokenNeeded()


def _oauth_client(event: Event) -> api_clients.ApiClient:
    """Return the OAuth client, identified by HTTP Basic or by the form (RFC 6749 2.3.1).

    Raises TwoProofs if it sent a secret in both places, ClientRefused, or a refusal of `api_clients.by_client_secret`.
    """
    sent = preflight.form(event)
    client_id, secret = sent.get("client_id", ""), sent.get("client_secret", "")
    if authorization := _authorization(event):
        name, password = map(unquote_plus, authorization_header.pair(authorization) or ("", ""))
        if secret or (client_id and client_id != name):
            raise TwoProofs
        client_id, secret = name, password
    try:
        return api_clients.by_client_secret(client_id, secret, origin=came_from(event), now=request_time(event))
    except TokenRefused as refusal:
        raise ClientRefused from refusal


def _carrier(event: Event) -> None:
    """Raise CarrierRefused unless the last part of the path is the carrier's secret."""
    if not carrier_reports.is_secret(event["path"].rpartition("/")[2]):
        raise CarrierRefused


def must_be_let_in(client: api_clients.ApiClient, event: Event) -> None:
    """Raise OwnerOnly or InsufficientScope unless the rule of the request lets the program in."""
    rule = _rule(event)
    if rule.owner:
        client.must_be_owner()
    if rule.also not in client.scopes:
        client.must_have(str(rule.scope))


def _by_password(
    authorization: str, scopes: Iterable[str | None], *, origin: Origin, now: datetime
) -> api_clients.ApiClient:
    """Return the program with this API password.

    Raises InsufficientScope, unread, if no password has any of *scopes*.
    """
    if LEGACY_SCOPES.isdisjoint(scopes):
        raise InsufficientScope(min(filter(None, scopes)))
    return api_clients.by_basic(authorization, origin=origin, now=now)


Now = Annotated[datetime, Depends(_now)]
From = Annotated[Origin, Depends(_origin)]
Raw = Annotated[Event, Depends(_event)]
DevicesShown = Annotated[list[Token], Depends(_devices_shown)]
SentParameters = Annotated[Parameters, Depends(_parameters)]
Person = Annotated[sessions.Person, Depends(_caller)]
PersonOrOver = Annotated[sessions.Person | sessions.SessionOver, Depends(_caller)]
Leaver = Annotated[sessions.Person | None, Depends(_caller)]
ApiClient = Annotated[api_clients.ApiClient, Depends(_caller)]
OAuthClient = Annotated[api_clients.ApiClient, Depends(_caller), "OAuth"]
Principal = Annotated[sessions.Person | api_clients.ApiClient, Depends(_caller)]
Carrier = Annotated[None, Depends(_caller)]
"""Who calls, already checked against the rule of the route in `http.route_rules`."""

CALLERS: dict[Any, Callable[[Event], Any]] = {
    Person: _person,
    PersonOrOver: _person_or_over,
    Leaver: _leaver,
    ApiClient: _api_client,
    OAuthClient: _oauth_client,
    Principal: _principal,
    Carrier: _carrier,
}


def how_caller_is_known(function: Callable[..., Any]) -> Callable[[Event], Any] | None:
    """Return how to find out who calls the *function* of a route, or None if it does not ask."""
    declared = get_type_hints(function, include_extras=True).values()
    return next((CALLERS[kind] for kind in CALLERS if kind in declared), None)
