"""The entry point of a function that serves HTTP: routing, refusals, and the headers of every answer."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, DependencyResolutionError, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared import arrival, deadline
from shared.errors import InvalidRequest, NotFound, Refusal
from shared.http import bodies, dependencies, paths, preflight, trusted_proxy, validation
from shared.http.bodies import Event
from shared.http.refusals import mistake_response, refusal_response
from shared.http.route_rules import ACTIONS, path_to_log
from shared.http.routing import Route, Routes
from shared.http.smsapi.errors import is_legacy
from shared.observability import logger, metrics, record_unforeseen

type Answer = dict[str, Any]

SAFE_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every answer (ASVS V3.4.1, V3.4.4, V14.3.2). template.yaml sets them on API Gateway's own answers."""

NO_CACHE = {"Pragma": "no-cache"}
"""An additional header of answers to OAuth clients (RFC 6749 5.1)."""


def serve(routes: Routes) -> Callable[[Event, LambdaContext], Answer]:
    """Return the Lambda entry point of *routes*. It sets SAFE_HEADERS and ties each log line to its request.

    An exception that is not a `Refusal` is a mistake of ours: it is answered in the shape of the route, without a word
    on why, and counted as `Unforeseen`, which rings the alarm.
    """
    api = resolver(routes)

    @deadline.kept
    @logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
    @metrics.log_metrics
    def lambda_handler(event: Event, context: LambdaContext) -> Answer:
        event = arrival.settled(event) | {"path": paths.path_of(event)}
        try:
            answer = _resolve(api, routes, event, context)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the caller gets an answer
            answer = _for_gateway(_mistake(event, failure))
        return _with_safe_headers(event, answer)

    return lambda_handler


def resolver(routes: Routes, described: Callable[[Route], dict[str, Any]] = lambda _: {}) -> APIGatewayRestResolver:
    """Return a Powertools resolver that validates requests by each route's signature and answers refusals.

    *described* adds what only the contract needs to know about a route; a function that serves leaves it out.
    """
    api = APIGatewayRestResolver(enable_validation=True)
    for route in routes:
        rule = route.path.replace("{", "<").replace("}", ">")
        api.route(rule, route.method, status_code=route.status, **described(route))(route.function)

    @api.exception_handler(Refusal)  # type: ignore[untyped-decorator] # Powertools has no types here
    def refuse(refusal: Refusal) -> Response[str]:
        return refusal_response(api.current_event.raw_event, refusal)

    @api.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator] # as above
    def refuse_invalid(failure: RequestValidationError) -> Response[str]:
        if validation.is_of_answer(failure):
            return _mistake(api.current_event.raw_event, failure)
        return refusal_response(api.current_event.raw_event, InvalidRequest(), validation.field_errors(failure))

    @api.exception_handler(Exception)  # type: ignore[untyped-decorator] # as above
    def own_up(failure: Exception) -> Response[str]:
        """Answer here already: Powertools would log the text of the exception, which may repeat the input."""
        return _mistake(api.current_event.raw_event, failure)

    @api.not_found
    def refuse_unknown(_: Exception) -> Response[str]:
        """Answer 404 to a path with characters that no id has; `preflight` has refused all other unknown paths."""
        return refusal_response(api.current_event.raw_event, NotFound())

    return api


def _resolve(api: APIGatewayRestResolver, routes: Routes, event: Event, context: LambdaContext) -> Answer:
    """Refuse what has no rule in `route_rules`, or does not ask who calls although its rule demands it, unread.

    Who calls is known before the body is read, so that strangers learn nothing about it and it costs them nothing.
    """
    # The route's path, not the request's, and no query: people paste secrets into both.
    logger.append_keys(method=event["httpMethod"], path=path_to_log(event["path"]), address=_address(event))
    try:
        if routes.declared:  # what answers only that there is nothing needs neither address nor secret
            event = trusted_proxy.unwrapped(event)
            logger.append_keys(address=_address(event))
        preflight.must_be_taken(event, routes.methods_at(event["path"]))
        metrics.add_metric(name="Served", unit=MetricUnit.Count, value=1)
        checked = _read(routes.find(event["httpMethod"], event["path"]), event)
    except Refusal as refusal:
        return _for_gateway(refusal_response(_with_format(event), refusal))
    return api.resolve(checked, context)


def _address(event: Event) -> str:
    return str(event["requestContext"]["identity"]["sourceIp"])


def _read(route: Route, event: Event) -> Event:
    """Return *event* as doors expect it, with who calls, found out before the body is read.

    OAuth clients may show their secret in the form (RFC 6749 2.3.1), so theirs is read first, but not judged.
    """
    if preflight.is_for_clients(event):
        return route.with_caller(preflight.readable(event))
    checked = preflight.readable(route.with_caller(event))
    if checked["path"] in ACTIONS:
        dependencies.must_be_let_in(checked["caller"], checked)
    return checked


def _with_format(event: Event) -> Event:
    """Return *event*, which is refused unread, with the parameters of a `*.do` if they can be read: one of them is the
    format of the answer.
    """
    if not is_legacy(event["path"]) or not bodies.is_usual(event):
        return event
    try:
        return preflight.with_parameters(event)
    except Refusal:
        return event


def _mistake(event: Event, failure: Exception) -> Response[str]:
    """Record a mistake of ours and return the answer to it."""
    cause = failure.__cause__ if isinstance(failure, DependencyResolutionError) else None
    record_unforeseen(cause or failure)
    return mistake_response(event)


def _for_gateway(response: Response[str]) -> Answer:
    """Return *response* in the format of API Gateway's proxy integration."""
    headers = {name: value if isinstance(value, list) else [value] for name, value in response.headers.items()}
    if response.cookies:
        headers["Set-Cookie"] = [str(cookie) for cookie in response.cookies]
    return {
        "statusCode": int(response.status_code),
        "body": response.body,
        "isBase64Encoded": False,
        "multiValueHeaders": headers,
    }


def _with_safe_headers(event: Event, answer: Answer) -> Answer:
    """Return *answer* with SAFE_HEADERS, and with a content type if its body is empty.

    API Gateway declares an answer without a content type as JSON, and the JavaScript client parses even an empty body
    by its content type.
    """
    headers = SAFE_HEADERS | (NO_CACHE if preflight.is_for_clients(event) else {})
    empty = {} if answer["body"] else {"Content-Type": bodies.TEXT}
    answer["multiValueHeaders"] |= {name: [value] for name, value in (headers | empty).items()}
    return answer
