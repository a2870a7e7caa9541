"""API Gateway on this machine: SAM CLI's emulation, corrected where the real service behaves differently."""

import json
import uuid
from collections.abc import Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from flask import Request, Response, g, request
from samcli.lib.providers.provider import Api
from samcli.local.apigw.authorizers.lambda_authorizer import LambdaAuthorizer
from samcli.local.apigw.exceptions import InvalidLambdaAuthorizerResponse, LambdaResponseParseException
from samcli.local.apigw.local_apigw_service import LocalApigwService
from werkzeug.datastructures import MultiDict

from furtka.local.clock import Clock, milliseconds
from furtka.local.refusals import Refusals
from furtka.local.runner import EventTooLarge, FunctionFailed, Runner, as_strings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_LIMIT = 10 * 1024 * 1024  # bytes: a fixed limit of API Gateway

SAM_REFUSALS = {401: "UNAUTHORIZED", 403: "ACCESS_DENIED"}  # by the status SAM's gateway gives them


UNAUTHORIZED = "Unauthorized"
"""What an authorizer raises so that API Gateway answers 401. Whatever else it raises is a 500."""


class Unauthorized(Exception):
    """The authorizer let nobody in. `kind` is that of the gateway's refusal, `context` what the authorizer says."""

    def __init__(self, kind: str, context: dict[str, str] | None = None) -> None:
        self.kind, self.context = kind, context or {}


class FunctionResponse(Response):
    """A response made by a function. Every other response is the gateway's own."""


class TextRequest(Request):
    """A request whose body and query are text, as API Gateway passes them on: bytes that are not UTF-8 become U+FFFD.

    For the query this is an assumption, which AWS does not document. Werkzeug would leave such bytes in percents, so
    that a function saw a text that the client did not mean.
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        query = self.query_string.decode(errors="replace")
        return self.parameter_storage_class(parse_qsl(query, keep_blank_values=True, errors="replace"))

    def get_data(self, *arguments: Any, **options: Any) -> Any:
        data = super().get_data(*arguments, **options)
        return data if isinstance(data, str) else data.decode(errors="replace").encode()


class Gateway(LocalApigwService):  # type: ignore[misc]  # SAM CLI has no types
    """Serves the routes of an API. Methods with a leading underscore override SAM CLI's own.

    *authorizers* runs the functions that its authorizers name; without it, they are of the same template.
    """

    def __init__(
        self,
        api: Api,
        runner: Runner,
        refusals: Refusals,
        clock: Clock,
        port: int,
        *,
        authorizers: Runner | None = None,
    ) -> None:
        super().__init__(api=api, lambda_runner=runner, port=port, host="127.0.0.1")
        self._refusals = refusals
        self._clock = clock
        self._authorizers = authorizers or runner
        for route in api.routes:
            _ask_for_no_address(route.authorizer_object)

    def create(self, base_paths: Iterable[str] = ()) -> None:
        super().create()
        self._app.wsgi_app = _below(self._app.wsgi_app, tuple(base_paths))
        self._app.request_class = TextRequest
        self._app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
        self._app.before_request(_assign_request_id)

    @property
    def app(self) -> Any:
        return self._app

    def _construct_error_handling(self) -> None:
        for status in (404, 405):
            self._app.register_error_handler(status, partial(self._refused, "MISSING_AUTHENTICATION_TOKEN"))
        for too_large in (413, EventTooLarge):
            self._app.register_error_handler(too_large, partial(self._refused, "REQUEST_TOO_LARGE"))
        for ours in (500, FunctionFailed):
            self._app.register_error_handler(ours, partial(self._refused, "DEFAULT_5XX"))
        self._app.register_error_handler(
            Unauthorized, lambda denied: self._refusals.answer(denied.kind, g.request_id, denied.context)
        )

    def _refused(self, kind: str, _: Any = None) -> Response:
        return self._refusals.answer(kind, g.request_id)

    def _request_handler(self, **parts: Any) -> Response:
        response = super()._request_handler(**parts)
        if isinstance(response, FunctionResponse):
            return response
        return self._refused(SAM_REFUSALS.get(response.status_code, "DEFAULT_5XX"))

    @staticmethod
    def service_response(body: str, headers: Any, status_code: int) -> Response:
        """Build the response of a function. SAM CLI calls this for functions only, which tells them apart."""
        response = FunctionResponse(body, status_code)
        response.headers.update(headers)
        response.headers["x-amzn-RequestId"] = g.request_id
        return response

    @staticmethod
    def _parse_v1_payload_format_lambda_output(*arguments: Any, **options: Any) -> Any:
        try:
            return LocalApigwService._parse_v1_payload_format_lambda_output(*arguments, **options)
        except (LambdaResponseParseException, TypeError, ValueError) as error:
            raise FunctionFailed("did not answer with an HTTP response") from error

    def _generate_lambda_event(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        return self._with_request_values(super()._generate_lambda_event(*arguments, **options))

    def _invoke_parse_lambda_authorizer(
        self, authorizer: LambdaAuthorizer, asked: dict[str, Any], event: dict[str, Any], _: Any
    ) -> None:
        """Put what the authorizer says of the caller into *event*. Raises Unauthorized if it lets nobody in."""
        try:
            answer = self._authorizers.call(authorizer.lambda_name, asked)
            is_allowed = authorizer.is_valid_response(json.dumps(answer), asked["methodArn"])
            context = authorizer.get_context(json.dumps(answer))
        except FunctionFailed as failure:
            raise Unauthorized("UNAUTHORIZED" if failure.said == UNAUTHORIZED else "AUTHORIZER_FAILURE") from failure
        except InvalidLambdaAuthorizerResponse as failure:
            raise Unauthorized("AUTHORIZER_CONFIGURATION_ERROR") from failure
        known = as_strings(context)
        if not is_allowed:
            raise Unauthorized("ACCESS_DENIED", known)
        event["requestContext"]["authorizer"] = known

    def _with_request_values(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the event with this request's own id, time, path and user agent: SAM CLI fills in constants."""
        now = self._clock.now()
        event["path"] = urlsplit(request.environ["REQUEST_URI"]).path  # SAM CLI decodes it, API Gateway does not
        context = event["requestContext"]
        context |= {
            "requestId": g.request_id,
            "extendedRequestId": g.request_id,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": milliseconds(now),
            "path": event["path"],  # without a stage, as with a custom domain
        }
        context["identity"]["userAgent"] = request.headers.get("User-Agent")
        _forward(event, context["identity"]["sourceIp"])
        return event


def _below(app: "WSGIApplication", base_paths: tuple[str, ...]) -> "WSGIApplication":
    """Return *app*, which finds its routes below each base path as well."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        base = next((base for base in base_paths if f"{path}/".startswith(f"{base}/")), "")
        return app(environ | {"PATH_INFO": path.removeprefix(base) or "/"}, start_response)

    return answer


def _ask_for_no_address(authorizer: Any) -> None:
    """Let an authorizer ask for no source below `identity`: SAM CLI finds none, and each request has an address."""
    if isinstance(authorizer, LambdaAuthorizer):
        sources = authorizer.identity_sources
        authorizer._identity_sources = [one for one in sources if not one.identity_source.startswith("identity.")]


def _assign_request_id() -> None:
    g.request_id = str(uuid.uuid4())


def _forward(event: dict[str, Any], address: str) -> None:
    """Append the client's address to X-Forwarded-For, after whatever the client sent, as API Gateway does."""
    claimed = event["headers"].get("X-Forwarded-For")
    event["headers"]["X-Forwarded-For"] = f"{claimed}, {address}" if claimed else address
    event["multiValueHeaders"]["X-Forwarded-For"] = [event["headers"]["X-Forwarded-For"]]
