"""The door of API passwords: whether programs may sign in with a login and a password, and with which password."""

from typing import Self

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, StrictBool, model_validator
from pydantic_core import PydanticCustomError

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

    They are accepted only while both `enabled` and `ip_list_on` are true. `changes_by_get` says whether programs may
    send, remove and change with GET.
    """

    enabled: bool
    ip_list_on: bool
    password_set: bool
    changes_by_get: bool


class SetLegacyApiRequest(Strict):
    """Whether to accept API passwords, and changes by GET. What is left out does not change."""

    enabled: StrictBool | None = None
    changes_by_get: StrictBool | None = None

    @model_validator(mode="after")
    def _must_say_something(self) -> Self:
        if self.enabled is None and self.changes_by_get is None:
            raise PydanticCustomError("missing", "nothing to change")
        return self

    @property
    def facts(self) -> dict[str, bool]:
        """The fields of the account, by name."""
        sent = {"legacy_api": self.enabled, "changes_by_get": self.changes_by_get}
        return {name: on for name, on in sent.items() if on is not None}


class SetApiPasswordRequest(Strict):
    """The password that programs send together with the user's login."""

    password: Password


@routes.get("/account/legacy-api")
def get_legacy_api(person: Person, now: Now) -> LegacyApiResponse:
    """Get what old programs may do: whether the account accepts API passwords and changes by GET."""
    return _response(set_api_password_flow.mode(person, now=now))


@routes.put("/account/legacy-api", refuses=[ListNeeded, Outrun])
def put_legacy_api(person: Person, request: SetLegacyApiRequest, origin: From, now: Now) -> LegacyApiResponse:
    """Switch API passwords, or changes by GET, on or off, for all users of the account.

    Only the owner may do this. Switching API passwords on requires that the IP list of the API is on. Changes by GET
    are for old programs of SMSAPI's: numbers and texts stand in addresses then.
    """
    return _response(set_api_password_flow.switch(person, origin=origin, now=now, **request.facts))


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
    return LegacyApiResponse(
        enabled=mode.on,
        ip_list_on=mode.has_list,
        password_set=mode.has_password,
        changes_by_get=mode.changes_by_get,
    )
