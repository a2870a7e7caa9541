"""How a function becomes an HTTP API: its entry point, and what every answer has."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.errors import InvalidRequest, NothingThere, Refusal
from shared.http import bodies, preflight, validation
from shared.http.bodies import Event
from shared.http.refusals import answer_no
from shared.http.routing import Route, Routes
from shared.observability import logger, metrics

type Answer = dict[str, Any]

SAFE_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""On every answer: ASVS V3.4.1, V3.4.4, V14.3.2. template.yaml says the same for the gateway's own answers."""

NO_CACHE = {"Pragma": "no-cache"}
"""For OAuth clients besides (RFC 6749 5.1)."""


def serve(routes: Routes) -> Callable[[Event, LambdaContext], Answer]:
    """Return the Lambda entry point of *routes*: log lines tied to the request, answers that are safe to receive.

    What is no `Refusal` leaves as it is, so that the alarm rings and no caller learns why.
    """
    api = resolver(routes)

    @logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
    @metrics.log_metrics
    def lambda_handler(event: Event, context: LambdaContext) -> Answer:
        event = event | {"path": event["path"].rstrip("/") or "/"}  # some clients add one (PHP)
        return _safe(event, _resolve(api, routes, event, context))

    return lambda_handler


def resolver(routes: Routes, described: Callable[[Route], dict[str, Any]] = lambda _: {}) -> APIGatewayRestResolver:
    """Return a Powertools resolver that checks requests against each route's signature and answers refusals.

    *described* adds what only the contract needs to know of a route; a function that serves does without.
    """
    api = APIGatewayRestResolver(enable_validation=True)
    for route in routes:
        rule = route.path.replace("{", "<").replace("}", ">")
        api.route(rule, route.method, status_code=route.status, **described(route))(route.function)

    @api.exception_handler(Refusal)  # type: ignore[untyped-decorator] # Powertools has no types here
    def refuse(refusal: Refusal) -> Response[str]:
        return answer_no(api.current_event.raw_event, refusal)

    @api.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator] # as above
    def refuse_invalid(failure: RequestValidationError) -> Response[str]:
        return answer_no(api.current_event.raw_event, InvalidRequest(), validation.misses(failure))

    @api.not_found
    def refuse_unknown(_: Exception) -> Response[str]:
        """A path with characters that no id has."""
        return answer_no(api.current_event.raw_event, NothingThere())

    return api


def _resolve(api: APIGatewayRestResolver, routes: Routes, event: Event, context: LambdaContext) -> Answer:
    """The table of `route_rules` is asked before anything else: a route that it does not name answers nobody."""
    identity = event["requestContext"]["identity"]
    logger.append_keys(method=event["httpMethod"], path=event["path"], address=identity["sourceIp"])
    try:
        readable = preflight.readable(event, routes.methods_at(event["path"]))
    except Refusal as refusal:
        return _plain(answer_no(event, refusal))
    metrics.add_metric(name="Served", unit=MetricUnit.Count, value=1)
    return api.resolve(readable, context)


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
    headers = SAFE_HEADERS | (NO_CACHE if preflight.is_for_clients(event) else {})
    empty = {} if answer["body"] else {"Content-Type": bodies.TEXT}
    answer["multiValueHeaders"] |= {name: [value] for name, value in (headers | empty).items()}
    return answer
