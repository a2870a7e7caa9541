"""The door of API passwords: whether programs may sign in with a login and a password, and with which password."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, StrictBool

from account import set_api_password_flow
from account.set_api_password_flow import Mode
from shared.errors import (
    ListNeeded,
    NotFound,
    Outrun,
    TooManyNewPasswords,
    TooManyPasswords,
    WeakPassword,
)
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Password, Strict
from shared.http.routing import Routes

routes = Routes()


class LegacyApiResponse(BaseModel):
    """Whether the account accepts API passwords, and whether the caller has set one.

    They are accepted only while both `enabled` and `ip_list_on` are true.
    """

    enabled: bool
    ip_list_on: bool
    password_set: bool


class SetLegacyApiRequest(Strict):
    """Whether to accept API passwords."""

    enabled: StrictBool


class SetApiPasswordRequest(Strict):
    """The password that programs send together with the user's login."""

    password: Password


@routes.get("/account/legacy-api")
def get_legacy_api(person: Person, now: Now) -> LegacyApiResponse:
    """Get the state of API passwords: whether the account accepts them, and whether the caller has set one."""
    return _response(set_api_password_flow.mode(person, now=now))


@routes.put("/account/legacy-api", refuses=[ListNeeded, Outrun])
def put_legacy_api(person: Person, request: SetLegacyApiRequest, origin: From, now: Now) -> LegacyApiResponse:
    """Switch API passwords on or off, for all users of the account.

    Only the owner may do this. Switching them on requires that the IP list of the API is on.
    """
    return _response(set_api_password_flow.switch(person, on=request.enabled, origin=origin, now=now))


@routes.put("/account/api-password", status=204, refuses=[WeakPassword, TooManyPasswords, TooManyNewPasswords, Outrun])
def put_api_password(person: Person, request: SetApiPasswordRequest, origin: From, now: Now) -> Response[None]:
    """Set the caller's API password. The previous one stops working at once."""
    set_api_password_flow.set_password(person, request.password, origin=origin, now=now)
    return Response(204)


@routes.delete("/account/api-password", status=204, refuses=[NotFound, Outrun])
def delete_api_password(person: Person, origin: From, now: Now) -> Response[None]:
    """Delete the caller's API password. The next request with it is refused."""
    set_api_password_flow.remove_password(person, origin=origin, now=now)
    return Response(204)


def _response(mode: Mode) -> LegacyApiResponse:
    return LegacyApiResponse(enabled=mode.on, ip_list_on=mode.has_list, password_set=mode.has_password)
