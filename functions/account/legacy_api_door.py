"""The door to the legacy mode: whether programs may show a login and a password, and which one is theirs."""

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, StrictBool

from account import set_api_password_flow
from account.set_api_password_flow import Mode
from shared.errors import (
    ListNeeded,
    NothingThere,
    Outrun,
    TooManyPasswords,
    WeakPassword,
)
from shared.http.dependencies import From, Now, Person
from shared.http.fields import Password, Strict
from shared.http.routing import Routes

routes = Routes()


class LegacyApi(BaseModel):
    """Whether the account takes passwords of programs, and whether the caller has set one.

    They are taken only while the account's IP list for the API is on: with `enabled` and no list they rest.
    """

    enabled: bool
    ip_list_on: bool
    password_set: bool


class LegacySwitch(Strict):
    """On or off, for everybody in the account."""

    enabled: StrictBool


class ApiPassword(Strict):
    """What programs show together with the login. It must not be the login's own."""

    password: Password


@routes.get("/account/legacy-api")
def get_legacy_api(person: Person, now: Now) -> LegacyApi:
    """Does my account take a login and a password from programs, and have I set one?"""
    return _view(set_api_password_flow.mode(person, now=now))


@routes.put("/account/legacy-api", refuses=[ListNeeded, Outrun])
def put_legacy_api(person: Person, wanted: LegacySwitch, origin: From, now: Now) -> LegacyApi:
    """Take passwords of programs, or take none. Only the account's owner may, and only with an IP list for the API."""
    return _view(set_api_password_flow.switch(person, on=wanted.enabled, origin=origin, now=now))


@routes.put("/account/api-password", status=204, refuses=[WeakPassword, TooManyPasswords, Outrun])
def put_api_password(person: Person, chosen: ApiPassword, origin: From, now: Now) -> Response[None]:
    """Set the password that my programs show. One from before no longer works."""
    set_api_password_flow.set_password(person, chosen.password, origin=origin, now=now)
    return Response(204)


@routes.delete("/account/api-password", status=204, refuses=[NothingThere, Outrun])
def delete_api_password(person: Person, origin: From, now: Now) -> Response[None]:
    """Take the password away from my programs. The next request with it is refused."""
    set_api_password_flow.remove_password(person, origin=origin, now=now)
    return Response(204)


def _view(mode: Mode) -> LegacyApi:
    return LegacyApi(enabled=mode.on, ip_list_on=mode.has_list, password_set=mode.has_password)
