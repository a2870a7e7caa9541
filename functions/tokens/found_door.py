"""The door for whoever found a secret that leaked."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from shared import policy
from shared.errors import (
    Outrun,
    TooManyForgeries,
)
from shared.http.dependencies import From, Now
from shared.http.fields import Strict
from shared.http.openapi import BODY_REFUSALS, DONE, refusals
from tokens import report_found_flow

router = APIGatewayRouter()  # type: ignore[no-untyped-call] # Powertools has no types here


class FoundSecret(Strict):
    """A secret of ours that was found where it should not be."""

    token: Annotated[str, Field(min_length=1, max_length=policy.MAX_FOUND_CHARACTERS)]


@router.post("/tokens/found", status_code=204, responses=DONE | refusals(TooManyForgeries, Outrun, *BODY_REFUSALS))
def post_found(found: FoundSecret, origin: From, now: Now) -> Response[None]:
    """Hand in a secret that leaked: it is taken no longer, and its user is told at once. Nobody needs to sign in."""
    report_found_flow.end(found.token, origin=origin, now=now)
    return Response(204)
