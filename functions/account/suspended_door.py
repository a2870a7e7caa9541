"""The door of what a rescue suspended: list it, and confirm it."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from account import review_suspended_flow
from account.review_suspended_flow import Suspended
from shared.errors import NotFound, Outrun
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Instant
from shared.http.routing import Routes

routes = Routes()


class SuspendedToken(BaseModel):
    """An API token or OAuth client that is refused until it is confirmed."""

    id: str
    name: str
    created_at: Instant
    created_by: str


class SuspendedSubuser(BaseModel):
    """A sub-user who cannot sign in, and whose tokens are refused, until they are confirmed."""

    id: str
    username: str


class SuspendedResponse(BaseModel):
    """What came from a sign-in that was reported with "it was not me". It does nothing until it is confirmed.

    An owner sees that of the whole account. `api_password` is about the caller's own.
    """

    tokens: list[SuspendedToken]
    subusers: list[SuspendedSubuser]
    api_password: bool


@routes.get("/account/suspended")
def get_suspended(person: Person) -> SuspendedResponse:
    """List what is suspended since a sign-in was reported: tokens, sub-users, the API password."""
    return _response(review_suspended_flow.suspended(person))


@routes.post("/account/suspended/{record_id}/confirm", status=204, refuses=[NotFound, Outrun])
def post_suspended_confirmation(person: Person, record_id: str, origin: From, now: Now) -> Response[None]:
    """Confirm a token or a sub-user by its id, or the caller's API password by `api-password`: it works again."""
    review_suspended_flow.confirm(person, record_id, origin=origin, now=now)
    return Response(204)


def _response(suspended: Suspended) -> SuspendedResponse:
    return SuspendedResponse(
        tokens=[
            SuspendedToken(id=token.token_id, name=token.name, created_at=token.created_at, created_by=token.created_by)
            for token in suspended.tokens
        ],
        subusers=[SuspendedSubuser(id=user.user_id, username=user.login) for user in suspended.subusers],
        api_password=suspended.api_password,
    )
