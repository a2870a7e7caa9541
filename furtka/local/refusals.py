"""API Gateway's own refusals, with the bodies and headers that the template's GatewayResponses give them."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

# What API Gateway answers if the template declares nothing for the kind
DEFAULTS = {
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "DEFAULT_4XX": (400, "Bad Request"),
    "DEFAULT_5XX": (502, "Internal server error"),
}
USUAL_TEMPLATE = '{"message":$context.error.messageString}'


class Refusals:
    """Builds API Gateway's own refusals. *declared* are the template's GatewayResponses."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self._declared = declared

    def answer(self, kind: str, request_id: str, authorizer: Mapping[str, str] | None = None) -> Response:
        """Return the refusal of a kind, as the template declares it, or its DEFAULT_4XX or DEFAULT_5XX.

        *authorizer* is what the authorizer says of the caller.
        """
        status, message = DEFAULTS[kind]
        declared = self._declared.get(kind) or self._declared.get(f"DEFAULT_{status // 100}XX") or {}
        template = declared.get("ResponseTemplates", {}).get("application/json", USUAL_TEMPLATE)
        response = Response(_filled(template, kind, message, request_id, authorizer or {}), mimetype="application/json")
        response.status_code = int(declared.get("StatusCode", status))
        response.headers["x-amzn-RequestId"] = request_id
        for name, value in declared.get("ResponseParameters", {}).get("Headers", {}).items():
            response.headers[name] = value.strip("'")
        return response


def _filled(template: str, kind: str, message: str, request_id: str, authorizer: Mapping[str, str]) -> str:
    """Return the template with the variables of gateway responses filled in."""
    for name in sorted(authorizer, key=len, reverse=True):
        template = template.replace(f"$context.authorizer.{name}", authorizer[name])
    values = {  # a name that begins with another one comes before it
        "$context.error.messageString": json.dumps(message),
        "$context.error.message": message,
        "$context.error.responseType": kind,
        "$context.requestId": request_id,
    }
    for variable, value in values.items():
        template = template.replace(variable, value)
    return template
