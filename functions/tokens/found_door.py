"""The door of leaked secrets: anybody who finds one can report it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from shared import policy
from shared.errors import (
    Outrun,
    TooManyForgeries,
)
from shared.http.dependencies import From, Now
from shared.http.fields import Strict
from shared.http.routing import Routes
from tokens import report_found_flow

routes = Routes()


class ReportFoundTokenRequest(Strict):
    """The secret that was found."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_FOUND_CHARACTERS)]


@routes.post("/tokens/found", status=204, refuses=[TooManyForgeries, Outrun])
def post_found(request: ReportFoundTokenRequest, origin: From, now: Now) -> Response[None]:
    """Report a leaked secret, such as an API token. It is revoked at once, and its user is notified by e-mail.

    No credentials are needed. The answer is 204 for an unknown secret too.
    """
    report_found_flow.end(request.token, origin=origin, now=now)
    return Response(204)
