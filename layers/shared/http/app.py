"""How a function becomes an HTTP API: its entry point, and what every answer has."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared import errors
from shared.errors import (
    Refusal,
)
from shared.http import bodies, preflight, validation
from shared.http.bodies import Event
from shared.http.refusals import answer_no
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


def new_api() -> APIGatewayRestResolver:
    """A resolver that checks what comes in against each route's signature and answers refusals."""
    app = APIGatewayRestResolver(enable_validation=True)

    @app.exception_handler(Refusal)  # type: ignore[untyped-decorator] # Powertools has no types here
    def refuse(refusal: Refusal) -> Response[str]:
        return answer_no(app.current_event.raw_event, refusal)

    @app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator] # as above
    def refuse_invalid(failure: RequestValidationError) -> Response[str]:
        misses = validation.misses(failure)
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


def _resolve(app: APIGatewayRestResolver, event: Event, context: LambdaContext) -> Answer:
    identity = event["requestContext"]["identity"]
    logger.append_keys(method=event["httpMethod"], path=event["path"], address=identity["sourceIp"])
    try:
        readable = preflight.readable(event, _methods_at(app, event["path"]))
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
    headers = SAFE_HEADERS | (NO_CACHE if preflight.is_for_clients(event) else {})
    empty = {} if answer["body"] else {"Content-Type": bodies.TEXT}
    answer["multiValueHeaders"] |= {name: [value] for name, value in (headers | empty).items()}
    return answer
