"""The door of what waits to be confirmed: list it, and confirm it."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from account import review_suspended_flow
from account.review_suspended_flow import Suspended
from shared.domain.rights import Rights
from shared.domain.users import User
from shared.errors import NotFound, Outrun
from shared.http.cursors import must_say_no_more
from shared.http.dependencies import From, Now, Person, Raw
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


class BoundedSubuser(BaseModel):
    """A sub-user whom a program with limits created, enabled, or gave a password or permissions.

    They and their programs stay within these limits until the owner confirms them. `permissions` are those that they
    have within them.
    """

    id: str
    username: str
    permissions: list[str]
    expiration_date: Instant | None
    ip_list: list[str]
    rate_limit: int | None
    hide_codes: bool


class SuspendedResponse(BaseModel):
    """What came from a sign-in that was reported with "it was not me". It does nothing until it is confirmed.

    An owner sees that of the whole account. `api_password` is about the caller's own. `bounded` are sub-users who do
    work, within the limits of the program that they came from.
    """

    tokens: list[SuspendedToken]
    subusers: list[SuspendedSubuser]
    api_password: bool
    bounded: list[BoundedSubuser]


class ConfirmedResponse(BaseModel):
    """How many sub-users were confirmed."""

    confirmed: int


@routes.get("/account/suspended")
def get_suspended(person: Person) -> SuspendedResponse:
    """List what waits to be confirmed: tokens, sub-users and the API password, suspended since a sign-in was reported.

    And, for the owner, sub-users who are bound by the limits of a program.
    """
    return _response(review_suspended_flow.suspended(person))


@routes.post("/account/suspended/{record_id}/confirm", status=204, refuses=[NotFound, Outrun])
def post_suspended_confirmation(person: Person, record_id: str, origin: From, now: Now) -> Response[None]:
    """Confirm a token or a sub-user by its id, or the caller's API password by `api-password`: it works again.

    A sub-user in `bounded` is free of the limits of the program that they came from.
    """
    review_suspended_flow.confirm(person, record_id, origin=origin, now=now)
    return Response(204)


@routes.post("/account/suspended/confirm", refuses=[Outrun])
def post_people_confirmation(person: Person, origin: From, now: Now, request: Raw) -> ConfirmedResponse:
    """Confirm all sub-users in `bounded`: they are free of the limits of the programs that they came from.

    With any parameter, which might be meant to name one of them, nobody is confirmed.
    """
    must_say_no_more(request)
    return ConfirmedResponse(confirmed=review_suspended_flow.confirm_people(person, origin=origin, now=now))


def _response(suspended: Suspended) -> SuspendedResponse:
    return SuspendedResponse(
        tokens=[
            SuspendedToken(id=token.token_id, name=token.name, created_at=token.created_at, created_by=token.created_by)
            for token in suspended.tokens
        ],
        subusers=[SuspendedSubuser(id=user.user_id, username=user.login) for user in suspended.subusers],
        api_password=suspended.api_password,
        bounded=[_bounded(user, user.bounds) for user in suspended.bounded if user.bounds],
    )


def _bounded(user: User, bounds: Rights) -> BoundedSubuser:
    return BoundedSubuser(
        id=user.user_id,
        username=user.login,
        permissions=sorted(user.scopes),
        expiration_date=bounds.expires_at,
        ip_list=bounds.sources.split(),
        rate_limit=bounds.rate_limit,
        hide_codes=bounds.hides_codes,
    )
