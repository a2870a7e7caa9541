"""The door to /ping: does the service answer, and would it take this token?"""

from datetime import datetime

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from shared.auth import api_clients, authorization_header
from shared.domain.origins import Origin
from shared.errors import AddressNotAllowed, FailedProof, TooMany, Unavailable
from shared.http.bodies import header
from shared.http.dependencies import From, Now, Raw
from shared.http.routing import Routes

routes = Routes()

PATH = "/ping"


class Ping(BaseModel):
    """Whether the token would be taken now, from this address; and which services do not answer: none."""

    authorized: bool
    unavailable: list[str]


@routes.get(PATH, refuses=[Unavailable])
def get_ping(event: Raw, origin: From, now: Now) -> Ping:
    """Would my token be taken? The answer is 200 for a bad one as well."""
    return Ping(authorized=_is_authorized(header(event, "authorization"), origin, now=now), unavailable=[])


@routes.head(PATH, status=204)
def head_ping() -> Response[None]:
    """Does anybody answer?"""
    return Response(204)


def _is_authorized(shown: str, origin: Origin, *, now: datetime) -> bool:
    """Whatever is wrong looks the same. A wrong proof is counted here as it is anywhere."""
    try:
        if authorization_header.is_basic(shown):
            api_clients.by_basic(shown, origin=origin, now=now)
        else:
            api_clients.by_token(authorization_header.bearer(shown), origin=origin, now=now)
    except (FailedProof, AddressNotAllowed, TooMany):
        return False
    return True
