"""The door for whoever found a secret that leaked."""

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


class FoundSecret(Strict):
    """A secret of ours that was found where it should not be."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_FOUND_CHARACTERS)]


@routes.post("/tokens/found", status=204, refuses=[TooManyForgeries, Outrun])
def post_found(found: FoundSecret, origin: From, now: Now) -> Response[None]:
    """Hand in a secret that leaked: it is taken no longer, and its user is told at once. Nobody needs to sign in."""
    report_found_flow.end(found.token, origin=origin, now=now)
    return Response(204)
