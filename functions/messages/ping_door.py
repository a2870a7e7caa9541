"""The door of /ping: whether the service answers, and whether it accepts the caller's credentials."""

from datetime import datetime

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from shared.auth import api_clients, authorization_header
from shared.domain.origins import Origin
from shared.errors import AccountSuspended, AddressNotAllowed, FailedProof, TooMany, Unavailable
from shared.http.bodies import header
from shared.http.dependencies import From, Now, Raw
from shared.http.routing import Routes

routes = Routes()

PATH = "/ping"


class PingResponse(BaseModel):
    """Whether the credentials would be accepted now, from this address. `unavailable` is always empty."""

    authorized: bool
    unavailable: list[str]


@routes.get(PATH, refuses=[Unavailable])
def get_ping(event: Raw, origin: From, now: Now) -> PingResponse:
    """Check the service and the caller's credentials.

    The answer is 200 for invalid credentials too.
    """
    return PingResponse(authorized=_is_authorized(header(event, "authorization"), origin, now=now), unavailable=[])


@routes.head(PATH, status=204)
def head_ping() -> Response[None]:
    """Check whether the service answers."""
    return Response(204)


def _is_authorized(authorization: str, origin: Origin, *, now: datetime) -> bool:
    """Whether the credentials are valid, without the reason. Wrong ones count as attempts, as on any other route."""
    try:
        if authorization_header.is_basic(authorization):
            api_clients.by_basic(authorization, origin=origin, now=now)
        else:
            api_clients.by_token(authorization_header.bearer(authorization), origin=origin, now=now)
    except (FailedProof, AccountSuspended, AddressNotAllowed, TooMany):
        return False
    return True
